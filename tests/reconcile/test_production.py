"""What holds for every kind that a production stage has beside agents, environments and skills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.reconcile.mark import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kinds.emulated_stack import Applied, EmulatedStack
    from tests.kinds.server_habits import Body

STORE: Body = {"name": "Notes", "description": "What customers said.", "metadata": {"team": "orders"}}
VAULT: Body = {"display_name": "CRM", "metadata": {"team": "orders"}}
BEARER: Body = {"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example/sse", "token": "secret-one"}
MESSAGE: Body = {"type": "user.message", "content": [{"type": "text", "text": "Sum up the day."}]}
SCHEDULE: Body = {"type": "cron", "expression": "0 3 * * *", "timezone": "Europe/Berlin"}


def deployment(stack: EmulatedStack) -> Body:
    """A deployment with one of everything."""
    agent = stack.hand.agents.create({"name": "Triage", "model": "claude-opus-5-5"})
    store = stack.hand.memory_stores.create({"name": "Notes"})
    resources: list[Body] = [
        {"type": "memory_store", "memory_store_id": store["id"]},
        {"type": "file", "file_id": stack.hand.files.upload("a.csv", b"a")["id"], "mount_path": "a.csv"},
        {"type": "github_repository", "url": "https://github.com/acme/shop", "authorization_token": "secret-git"},
    ]
    outcome = {"type": "user.define_outcome", "description": "Done.", "rubric": {"type": "text", "content": "All."}}
    return {
        "name": "Nightly",
        "agent": {"type": "agent", "id": agent["id"], "version": 1},
        "environment_id": stack.hand.environments.create({"name": "box"})["id"],
        "initial_events": [MESSAGE, outcome],
        "description": "Every night.",
        "schedule": SCHEDULE,
        "resources": resources,
        "vault_ids": [stack.hand.vaults.create({"display_name": name})["id"] for name in ("a", "b")],
        "budget": {"type": "limit", "max_list_cost": {"amount": "0250", "currency": "USD"}},
        "metadata": {"team": "orders"},
        "paused": True,
    }


def credential(stack: EmulatedStack) -> Body:
    """A credential in a new vault."""
    return {"vault_id": stack.hand.vaults.create(VAULT)["id"], "display_name": "CRM", "auth": BEARER}


CASES: dict[str, tuple[Callable[[EmulatedStack], Body], Body]] = {
    "memory_store": (lambda _: STORE, {"description": "By hand."}),
    "vault": (lambda _: VAULT, {"display_name": "By hand"}),
    "credential": (credential, {"display_name": "By hand"}),
    "deployment": (deployment, {"description": "By hand."}),
}
kinds = pytest.mark.parametrize("kind", CASES)


def applied(stack: EmulatedStack, kind: str) -> Applied:
    return stack.create(kind, CASES[kind][0](stack))


def endpoints(stack: EmulatedStack, one: Applied) -> Any:
    """The kind's endpoints, by somebody else's hand."""
    return one.subject.facts.endpoints(stack.hand)


@kinds
@pytest.mark.parametrize(
    "switches", [pytest.param({}, id="as documented"), pytest.param({"unset_optionals": "absent"}, id="absent")]
)
def test_what_was_applied_plans_nothing(stack: EmulatedStack, kind: str, switches: Body) -> None:
    """Whatever the API adds to what it was sent, the next run has nothing to do, and would send nothing."""
    stack.switch(**switches)
    one = applied(stack, kind)
    assert stack.look(one).is_empty
    stack.asked()
    assert stack.look(stack.update(one, one.record.desired)).is_empty
    assert stack.writes() == []


@kinds
def test_an_edit_is_one_write(stack: EmulatedStack, kind: str) -> None:
    """An edited field is sent, once, and nothing is left to do."""
    one = applied(stack, kind)
    edited = {**one.record.desired, **CASES[kind][1]}
    assert {change.cause for change in stack.look(one, edited).changes} == {"edit"}
    stack.asked()
    assert stack.look(stack.update(one, edited)).is_empty
    assert len(stack.writes()) == 1


@kinds
def test_what_somebody_changed_is_reported_and_put_back(stack: EmulatedStack, kind: str) -> None:
    """A change by hand is drift; it is refused or healed as the policy says."""
    one = applied(stack, kind)
    before = endpoints(stack, one).get(one.id)
    endpoints(stack, one).update(one.id, CASES[kind][1])
    with pytest.raises(Refused, match=r"was changed outside Pulumi \(last changed .* UTC\): .* → \"By hand"):
        stack.look(one, rules=Policy("fail"))
    stack.update(one, one.record.desired)
    field = next(iter(CASES[kind][1]))
    assert endpoints(stack, one).get(one.id)[field] == before[field]


@kinds
def test_a_create_finds_what_an_interrupted_run_has_made(stack: EmulatedStack, kind: str) -> None:
    """The ownership mark leads back to the object, which is not made twice."""
    one = applied(stack, kind)
    again = stack.create(kind, one.record.desired)
    assert again.id == one.id
    assert mark_of(endpoints(stack, one).get(one.id)) == one.subject.mark


@kinds
def test_what_is_removed_is_gone_and_made_anew_where_it_is_still_declared(stack: EmulatedStack, kind: str) -> None:
    """Removing twice is a success; an object that somebody removed is replaced."""
    one = applied(stack, kind)
    stack.remove(one)
    stack.remove(one)
    assert [found for found in endpoints(stack, one).list() if found["id"] == one.id] == []
    assert stack.look(one).replaces == ("name",)
