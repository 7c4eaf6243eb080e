"""What a stage's files no longer say, compared with what its state records."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.dynamic.program.removals import removals_of_files
from pulumi_managed_agents.dynamic.program.resource import token
from pulumi_managed_agents.dynamic.state_entry import is_defined
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE
from pulumi_managed_agents.stage import Definition, Stage, Values
from pulumi_managed_agents.stage.removal import Removals

TEXT = "You sort the issues that come in over night, by how urgent they are."
State = dict[str, dict[str, Any]]


def urn(name: str) -> str:
    return f"urn:pulumi:dev::shop::{token('Agent')}::{name}"


def recorded(*names: str, file: str | None = "stacks/dev/x.md", parents: str = "") -> State:
    """A state with agents; one that moved without a write still holds an earlier name."""
    about = {"kind": "agent", "name": "agents/an-earlier-name", **({"file": file} if file else {})}
    hidden = {RESOURCE: about, APPLIED: {"id": "agent_1"}}
    return {
        urn(name).replace("shop::", f"shop::{parents}"): {**hidden, "name": name, "system": f"{TEXT} {name}"}
        for name in names
    }


def stage(*names: str, titles: dict[str, str] | None = None, was: dict[str, str] | None = None) -> Stage:
    """Files with agents, all but the text of which is their name's."""
    definitions = tuple(
        Definition(
            "agent",
            name,
            f"stacks/dev/{name}.md",
            {"name": (titles or {}).get(name, name), "system": f"Other words for {name} altogether."},
            ((was or {})[name],) if name in (was or {}) else (),
        )
        for name in names
    )
    return Stage("dev", "stacks/dev", definitions, (), Values("stacks/dev.values.yaml"))


def test_a_move_is_reported_with_its_line_and_the_line_settles_it() -> None:
    """By the name in the URN: that in the outputs may be an earlier one."""
    state = recorded("agents/a", "agents/b", "agents/c")
    renamed = stage("agents/b", "agents/c", "agents/z", titles={"agents/z": "agents/a"})
    found = removals_of_files(renamed, state, "archive", [])
    (move,) = found.moves
    assert (move.old, move.new, move.same) == ("agents/a", "agents/z", "the same name 'agents/a'")
    assert move.line == "overrides: {agents/z.md: {was: agents/a}}"
    assert move.advice == "write into stacks/dev.values.yaml"
    said = stage("agents/b", "agents/c", "agents/z", was={"agents/z": "agents/a"})
    for stays in (said, stage("agents/a", "agents/b", "agents/c"), stage("agents/a", "agents/b")):
        assert removals_of_files(stays, state, "archive", []).is_empty
    assert removals_of_files(renamed, state, "archive", ["agents/a"]).is_empty


def test_a_line_that_comes_too_late_does_not_pass_for_a_move() -> None:
    """Once an object was made under the new name, an alias moves nothing, and the older one would be archived."""
    state = recorded("agents/a", "agents/b", "agents/z")
    found = removals_of_files(stage("agents/b", "agents/z", was={"agents/z": "agents/a"}), state, "archive", [])
    (move,) = found.moves
    assert (move.old, move.line) == ("agents/a", f"pulumi state delete '{urn('agents/z')}'")


def test_a_stage_that_loses_most_is_stopped_and_programs_are_not_judged_here() -> None:
    """Objects that a program declared, and what never was made, are none of the files' business."""
    names = [f"agents/{letter}" for letter in "abcdef"]
    state = recorded(*names) | recorded("agents/by-program", file=None)
    state[urn("agents/waits")] = {RESOURCE: {"kind": "agent", "file": "x"}}
    assert removals_of_files(stage(*names[:3]), state, "archive", []).is_empty
    assert removals_of_files(stage(*names[:2]), state, "archive", []).wholesale.startswith("4 of 6 resources")
    assert removals_of_files(stage(), state, "refuse", []).wholesale.startswith("all 6 resources")
    assert removals_of_files(stage(), state, "archive", ["all"]).is_empty


@pytest.mark.parametrize(
    ("state", "on_removal"), [(None, "archive"), (recorded("agents/a"), "retain"), ({}, "archive")]
)
def test_nothing_is_held_where_nothing_is_known_or_lost(state: State | None, on_removal: Any) -> None:
    """What is retained stays live; an engine that cannot say what is recorded is no reason to stop."""
    assert removals_of_files(stage(), state, on_removal, []).is_empty


def test_stages_inside_components_are_judged_each_by_its_own_files() -> None:
    """What another stage of the program records, or the program itself, is none of its business."""
    mine, theirs = (recorded("agents/a", "agents/b", parents=f"acme:Desk${place}$") for place in ("x:A", "x:B"))
    state = mine | theirs | recorded("agents/c")
    within = "acme:Desk$x:A"
    assert removals_of_files(stage("agents/a", "agents/b"), state, "archive", [], within).is_empty
    refusal = removals_of_files(stage(), state, "archive", [], within).wholesale
    assert refusal == "all 2 resources of the stage inside acme:Desk$x:A would be removed (agents/a, agents/b)"
    renamed = removals_of_files(
        stage("agents/b", "agents/z", titles={"agents/z": "agents/a"}), state, "archive", [], within
    )
    assert [(move.old, move.new) for move in renamed.moves] == [("agents/a", "agents/z")]
    assert removals_of_files(stage("agents/c"), state, "archive", []).is_empty


def test_a_skill_that_a_program_declares_is_no_file_of_a_stage() -> None:
    """Although it has a file, by which its content is read."""
    about = {"kind": "skill", "name": "style", "file": "mine/style/SKILL.md"}
    state = {"urn:pulumi:dev::shop::x:Skill::style": {RESOURCE: about, APPLIED: {"id": "skill_1"}}}
    assert removals_of_files(stage(), state, "archive", []).is_empty
    assert is_defined({**about, "ignore": []})


def test_what_stages_and_program_would_remove_is_told_together() -> None:
    """A review shows all of it."""
    first, second = Removals((), "all 2 resources"), Removals((), "4 of 6 resources")
    assert Removals.together([first, Removals(), second]).wholesale == "all 2 resources; 4 of 6 resources"
