"""The review and the drift report as JSON for other programs, and the JSON Schemas that they keep."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.preview import capability, drift, record, review

if TYPE_CHECKING:
    from pathlib import Path

TITLES: dict[str, tuple[type, str]] = {
    "review.schema.json": (review.Review, "Review of a preview: managed-agents preview --output-format json"),
    "drift.schema.json": (drift.DriftReport, "Drift report: managed-agents drift --output-format json"),
}
"""By file: what is written as JSON, and the command that writes it."""

_ATTRIBUTE = re.compile(r"^ {4,}(\w+): (.+)$", re.MULTILINE)


def as_json(report: review.Review | drift.DriftReport) -> str:
    """The whole report, every value and every diff of it."""
    return json.dumps(asdict(report), indent=2, ensure_ascii=False) + "\n"


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas by file, made from dataclasses; field descriptions are those of their docstrings."""
    return {file: _schema(report, title) for file, (report, title) in TITLES.items()}


def _schema(report: type, title: str) -> dict[str, Any]:
    from pydantic import TypeAdapter

    made = TypeAdapter(report).json_schema(mode="serialization")
    for name, definition in [(report.__name__, made), *made["$defs"].items()]:
        _describe(definition, _dataclass(name))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": title}


def write_schemas(directory: Path) -> list[Path]:
    """Write the schemas beside those of the definition files."""
    written = []
    for file, content in schemas().items():
        written.append(directory / file)
        written[-1].write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return written


def _dataclass(name: str) -> type:
    homes = (review, record, capability, drift)
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
