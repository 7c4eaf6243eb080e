"""Facts that the API has not settled: our side must not depend on the answer, so each is tried with every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from managed_agents_emulator.switches import Switches
from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.errors import Conflict, Refused
from pulumi_managed_agents.reconcile import apply
from tests.reconcile.test_apply import BODIES
from tests.reconcile.test_production import CASES as PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kinds.emulated_stack import EmulatedStack

OF_SESSIONS = {
    "event_frames": "only streams of events have frames",
    "message_while_waiting": "only sessions wait for answers",
    "running_session_status": "only sessions run",
    "token_seconds": "concerns the way in, not what is reconciled",
}
"""Switches that no kind of resource can tell, each with the reason; the smoke tests meet them."""

EDITS: dict[str, dict[str, Any]] = {
    **{kind: {"description": "By hand."} for kind in BODIES},
    **{kind: edit for kind, (_, edit) in PRODUCTION.items()},
}


def other_answers() -> dict[str, list[Any]]:
    """The answers that are not the default, by the switch that they are of, of all that can matter here."""
    others: dict[str, list[Any]] = {}
    for name, field in Switches.model_fields.items():
        values = get_args(field.annotation) or {bool: (True, False), int: (1, 1000)}[field.annotation]  # type: ignore[index]
        if name not in OF_SESSIONS:
            others[name] = [one for one in values if one != field.default]
    return others


def lives() -> Iterator[Any]:
    """Each answer by itself for an agent, and for every kind all switches at once, until each had each other answer."""
    others = other_answers()
    for name, answers in others.items():
        yield from (pytest.param("agent", {name: one}, id=f"agent-{name}={one}") for one in answers)
    for number in range(max(map(len, others.values()))):
        at_once = {name: answers[number % len(answers)] for name, answers in others.items()}
        yield from (pytest.param(kind, at_once, id=f"{kind}-all of number {number}") for kind in EDITS)


def body_of(stack: EmulatedStack, kind: str) -> dict[str, Any]:
    return BODIES[kind] if kind in BODIES else PRODUCTION[kind][0](stack)


def test_every_switch_is_tried_or_listed() -> None:
    """No listed switch is one that the emulator no longer has."""
    assert OF_SESSIONS.keys() < Switches.model_fields.keys()


@pytest.mark.parametrize(("kind", "switches"), list(lives()))
def test_a_life_goes_the_same_way_whatever_the_answer(
    stack: EmulatedStack, kind: str, switches: dict[str, Any]
) -> None:
    """Made, found again after a crash, edited, changed by hand, healed and removed, with nothing left to do between."""
    stack.switch(**switches)
    one = stack.create(kind, body_of(stack, kind))
    body, edited = one.record.desired, {**one.record.desired, **EDITS[kind]}
    assert stack.look(one).is_empty
    assert stack.create(kind, body).id == one.id
    stack.asked()
    assert stack.look(stack.update(one, body)).is_empty
    assert stack.writes() == []
    after = stack.update(one, edited)
    assert len(stack.writes()) == 1
    assert stack.look(after, edited).is_empty
    by_hand = dict.fromkeys(EDITS[kind], "By another hand.")
    after.subject.facts.endpoints(stack.hand).update(one.id, by_hand)
    with pytest.raises(Refused, match="was changed outside Pulumi"):
        stack.look(after, edited, rules=Policy("fail"))
    healed = stack.update(after, edited)
    assert stack.look(healed, edited).is_empty
    stack.remove(healed)
    stack.remove(healed)
    assert stack.look(healed, edited).replaces


@pytest.mark.parametrize("type_", ["conflict_error", "invalid_request_error"])
def test_a_conflict_is_reported_by_its_status(stack: EmulatedStack, type_: str) -> None:
    """Somebody was faster: both versions are named, whatever the error is called."""
    stack.switch(conflict_type=type_)
    one = stack.create("agent", BODIES["agent"])
    context, edited = stack.process(), {**BODIES["agent"], "description": "Ours."}
    stack.look(one, edited, context)
    stack.hand.agents.update(one.id, {"system": "Theirs."})
    with pytest.raises(Conflict, match="version 1 → 2"):
        apply.update(context, one.subject, one.id, edited, one.record)
