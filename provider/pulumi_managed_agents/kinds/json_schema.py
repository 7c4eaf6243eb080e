"""The JSON Schemas of the definition files, for editors: made from the models, so the two cannot come apart.

Draft 7, which every editor knows. A schema is stricter than `problems` in one way: an editor has no warnings, so a
field that is unknown here is marked there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import GenerateJsonSchema

from pulumi_managed_agents.kinds.catalogue import MODELS
from pulumi_managed_agents.kinds.names import FOLDERS

if TYPE_CHECKING:
    from pathlib import Path

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
KINDS_WITH_FILES: Final = (*FOLDERS.values(), "smoke", "values")
FILLED_OTHERWISE: Final = {
    "agent": ("name",),
    "environment": ("name",),
    "memory_store": ("name",),
    "deployment": ("name", "initial_events"),
}
"""Required fields that a file may leave out: its place names it, and the prose of Markdown is a first message."""
FOR_EDITORS: Final = {"type": "string", "description": "The schema of this file, for editors; not sent to the API."}


class _EditorSchema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file, by file name: ``agent.schema.json`` and so on."""
    return {f"{kind}.schema.json": _schema(kind) for kind in KINDS_WITH_FILES}


def write(directory: Path) -> list[Path]:
    """Write the schemas into a directory, which is made if need be, and return the files."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        written.append(directory / name)
        written[-1].write_text(text(schema), encoding="utf-8")
    return written


def text(schema: dict[str, Any]) -> str:
    """A schema as it is in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema(kind: str) -> dict[str, Any]:
    schema = MODELS[kind].model_json_schema(
        schema_generator=_EditorSchema, ref_template="#/definitions/{model}", by_alias=True
    )
    optional = FILLED_OTHERWISE.get(kind, ())
    schema["required"] = [field for field in schema.get("required", ()) if field not in optional]
    schema["properties"] = {"$schema": FOR_EDITORS, **schema["properties"]}
    definitions = schema.pop("$defs", {})
    first = {"$schema": DRAFT, "title": schema.pop("title"), "description": schema.pop("description")}
    return {**first, **_tidy(schema), "definitions": {name: _tidy(inner) for name, inner in definitions.items()}}


def _tidy(node: Any) -> Any:
    """Drops null defaults, and keeps what is beside a reference, which draft 7 would not see."""
    if isinstance(node, list):
        return [_tidy(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    tidied = {key: _tidy(inner) for key, inner in node.items() if not (key == "default" and inner is None)}
    if "$ref" in tidied and len(tidied) > 1:
        tidied = {"allOf": [{"$ref": tidied.pop("$ref")}], **tidied}
    return tidied
