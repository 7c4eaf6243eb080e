"""What commands write for programs, against the schemas that they publish."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from pulumi_managed_agents.commands.schema import report_schemas
from tests.command_project import Project
from tests.commands.report_schemas import SCHEMAS, valid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AGENT = "agents/assistant"


@pytest.fixture
def project(deployed_project: Project, tmp_path: Path) -> Iterator[Project]:
    """A deployed project."""
    with Project(deployed_project.copied_to(tmp_path / "mine")).served() as made:
        yield made


def test_the_committed_schemas_are_up_to_date() -> None:
    """`make generate` has been run; each is a schema, and describes every field."""
    made = report_schemas()
    output = ("explain", "receipts", "promote", "rollback", "pins", "history", "up", "smoke-run", "compare", "adopt")
    assert {f"{name}.schema.json" for name in output} < set(made)
    for file, schema in made.items():
        assert json.loads((SCHEMAS / file).read_text(encoding="utf-8")) == schema
        Draft202012Validator.check_schema(schema)
        for definition in [schema, *schema.get("anyOf", []), *schema.get("$defs", {}).values()]:
            assert all(field.get("description") for field in definition.get("properties", {}).values()), file


def test_commands_about_a_stage_write_what_their_schemas_say(project: Project) -> None:
    """What serves, what proves it and since when; a session; what nothing manages; what a deployment needs."""
    with project.console_client() as hand:
        (agent,) = hand.beta.agents.list()
        (box,) = hand.beta.environments.list()
        session = hand.beta.sessions.create(agent=agent.id, environment_id=box.id)
        mark = {"pulumi-managed-agents": "mine/dev/agents/lost"}
        lost = hand.beta.agents.create(name="Lost", model="claude-haiku-5-5", metadata=mark)

    def written(command: str, *words: str) -> Any:
        return valid(command, project.output_of(command, *words, "--emulator", "--output-format", "json"))

    assert written("pins", "dev") == {AGENT: {"id": agent.id, "version": 1}}
    (proven,) = written("receipts", "dev")["receipts"]
    assert (proven["root"], proven["proof"]["verdict"], proven["versions"][AGENT]["version"]) == (AGENT, "proven", 1)
    assert written("history", "dev")["agents"][0]["turns"][0]["version"] == 1
    output = written("explain", session.id, "dev")
    assert (output["agent"], output["version"], output["serving"], output["ever_proven"]) == (AGENT, 1, 1, True)
    assert f"record {session.id} dev" in output["next"][0]["command"]
    assert [(one["id"], one["fate"]) for one in written("orphans", "dev")["orphans"]] == [
        (lost.id, "archived for ever")
    ]
    checks = {check["name"]: check["ok"] for check in written("doctor", "dev")["checks"]}
    assert checks["API"]
