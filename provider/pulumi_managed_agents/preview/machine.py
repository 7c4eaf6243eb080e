"""The review as JSON for other programs, and the JSON Schema that it keeps."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.preview import capability, record, review

if TYPE_CHECKING:
    from pathlib import Path

FILE = "review.schema.json"
_ATTRIBUTE = re.compile(r"^ {4,}(\w+): (.+)$", re.MULTILINE)


def as_json(reviewed: review.Review) -> str:
    """The whole review, every value and every diff of it."""
    return json.dumps(asdict(reviewed), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of a review, made from its dataclasses; field descriptions are those of their docstrings."""
    from pydantic import TypeAdapter

    made = TypeAdapter(review.Review).json_schema(mode="serialization")
    for name, definition in [("Review", made), *made["$defs"].items()]:
        _describe(definition, _dataclass(name))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "Review of a preview: managed-agents preview --output-format json",
    }


def write_schema(directory: Path) -> Path:
    """Write the schema beside those of the definition files."""
    file = directory / FILE
    file.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
    return file


def _dataclass(name: str) -> type:
    homes = (review, record, capability)
    found = next(vars(home)[name] for home in homes if name in vars(home))
    if not (isinstance(found, type) and is_dataclass(found)):
        raise TypeError(f"{name} is no dataclass")
    return found


def _describe(definition: dict[str, Any], dataclass: type) -> None:
    summary, _, attributes = (dataclass.__doc__ or "").partition("Attributes:")
    told = dict(_ATTRIBUTE.findall(attributes))
    definition["description"] = " ".join(summary.split())
    definition["required"] = list(definition["properties"])
    for name, field in definition["properties"].items():
        field.pop("default", None)
        field.pop("title", None)
        field["description"] = told[name]
