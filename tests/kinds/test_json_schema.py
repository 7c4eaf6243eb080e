from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from pulumi_managed_agents.commands.schema import report_schemas
from pulumi_managed_agents.kinds.json_schema import KINDS_WITH_FILES, schemas, text, write
from tests.kinds.definition_bodies import AGENT, BODIES

COMMITTED = Path(__file__).parents[2] / "schemas"
FILES = {f"{kind}.schema.json" for kind in KINDS_WITH_FILES}
made = cache(schemas)


def described(node: Any) -> list[str]:
    """The fields of a schema that have no description."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    fields = node.get("properties", {}) if isinstance(node, dict) else {}
    bare = [name for name, field in fields.items() if isinstance(field, dict) and "description" not in field]
    return bare + [name for child in children for name in described(child)]


def test_the_committed_schemas_are_up_to_date(tmp_path: Path) -> None:
    """What editors load is what the models say; `managed-agents schema` writes it."""
    fresh = {path.name: path.read_text(encoding="utf-8") for path in write(tmp_path / "schemas")}
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.glob("*.schema.json")}
    assert fresh.keys() == FILES
    assert fresh.items() <= committed.items()
    others = {"drift.schema.json", "plan.schema.json", "pull.schema.json", "review.schema.json", "status.schema.json"}
    assert committed.keys() - fresh.keys() == {*others, *report_schemas()}  # have a test beside the reports


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_schema_is_one(name: str) -> None:
    """Every schema is valid, has a title and a description, and describes every field."""
    schema = made()[name]
    Draft7Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    assert described(schema) == []
    assert '"$id"' not in text(schema)


@pytest.mark.parametrize(("kind", "body"), [case for case in BODIES if f"{case[0]}.schema.json" in FILES])
def test_editors_accept_what_is_right(kind: str, body: Any) -> None:
    """A body without problems is valid under its schema, references by path included."""
    assert list(Draft7Validator(made()[f"{kind}.schema.json"]).iter_errors(body)) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"sytem": "x"}, id="unknown field"),
        pytest.param({"name": 5}, id="wrong type"),
        pytest.param({"tools": [{"type": "custom"}]}, id="missing field"),
        pytest.param({"model": {"id": "claude-opus-5-5", "effort": "hgh"}}, id="unknown value"),
    ],
)
def test_editors_mark_what_is_wrong(change: dict[str, Any]) -> None:
    """Editors underline unknown fields, wrong types and missing fields."""
    assert not Draft7Validator(made()["agent.schema.json"]).is_valid({**AGENT, **change})


def test_prose_may_fill_what_front_matter_leaves_out() -> None:
    """The front matter of a Markdown agent needs no `system`, that of a deployment no `initial_events`."""
    assert Draft7Validator(made()["agent.schema.json"]).is_valid({"name": "x", "model": "claude-opus-5-5"})
    deployment = {"name": "x", "agent": "../agents/a.md", "environment_id": "../environments/e.yaml"}
    assert Draft7Validator(made()["deployment.schema.json"]).is_valid(deployment)
