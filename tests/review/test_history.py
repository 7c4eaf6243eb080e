"""What served when: turns that the state noted, turns that receipts tell of, and versions that never served."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from pulumi_managed_agents.release.receipt import Receipt
from pulumi_managed_agents.release.rollback import Released
from pulumi_managed_agents.review.history import AgentHistory, history, history_text
from pulumi_managed_agents.review.json import as_json
from pulumi_managed_agents.review.stage_state import StageState
from tests.review.report_schema import report_schema

A = "agents/a"
DAYS = [f"2026-05-0{day}T12:00:00+00:00" for day in range(10)]


def receipt(version: int, day: int, **changes: Any) -> Receipt:
    """What was proven of a version of agent a on a day."""
    made = Receipt(A, f"{version:02}" * 32, "shop", "dev", {"answers": "0" * 64}, cost_usd=0.02, commit=f"c{version}")
    return replace(
        made, versions={A: {"id": "agent_a", "version": version}}, finished_at=DAYS[day], since=DAYS[day], **changes
    )


def turn(version: int, day: int) -> dict[str, Any]:
    return {"id": "agent_a", "version": version, "since": DAYS[day], "commit": f"c{version}"}


def state(*receipts: Receipt, served: list[dict[str, Any]], serves: int = 2) -> StageState:
    released = Released({A: {"id": "agent_a", "version": serves}}, {A: 3}, receipts)
    return StageState("dev", released=released, tests={"served": {A: served}})


def told_of(found: AgentHistory) -> list[tuple[int, str, str, bool]]:
    return [(one.version, one.since, one.until, one.noted) for one in found.turns]


RED = receipt(3, 5, failed=("answers",), reason="answers: step 1: no")
FULL = state(
    replace(RED, since=""), receipt(2, 3), receipt(1, 1), served=[turn(2, 6), turn(1, 4), turn(2, 3)], serves=2
)


def test_each_turn_ends_where_the_next_begins() -> None:
    """A roll-back and the way forward again are turns of their own; what is red never served."""
    (found,) = history(FULL).agents
    assert told_of(found) == [
        (2, DAYS[6], "", True),
        (1, DAYS[4], DAYS[6], True),
        (2, DAYS[3], DAYS[4], True),
    ]
    assert [(one.commit, [proof.digest for proof in one.proofs]) for one in found.turns[1:]] == [
        ("c1", ["01" * 32]),
        ("c2", ["02" * 32]),
    ]
    assert [(one.version, one.proof.reason) for one in found.unserved] == [(3, "answers: step 1: no")]


def test_what_was_not_noted_is_read_from_receipts() -> None:
    """A state of an earlier release noted no turns, but its receipts say since when a version was proven."""
    (found,) = history(state(receipt(2, 3), receipt(1, 1), served=[])).agents
    assert told_of(found) == [(2, DAYS[3], "", False), (1, DAYS[1], DAYS[3], False)]
    shown = str(history_text(history(state(receipt(2, 3), served=[])), 80))
    assert ["2*", "2026-05-03", "12:00", "now", "c2"] in [line.split() for line in shown.splitlines()]
    assert "* By its receipt: this turn was not noted" in shown
    (mixed,) = history(state(receipt(2, 3), receipt(1, 1), served=[turn(2, 3)])).agents
    assert told_of(mixed) == [(2, DAYS[3], "", True), (1, DAYS[1], DAYS[3], False)]


def test_contents_of_one_version_are_reported_one_by_one() -> None:
    """An environment that changed makes other content of the same version, which is proven again."""
    other = replace(receipt(2, 5), digest="ff" * 32)
    (found,) = history(state(other, receipt(2, 3), served=[turn(2, 3)])).agents
    assert [proof.digest[:2] for proof in found.turns[0].proofs] == ["ff", "02"]


def test_what_serves_untested_is_no_failure() -> None:
    """An agent without tests and turns has no history to tell."""
    (found,) = history(state(served=[])).agents
    assert (found.turns, found.unserved) == ((), ())
    assert "No version is known to have served." in str(history_text(history(state(served=[])), 80))


def test_one_agent_can_be_asked_for() -> None:
    """The others are left out."""
    two = replace(FULL, released=replace(FULL.released, applied={A: 3, "agents/b": 1}))
    assert [one.name for one in history(two).agents] == [A, "agents/b"]
    assert [one.name for one in history(two, [A]).agents] == [A]


def test_the_text_fits_a_terminal() -> None:
    """Dates, commit and proof in 80 columns, and what the state does not hold is said."""
    lines = str(history_text(history(FULL), 80)).splitlines()
    assert max(map(len, lines)) <= 80
    words = [line.split() for line in lines]
    assert ["2", "2026-05-06", "12:00", "now", "c2"] in words
    assert ["1", "2026-05-04", "12:00", "2026-05-06", "12:00", "c1"] in words
    assert "      proven by answers, $0.02, content 020202020202" in lines
    shown = " ".join(" ".join(lines).split())
    assert "version 3 never served, content 030303030303: failed: answers: step 1: no" in shown
    assert "The state remembers the last 10 turns of an agent" in shown


def test_json_keeps_its_schema() -> None:
    """Programs that read a history can rely on its form."""
    schema = report_schema("history")
    assert list(Draft202012Validator(schema).iter_errors(json.loads(as_json(history(FULL))))) == []
    committed = Path(__file__).parents[2] / "schemas/history.schema.json"
    assert json.loads(committed.read_text("utf-8")) == schema
