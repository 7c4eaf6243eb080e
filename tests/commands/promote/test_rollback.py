from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.commands.promote.rollback_files import go_back
from pulumi_managed_agents.commands.promote.stage_folder import stage_folder
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.release.receipt import Receipt
from pulumi_managed_agents.release.rollback import Move, Released, coordinators_staying, rollback_moves
from tests.commands.promote.promotion_project import AGENT
from tests.commands.report_schemas import valid

if TYPE_CHECKING:
    from tests.commands.promote.promotion_project import Project


def receipt(name: str, version: int, since: str, reason: str = "") -> Receipt:
    return Receipt(
        root=name,
        digest=f"{version}",
        project="desk",
        stage="prod",
        tests={},
        reason=reason,
        versions={name: {"id": f"agent_{name}", "version": version}},
        finished_at=since,
        since="" if reason else since,
    )


def state(pins: dict[str, int], *receipts: Receipt, applied: dict[str, int] | None = None) -> Released:
    return Released(
        {name: {"id": f"agent_{name}", "version": version} for name, version in pins.items()},
        {**pins, **(applied or {})},
        receipts,
    )


def versions(released: Released, *only: str) -> dict[str, tuple[int, int]]:
    return {move.agent: (move.serving, move.to) for move in rollback_moves(released, only)[0]}


OLD, NEW = "2026-01-01", "2026-02-02"


@pytest.mark.parametrize(
    ("released", "only", "expected"),
    [
        pytest.param(state({"a": 8}, receipt("a", 8, NEW), receipt("a", 7, OLD)), (), {"a": (8, 7)}, id="one before"),
        pytest.param(
            state({"a": 8}, receipt("a", 8, NEW), receipt("a", 7, OLD, "x failed"), receipt("a", 5, OLD)),
            (),
            {"a": (8, 5)},
            id="over one that failed",
        ),
        pytest.param(
            state({"a": 7}, receipt("a", 8, NEW), receipt("a", 7, OLD), receipt("a", 6, OLD)),
            (),
            {"a": (7, 6)},
            id="once more",
        ),
        pytest.param(
            state(
                {"a": 8, "b": 3}, receipt("a", 8, NEW), receipt("a", 7, OLD), receipt("b", 3, OLD), receipt("b", 2, "")
            ),
            (),
            {"a": (8, 7)},
            id="only what the last up brought",
        ),
        pytest.param(
            state(
                {"a": 8, "b": 3}, receipt("a", 8, NEW), receipt("a", 7, OLD), receipt("b", 3, OLD), receipt("b", 2, "")
            ),
            ("b",),
            {"b": (3, 2)},
            id="what is named",
        ),
        pytest.param(
            state({"a": 8}, receipt("a", 8, NEW, "fails since"), receipt("a", 7, OLD)), (), {"a": (8, 7)}, id="revoked"
        ),
        pytest.param(state({"a": 1}, receipt("a", 1, NEW)), (), {}, id="nothing before"),
        pytest.param(state({"a": 2}), ("a",), {}, id="never tested"),
    ],
)
def test_an_agent_goes_back_to_the_last_proven_version_before_the_one_that_serves(
    released: Released, only: tuple[str, ...], expected: dict[str, tuple[int, int]]
) -> None:
    """Versions that failed are passed over, and agents that the last up left alone stay."""
    assert versions(released, *only) == expected


def test_a_move_ends_with_the_version_after_the_newest_one() -> None:
    """Where a red version was applied but never served, the decision still holds until the next one."""
    released = state({"a": 8}, receipt("a", 8, NEW), receipt("a", 7, OLD), applied={"a": 9})

    assert rollback_moves(released, ())[0] == [Move("a", "agent_a", applied=9, serving=8, to=7)]


def test_agents_that_stay_are_named_with_the_reason() -> None:
    """Nobody has to guess why an agent did not move."""
    _, staying = rollback_moves(state({"a": 1, "b": 2}, receipt("a", 1, NEW), receipt("b", 2, OLD)), ())

    assert staying["a"] == "has no proven version before 1"
    assert "--only b" in staying["b"]
    assert rollback_moves(state({}), ("c",))[1] == {"c": "serves nothing on this stage"}


def lead(version: int, member: int) -> Receipt:
    """The receipt of a coordinator that names a version of agent a."""
    return replace(
        receipt("lead", version, NEW),
        versions={
            "lead": {"id": "agent_lead", "version": version},
            "a": {"id": "agent_a", "version": member},
        },
    )


def test_a_coordinator_goes_back_with_its_member_to_a_version_that_does_not_name_what_is_left() -> None:
    """Its roster pins the member's version, which no pin of the member can change."""
    members = (receipt("a", 8, NEW), receipt("a", 7, OLD))
    released = state({"a": 8, "lead": 5}, *members, lead(5, 8), lead(4, 8), lead(3, 7), lead(2, 6))
    assert versions(released, "a") == {"a": (8, 7), "lead": (5, 3)}
    assert versions(released, "a", "lead") == {"a": (8, 7), "lead": (5, 3)}
    assert versions(released, "lead") == {"lead": (5, 4)}
    assert versions(state({"a": 8, "lead": 3}, *members, lead(3, 7)), "a") == {"a": (8, 7)}


def test_a_coordinator_that_goes_on_using_the_left_version_is_named() -> None:
    """Where it has no earlier proven version it is said what moves it; an untested one is known by its roster."""
    agents: dict[str, dict[str, Any]] = {"lead": {"uses": [{"id": "agent_a", "version": 8}]}, "a": {"uses": []}}
    pins = {"a": 8, "lead": 3}
    move = Move("a", "agent_a", applied=8, serving=8, to=7)

    (line,) = coordinators_staying(state(pins, lead(3, 8)), {}, [move])
    assert line.startswith("  lead goes on using version 8 of a, and has no earlier proven version that does not: put")
    assert list(coordinators_staying(state(pins), agents, [move])) == [line]
    assert list(coordinators_staying(state(pins, lead(3, 7)), agents, [move])) == []
    assert list(coordinators_staying(state(pins), agents, [move, Move("lead", "agent_lead", 3, 3, 2)])) == []


@pytest.fixture
def history(project: Project) -> Project:
    """Three agents proven and committed, then one of them edited, with a new skill, proven and committed again."""
    project.git("init", "-q")
    project.commit()
    project.put("stacks/dev/skills/fast/SKILL.md", "---\nname: fast\ndescription: How to be fast.\n---\nRun.\n")
    project.write("dev", {"agents/alone.md": AGENT.format(name="new alone", more="skills: [../skills/fast]\n")})
    project.prove("dev", "agents/alone")
    project.commit()
    return project


def test_files_go_back_to_what_was_proven_before(history: Project) -> None:
    """The content comes out of git, checked by its digest; what only the present one needs goes."""
    here = stage_folder(history.root, "dev")
    done = go_back(here, history.made.values(), ["agents/alone"])
    shown = "\n".join(done.lines)

    assert history.text("dev/agents/alone.md") == AGENT.format(name="alone", more="")
    assert history.text("dev/skills/fast/SKILL.md") == ""
    assert "agents/alone: as proven at" in shown
    assert here.load()[1]["agents/alone"].digest in {digest for _, digest in history.made}
    record = valid("rollback", done.rendered("json"))
    assert [(one["name"], one["proof"]["verdict"]) for one in record["restored"]] == [("agents/alone", "proven")]
    assert {(one["file"], one["action"]) for one in record["files"]} == {
        ("stacks/dev/agents/alone.md", "changed"),
        ("stacks/dev/skills/fast/SKILL.md", "removed"),
    }


def test_files_that_are_promoted_over_a_roll_back_are_no_conflict(history: Project) -> None:
    """What was rolled back is the base of the next promotion."""
    history.promote()
    history.commit()
    history.edit("dev/agents/alone.md", "You are", "You surely are")
    history.prove("dev")
    history.promote()
    digest = stage_folder(history.root, "staging").load()[1]["agents/alone"].digest
    before = [one for one in history.made.values() if one.root == "agents/alone" and one.digest != digest]
    go_back(stage_folder(history.root, "staging"), before, ["agents/alone"])
    assert "surely" not in history.text("staging/agents/alone.md")

    history.promote()
    assert "surely" in history.text("staging/agents/alone.md")
    assert json.loads(history.text("staging.promotion.json"))["agents/alone"]["digest"] == digest


def test_without_an_earlier_content_nothing_is_written(history: Project) -> None:
    """A content that no commit has cannot be brought back, and a mistyped root is bad input."""
    here = stage_folder(history.root, "dev")
    unknown = [Receipt(root="agents/alone", digest="0" * 64, project="desk", stage="dev", tests={})]

    with pytest.raises(Refused, match="nothing was written\n  agents/alone stays: no commit"):
        go_back(here, unknown, ["agents/alone"])
    with pytest.raises(InputError, match="did you mean agents/alone"):
        go_back(here, [], ["agents/alon"])
