from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.journey_stack import needs_pulumi
from tests.recorded_states.recorded_state import by_pulumi_cli, unmoved

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_pulumi

HIDDEN = {"__provider", "__resource", "__applied", "__observed"}
STAGE_WIDE = ("Workspace", "SmokeTests", "Release", "Proof")


@pytest.mark.parametrize("name", ["stage", "program"])
def test_there_is_nothing_to_do(code: Path, name: str, tmp_path: Path, pulumi_home: Path) -> None:
    """Preview, up and refresh find no change, send no write, run no test again, and what is recorded stays.

    One of the states was refreshed by the code that it is of, the other was not: a refresh adds but what it saw.
    """
    with by_pulumi_cli(code, name, tmp_path, pulumi_home) as (stack, server):
        before = stack.resources()
        stack.preview("--expect-no-changes").succeeded()
        stack.up("--expect-no-changes").succeeded()
        after = stack.resources()
        stack.refresh("--expect-no-changes").succeeded()
        refreshed = stack.resources()
        writes = server.writes()

    assert writes == []
    assert {key: unmoved(one) for key, one in after.items()} == {key: unmoved(one) for key, one in before.items()}
    managed = [one["outputs"] for one in refreshed.values() if not one["type"].endswith(STAGE_WIDE)]
    assert [{key for key in outputs if key.startswith("__")} for outputs in managed] == [HIDDEN] * len(managed)


def test_a_program_goes_on_from_it(code: Path, tmp_path: Path, pulumi_home: Path) -> None:
    """A changed text reaches the agent, its coordinators and its deployment; all but what is protected can go."""
    with by_pulumi_cli(code, "program", tmp_path, pulumi_home) as (stack, server):
        program = stack.project / "__main__.py"
        program.write_text(program.read_text("utf-8").replace('"gently"', '"softly"'), "utf-8")
        edited = stack.up().succeeded()
        assert edited.tally == {"updated": 4, "unchanged": 15}
        assert server.agents()["Triage"].system == "You sort orders, softly."
        moved = ("triage", "lead", "planner", "nightly")
        assert {one.rpartition("/")[2] for one in server.writes()} == {stack.id(name) for name in moved}

        stack.destroy().stopped("Agent::lead", "cannot be deleted")
        stack.pulumi("state", "unprotect", "--all", "--yes").succeeded()
        stack.destroy().succeeded()
        assert stack.resources() == {}
        assert list(server.hand.beta.agents.list()) == []
