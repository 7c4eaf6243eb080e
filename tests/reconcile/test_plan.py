from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.config.policy import Policy, policy
from pulumi_managed_agents.errors import Conflict, InputError, Refused
from pulumi_managed_agents.reconcile.context import Subject
from pulumi_managed_agents.reconcile.plan_text import sentence, stop
from pulumi_managed_agents.reconcile.planner import plan
from tests.kinds.deployed import AGENTS, MARK, Deployed

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.plan import Plan

BODY = {"name": "triage", "model": "claude-opus-5-5", "description": "Old.", "system": "Old prompt."}
TOUCHED = "2026-11-01 00:00:02 UTC"
SUBJECT = Subject(AGENTS.facts, "agents/triage", "agents/triage.md", MARK)
PULL = "`managed-agents pull dev agents/triage` takes it into the file"


def planned(one: Deployed, rules: Policy, subject: Subject = SUBJECT, **edit: str) -> Plan:
    """The plan for an edit, after somebody else changed the description."""
    return plan(subject, {**BODY, **edit}, one.record, one.touched(description="By hand.").live, rules)


def message(found: Plan) -> tuple[type[Exception], str]:
    """The error of a plan that stops."""
    with pytest.raises((Conflict, Refused)) as caught:
        stop(found)
    return caught.type, str(caught.value)


def test_drift_is_healed_ignored_or_refused_as_the_stage_says() -> None:
    """The policy decides what becomes of a hand-made change; each way it is reported in one line."""
    one = AGENTS.apply(BODY)
    change = f'was changed outside Pulumi (version 1 → 2, last changed {TOUCHED}): description "Old." → "By hand."'
    healed = planned(one, Policy("heal"))
    assert [change.field for change in healed.changes] == ["description"]
    assert sentence(healed) == f"{SUBJECT} {change}; will be put back; {PULL}"
    ignored = planned(one, Policy("ignore"))
    assert (ignored.is_empty, ignored.changes, [change.field for change in ignored.left]) == (True, (), ["description"])
    assert sentence(ignored) == f"{SUBJECT} {change}; is left as it is (onDrift: ignore); {PULL}"
    assert message(planned(one, Policy("fail"))) == (
        Refused,
        f"{SUBJECT} {change}; managed-agents:onDrift is 'fail'; {PULL}, or undo it",
    )


def test_an_edit_beside_ignored_drift_is_made() -> None:
    """Leaving somebody's change alone keeps no edit of another field from being made."""
    assert [change.field for change in planned(AGENTS.apply(BODY), Policy("ignore"), name="new").changes] == ["name"]


def test_a_field_whose_drift_is_ignored_says_nothing() -> None:
    """A path that the stage's values ignore is neither told nor refused."""
    quiet = Subject(AGENTS.facts, "agents/triage", ignore=(("description",),))
    found = planned(AGENTS.apply(BODY), Policy("fail"), quiet)
    assert (found.decision, found.outside, sentence(found)) == ("same", (), "")


@pytest.mark.parametrize("on_drift", ["heal", "ignore", "fail"])
def test_a_conflict_always_stops_with_all_three_values(on_drift: str) -> None:
    """Where both sides changed a field no policy decides; the message holds the values and how to accept."""
    error, line = message(planned(AGENTS.apply(BODY), policy({"onDrift": on_drift}), description="New."))
    assert error is Conflict
    assert line == (
        "agent 'agents/triage' (agents/triage.md) was changed both in its file and outside Pulumi "
        f"(version 1 → 2, last changed {TOUCHED}): "
        f'description was "Old.", the file says "New.", live is "By hand.". {PULL}, or let the file '
        'win with managed-agents:acceptConflicts: ["agents/triage@2"]'
    )


def test_an_accepted_conflict_is_decided_for_the_file_until_live_moves_again() -> None:
    """The acceptance names the live version, so that it expires by itself."""
    one = AGENTS.apply(BODY)
    accepted = Policy(accepted=frozenset({"agents/triage@2"}))
    assert [change.desired for change in planned(one, accepted, description="New.").changes] == ["New."]
    later = one.touched(description="By hand.").touched(description="By another hand.").live
    again = plan(SUBJECT, {**BODY, "description": "New."}, one.record, later, accepted)
    assert (again.decision, again.acceptance) == ("conflict", "agents/triage@3")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param({}, Policy("heal", "archive"), id="first stage"),
        pytest.param({"verifiedIn": "staging"}, Policy("fail", "refuse", refuses_power=True), id="behind a gate"),
        pytest.param(
            {"verifiedIn": "staging", "onDrift": "heal", "onUndeclared": "report"},
            Policy("heal", "refuse"),
            id="said otherwise",
        ),
        pytest.param({"acceptConflicts": '["a@1", "b@2"]'}, Policy(accepted=frozenset({"a@1", "b@2"})), id="a list"),
        pytest.param({"acceptConflicts": "a@1"}, Policy(accepted=frozenset({"a@1"})), id="a single one"),
    ],
)
def test_the_policy_of_a_stage(config: dict[str, str], expected: Policy) -> None:
    """Defaults depend on whether a gate stands, and can be said otherwise."""
    assert policy(config) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param({"onDrift": "panic"}, "onDrift is 'panic'; it must be one of heal, fail, ignore", id="drift"),
        pytest.param({"onRemoval": "burn"}, "onRemoval is 'burn'", id="removal"),
        pytest.param({"acceptConflicts": "{}"}, "must be a list", id="conflicts"),
    ],
)
def test_an_unknown_policy_is_refused_in_words(config: dict[str, str], expected: str) -> None:
    """A misspelt policy must not become the default one."""
    with pytest.raises(InputError, match=expected):
        policy(config)
