from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import compare
from pulumi_managed_agents.reconcile.context import Subject
from pulumi_managed_agents.reconcile.plan_text import sentence
from pulumi_managed_agents.reconcile.planner import plan
from pulumi_managed_agents.reconcile.record import Record
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from tests.reconcile.test_production import MESSAGE, SCHEDULE, deployment

if TYPE_CHECKING:
    from tests.kinds.emulated_stack import Applied, EmulatedStack
    from tests.kinds.server_habits import Body


@pytest.fixture
def one(stack: EmulatedStack) -> Applied:
    """A deployment that rests."""
    return stack.create("deployment", deployment(stack))


def steps(stack: EmulatedStack) -> list[str]:
    """The last part of what was written since the last question."""
    return [request.rpartition("/")[2] for request in stack.writes()]


def test_a_deployment_that_is_to_rest_never_runs(stack: EmulatedStack) -> None:
    """It is made, then paused, in one step."""
    body = deployment(stack)
    stack.asked()
    one = stack.create("deployment", body)
    assert steps(stack) == ["deployments", "pause"]
    assert stack.hand.deployments.get(one.id)["status"] == "paused"


def test_to_go_on_and_to_rest_are_calls_of_their_own(stack: EmulatedStack, one: Applied) -> None:
    """An edit of `paused` alone is its verb alone; with other edits a deployment rests while it changes."""
    stack.asked()
    active = stack.update(one, {**one.record.desired, "paused": False})
    assert steps(stack) == ["unpause"]
    resting = stack.update(active, {**active.record.desired, "paused": True, "name": "Weekly"})
    assert steps(stack) == ["pause", one.id]
    unsaid = {key: value for key, value in resting.record.desired.items() if key != "paused"}
    again = stack.update(resting, {**unsaid, "name": "Daily"})
    assert steps(stack) == [one.id, "unpause"]
    assert stack.look(again).is_empty


def test_a_deployment_that_somebody_paused_goes_on(stack: EmulatedStack) -> None:
    """Also where no file names `paused`, resting is drift, and a line says so."""
    body = {key: value for key, value in deployment(stack).items() if key != "paused"}
    one = stack.create("deployment", body)
    stack.hand.deployments.pause(one.id)
    with pytest.raises(Refused, match="paused false → true"):
        stack.look(one, rules=Policy("fail"))
    stack.update(one, body)
    assert stack.hand.deployments.get(one.id)["status"] == "active"


def test_the_error_for_which_the_server_paused_is_reported() -> None:
    """The line says why the schedule is paused, even where nothing else says when it was changed."""
    facts = FACTS["deployment"]
    live: Body = {"id": "depl_1", "status": "active", "paused_reason": None, "name": "Nightly"}
    record = read_record({"name": "Nightly"}, record_of(facts, live, {"name": "Nightly"}))
    reason = {"type": "error", "error": {"type": "vault_archived_error"}}
    now = {**live, "status": "paused", "paused_reason": reason}
    found = plan(Subject(facts, "deployments/nightly"), record.desired, record, now, Policy())
    assert [(change.field, change.cause, change.live) for change in found.changes] == [
        ("paused", "drift", True),
        ("paused_reason", "drift", "vault_archived_error"),
    ]
    assert "paused_reason unset → vault_archived_error; will be put back" in sentence(found)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("schedule", None, id="no schedule any more"),
        pytest.param("schedule", {**SCHEDULE, "expression": "0 4 * * *"}, id="another time"),
        pytest.param("initial_events", [MESSAGE], id="fewer events"),
        pytest.param("resources", [], id="no resources"),
        pytest.param("budget", None, id="no budget"),
        pytest.param("description", None, id="no description"),
    ],
)
def test_every_field_can_change_in_place(stack: EmulatedStack, one: Applied, field: str, value: object) -> None:
    """One write, and the next run has nothing to do."""
    plan = stack.look(one, {**one.record.desired, field: value})
    assert ({change.field for change in plan.changes} - {"authorization_token"}, plan.replaces) == ({field}, ())
    stack.asked()
    after = stack.update(one, {**one.record.desired, field: value})
    assert len(stack.writes()) == 1
    assert stack.look(after).is_empty


def test_the_order_of_vaults_counts(stack: EmulatedStack, one: Applied) -> None:
    """The first credential that fits is used, so that another order is an edit."""
    turned = one.record.desired["vault_ids"][::-1]
    stack.update(one, {**one.record.desired, "vault_ids": turned})
    assert stack.hand.deployments.get(one.id)["vault_ids"] == turned


def test_a_new_version_of_the_agent_is_pinned(stack: EmulatedStack, one: Applied) -> None:
    """A deployment serves the version it is given, until it is given another."""
    agent = one.record.desired["agent"]
    stack.hand.agents.update(agent["id"], {"description": "More."})
    assert stack.look(one).is_empty
    stack.update(one, {**one.record.desired, "agent": {**agent, "version": 2}})
    assert stack.hand.deployments.get(one.id)["agent"]["version"] == 2


def test_a_rotated_repository_token_is_an_edit(stack: EmulatedStack, one: Applied) -> None:
    """The token is never shown, so its mark decides; the resources are sent whole."""
    *others, repository = one.record.desired["resources"]
    desired = {**one.record.desired, "resources": [*others, {**repository, "authorization_token": "secret-new"}]}
    plan = stack.look(one, desired)
    address = repository["url"]
    assert [change.path for change in plan.changes] == [("resources", address, "authorization_token")]
    assert "secret-" not in repr(plan)
    assert stack.look(stack.update(one, desired)).is_empty


def test_a_record_of_nothing_compares_with_defaults() -> None:
    """A deployment that no file says anything about is one that does not rest."""
    facts = FACTS["deployment"]
    assert compare(facts, {"paused": False}, Record({}), {"status": "active"}) == []
