"""An API that answers from before our own write, for a while or for good; the official kinds against the emulator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.kinds.skill import bundle
from pulumi_managed_agents.reconcile import apply
from pulumi_managed_agents.reconcile.plan_text import drift_message
from pulumi_managed_agents.reconcile.record import is_behind
from tests.kinds.one_of_each import KINDS, objects

if TYPE_CHECKING:
    from tests.kinds.emulated_stack import EmulatedStack
    from tests.kinds.server_habits import Body

EDITS: dict[str, Body] = {
    "agent": {"description": "Edited."},
    "environment": {"description": "Edited."},
    "memory_store": {"description": "Edited."},
    "vault": {"display_name": "Edited"},
    "credential": {"display_name": "Edited"},
    "deployment": {"description": "Edited."},
}
FOREVER = 60_000
EARLIER, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"
kinds = pytest.mark.parametrize("kind", EDITS)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rewritten(body: Body) -> Body:
    """The body of a skill after an edit of its file."""
    file = Path(body["directory"], "SKILL.md")
    file.write_text(file.read_text("utf-8") + "Be brief.\n", "utf-8")
    folder = Path(body["directory"])
    return {**body, "digest": bundle.digest_of(bundle.collect(folder, str(folder), boundary=Path.cwd()))}


def lag(stack: EmulatedStack, milliseconds: int) -> None:
    """Let reads of every kind lag, from now on."""
    stack.fault(method="GET", path="/v1/.*", lag_ms=milliseconds, times=100_000)


@kinds
def test_an_earlier_answer_is_no_change_by_anybody(stack: EmulatedStack, kind: str) -> None:
    """An answer older than what was recorded is neither drift nor a conflict, is said in one line, and heals nothing.

    An edit on top of it is written once, against what was recorded: also one that goes back to the value before.
    """
    body = KINDS[kind].body(stack)
    first = stack.create(kind, body)
    lag(stack, FOREVER)
    edited = {**body, **EDITS[kind]}
    second = stack.update(first, edited)
    stack.asked()
    plan = stack.look(second)
    assert (plan.decision, plan.is_changed_outside, plan.is_behind) == ("same", False, True)
    assert "the API still answers with" in drift_message(plan)
    assert stack.update(second, edited).id == second.id
    assert stack.writes() == []

    back = stack.update(second, body)
    assert len(stack.writes()) == 1
    stack.reset()
    live = back.subject.facts.endpoints(stack.hand).get(back.id)
    assert {key: live[key] for key in EDITS[kind]} == {key: body.get(key) for key in EDITS[kind]}
    assert stack.look(back, body).is_empty


@kinds
def test_what_comes_late_is_waited_for(stack: EmulatedStack, kind: str) -> None:
    """Where the API catches up in time, the next look, also one at what was just made, sees nothing to tell."""
    lag(stack, 300)
    body = KINDS[kind].body(stack)
    first = stack.create(kind, body)
    assert stack.look(first, context=stack.process(patience=5)).is_empty
    edited = {**body, **EDITS[kind]}
    plan = stack.look(stack.update(first, edited), edited, context=stack.process(patience=5))
    assert (plan.is_empty, plan.is_behind) == (True, False)
    assert len(objects(stack, kind, body)) == 1


def test_a_skill_that_is_behind_gets_no_second_version(stack: EmulatedStack) -> None:
    """Versions of skills are no numbers: an answer with an earlier one is known by its time."""
    body = KINDS["skill"].body(stack)
    first = stack.create("skill", body)
    lag(stack, FOREVER)
    edited = rewritten(body)
    second = stack.update(first, edited)
    stack.asked()
    plan = stack.look(second)
    assert (plan.is_empty, plan.is_behind) == (True, True)
    stack.update(second, edited)
    assert stack.writes() == []


def test_what_a_list_still_shows_is_not_taken_for_our_own(stack: EmulatedStack) -> None:
    """What an earlier run removed and a list still shows is no half-made object: a new one is made."""
    body = KINDS["agent"].body(stack)
    first = stack.create("agent", body)
    stack.fault(method="GET", path="/v1/agents", lag_ms=FOREVER, times=1000)
    stack.remove(first)
    assert stack.create("agent", body).id != first.id


def test_a_lost_answer_is_looked_into(stack: EmulatedStack) -> None:
    """Where the answer to a write is lost, and reads do not show it yet, our own write is known all the same."""
    body = KINDS["agent"].body(stack)
    first = stack.create("agent", body)
    context = stack.process(patience=5)
    stack.look(first, context=context)
    lag(stack, 300)
    stack.fault(method="POST", path=f"/v1/agents/{first.id}", drop="after_commit")
    after = apply.update(context, first.subject, first.id, {**body, "description": "Edited."}, first.record)
    assert (after["description"], after["version"]) == ("Edited.", 2)


@pytest.mark.parametrize(
    ("recorded", "live", "behind"),
    [
        pytest.param({"version": 3}, {"version": 2}, True, id="a lower version"),
        pytest.param({"version": 3}, {"version": 4, "updated_at": EARLIER}, False, id="a higher one"),
        pytest.param({"version": 3.0}, {"version": "3"}, False, id="the same"),
        pytest.param({"updated_at": LATER}, {"updated_at": EARLIER}, True, id="time"),
        pytest.param({"updated_at": "2026-01-01T01:00:00+01:00"}, {"updated_at": EARLIER}, False, id="zone"),
        pytest.param({"updated_at": LATER}, {"updated_at": "2026-01-01T00:00:00"}, False, id="no zone"),
        pytest.param({"updated_at": LATER}, {"updated_at": "yesterday"}, False, id="no time"),
        pytest.param(
            {"latest_version_id": "b", "written_at": LATER},
            {"latest_version_id": "a", "updated_at": EARLIER},
            True,
            id="an earlier skill",
        ),
        pytest.param(
            {"latest_version_id": "b", "written_at": LATER},
            {"latest_version_id": "b", "updated_at": EARLIER},
            False,
            id="the same skill, touched before its version was",
        ),
        pytest.param({}, {"version": 1}, False, id="nothing recorded"),
    ],
)
def test_what_is_earlier_than_the_record(recorded: Body, live: Body, *, behind: bool) -> None:
    """Versions decide where they are numbers, else times that can be compared; all else is no lag."""
    assert is_behind(recorded, live) is behind
