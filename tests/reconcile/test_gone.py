"""Objects that somebody archived or deleted behind our back, of every kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.reconcile.plan_text import sentence
from tests.kinds.one_of_each import KINDS, objects

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kinds.emulated_stack import EmulatedStack

WAYS = [
    *((kind, "archive") for kind in KINDS if kind not in {"skill", "file"}),
    *((kind, "delete") for kind in KINDS if kind not in {"agent", "deployment"}),
]
ways = pytest.mark.parametrize(("kind", "act"), [pytest.param(*way, id=" ".join(way)) for way in WAYS])


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is uploaded lies in the working directory."""
    monkeypatch.chdir(tmp_path)


@ways
def test_what_went_behind_our_back_follows_the_policy(stack: EmulatedStack, kind: str, act: str) -> None:
    """It is reported as what it is, and made again, refused, or left, as drift is."""
    one = stack.create(kind, KINDS[kind].body(stack))
    getattr(one.subject.facts.endpoints(stack.hand), act)(one.id)
    healed = stack.look(one)
    assert healed.replaces
    change = rf"{one.subject.facts.kind} '.*' .*was {act}d outside Pulumi.*; "
    assert re.search(change + "a new one will be made", sentence(healed))
    with pytest.raises(Refused, match=change + r"managed-agents:onDrift is 'fail'; 'heal' makes a new one"):
        stack.look(one, rules=Policy("fail"))
    left = stack.look(one, rules=Policy("ignore"))
    assert left.is_empty
    assert re.search(change + "is left so", sentence(left))


@ways
def test_what_went_is_made_anew_and_once(stack: EmulatedStack, kind: str, act: str) -> None:
    """A replacement makes one object that serves, whatever the old one is by then."""
    body = KINDS[kind].body(stack)
    one = stack.create(kind, body)
    getattr(one.subject.facts.endpoints(stack.hand), act)(one.id)
    context = stack.process()
    assert stack.look(one, context=context).replaces
    recreated = stack.create(kind, body, context=context, replaces=one.id)
    stack.remove(one, context)
    assert list(objects(stack, kind, body)) == [recreated.id] != [one.id]
    assert stack.look(recreated).is_empty
