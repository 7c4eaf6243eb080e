"""Drift in fields that no file names, of every kind whose objects can be updated, against the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from anthropic.types.beta import (
    AgentUpdateParams,
    DeploymentUpdateParams,
    EnvironmentUpdateParams,
    MemoryStoreUpdateParams,
    VaultUpdateParams,
)
from anthropic.types.beta.vaults import CredentialUpdateParams
from typing_extensions import get_type_hints

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.errors import Conflict, Refused
from pulumi_managed_agents.reconcile.compare import UNDECLARED
from pulumi_managed_agents.reconcile.effective import live_leaves
from pulumi_managed_agents.reconcile.plan_text import sentence
from tests.kinds.one_of_each import BEARER, MESSAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.reconcile.leaves import Leaves
    from tests.kinds.emulated_stack import Applied, EmulatedStack
    from tests.kinds.server_habits import Body

RESTORE, FAIL, IGNORE = (Policy(on_undeclared=way) for way in ("restore", "fail", "ignore"))
GATED = Policy("fail", "refuse", refuses_power=True)
ROLE: Body = {"type": "aws_role", "role_arn": "arn:aws:iam::123456789012:role/admin"}


def _credential(stack: EmulatedStack) -> Body:
    return {"vault_id": stack.hand.vaults.create({"display_name": "CRM"})["id"], "auth": BEARER}


def _deployment(stack: EmulatedStack) -> Body:
    agent = stack.hand.agents.create({"name": "Triage", "model": "claude-opus-5-5"})
    box = stack.hand.environments.create({"name": "box"})
    about = {"agent": {"type": "agent", "id": agent["id"], "version": 1}, "environment_id": box["id"]}
    return {"name": "Nightly", "initial_events": [MESSAGE], **about}


@dataclass(frozen=True)
class Sample:
    """A kind: the least that a file can say, the SDK's parameters of an update, and what somebody else does by them."""

    least: Callable[[EmulatedStack], Body]
    params: Any
    moves: dict[str, Callable[[EmulatedStack], Any]]
    always_named: frozenset[str] = frozenset()


METADATA: dict[str, Callable[[EmulatedStack], Any]] = {"metadata": lambda _: {"owner": "somebody"}}
TEXT: dict[str, Callable[[EmulatedStack], Any]] = {"description": lambda _: "By hand."}
SAMPLES = {
    "agent": Sample(
        lambda _: {"name": "triage", "model": "claude-opus-5-5"},
        AgentUpdateParams,
        {
            **METADATA,
            **TEXT,
            "system": lambda _: "Do whatever you are told. " * 20,
            "tools": lambda _: [{"type": "agent_toolset_20260401"}],
            "mcp_servers": lambda _: [{"type": "url", "name": "crm", "url": "https://crm.example/mcp"}],
            "skills": lambda _: [{"type": "anthropic", "skill_id": "pdf"}],
            "multiagent": lambda _: {"type": "multiagent_20261001", "subagents": {"type": "enabled"}},
            "execution_identity": lambda _: ROLE,
        },
        frozenset({"name", "model", "version"}),
    ),
    "environment": Sample(
        lambda _: {"name": "box"},
        EnvironmentUpdateParams,
        {
            **METADATA,
            **TEXT,
            "config": lambda _: {
                "type": "cloud",
                "networking": {"type": "limited", "allowed_hosts": ["new.example"], "allow_package_managers": True},
                "packages": {"pip": ["new"]},
            },
        },
        frozenset({"name", "scope"}),
    ),
    "memory_store": Sample(
        lambda _: {"name": "Notes"}, MemoryStoreUpdateParams, {**METADATA, **TEXT}, frozenset({"name"})
    ),
    "vault": Sample(lambda _: {"display_name": "CRM"}, VaultUpdateParams, METADATA, frozenset({"display_name"})),
    "credential": Sample(
        _credential,
        CredentialUpdateParams,
        {**METADATA, "display_name": lambda _: "By hand"},
        frozenset({"vault_id", "auth"}),
    ),
    "deployment": Sample(
        _deployment,
        DeploymentUpdateParams,
        {
            **METADATA,
            **TEXT,
            "schedule": lambda _: {"type": "cron", "expression": "* * * * *", "timezone": "Etc/UTC"},
            "resources": lambda stack: [
                {"type": "memory_store", "memory_store_id": stack.hand.memory_stores.create({"name": "Notes"})["id"]}
            ],
            "vault_ids": lambda stack: [stack.hand.vaults.create({"display_name": "Other"})["id"]],
            "budget": lambda _: {"type": "limit", "max_list_cost": {"amount": "9900", "currency": "USD"}},
        },
        frozenset({"name", "agent", "environment_id", "initial_events"}),
    ),
}
MOVES = [pytest.param(kind, field, id=f"{kind} {field}") for kind, one in SAMPLES.items() for field in one.moves]
STYLES = [pytest.param({}, id="null"), pytest.param({"unset_optionals": "absent"}, id="absent")]


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_parameter_of_an_update_is_tried_here(kind: str) -> None:
    """A field that the SDK can write is moved by these tests, unless every file names it."""
    sample = SAMPLES[kind]
    fields = get_type_hints(sample.params).keys() - {"betas", "workspace_id"}
    assert fields == sample.moves.keys() | sample.always_named


def moved(stack: EmulatedStack, kind: str, field: str) -> tuple[Applied, Leaves]:
    """A resource of which the file says the least, after somebody else changed a field; its leaves before that."""
    sample = SAMPLES[kind]
    one = stack.create(kind, sample.least(stack))
    before = leaves_of(stack, one)
    endpoints = one.subject.facts.endpoints(stack.hand)
    needed = {"tools": [{"type": "mcp_toolset", "mcp_server_name": "crm"}]} if field == "mcp_servers" else {}
    endpoints.update(one.id, {field: sample.moves[field](stack), **needed})
    return one, before


def leaves_of(stack: EmulatedStack, one: Applied) -> Leaves:
    """What is live of a resource."""
    return live_leaves(one.subject.facts, one.subject.facts.endpoints(stack.hand).get(one.id), one.record.desired)


@pytest.mark.parametrize("switches", STYLES)
@pytest.mark.parametrize(("kind", "field"), MOVES)
def test_drift_that_no_file_names_is_reported_and_left(
    stack: EmulatedStack, kind: str, field: str, switches: dict[str, Any]
) -> None:
    """It is reported with what was and what is, changes nothing, and is reported again after another update."""
    stack.switch(**switches)
    one, before = moved(stack, kind, field)
    plan = stack.look(one)
    now = leaves_of(stack, one)
    assert plan.decision == "same"
    assert {change.cause for change in plan.left} == {UNDECLARED}
    assert field in {change.field for change in plan.left}
    assert {change.path: change.live for change in plan.left} == {
        path: now.get(path) for path in {*before, *now} if before.get(path) != now.get(path)
    }
    assert "is left as it is (onUndeclared: report)" in sentence(plan)
    label = "display_name" if kind in {"vault", "credential"} and field != "display_name" else "name"
    if label in one.record.desired:
        edited = stack.update(one, {**one.record.desired, label: "Another"})
        assert {change.path for change in stack.look(edited).left} == {change.path for change in plan.left}
        assert {path: value for path, value in leaves_of(stack, edited).items() if path[0] == field} == {
            path: value for path, value in now.items() if path[0] == field
        }


@pytest.mark.parametrize("switches", STYLES)
@pytest.mark.parametrize(("kind", "field"), MOVES)
def test_drift_that_no_file_names_is_put_back(
    stack: EmulatedStack, kind: str, field: str, switches: dict[str, Any]
) -> None:
    """Where the stage says so, an up restores exactly what was recorded, by one write."""
    stack.switch(**switches)
    one, before = moved(stack, kind, field)
    plan = stack.look(one, rules=RESTORE)
    assert (plan.decision, plan.left) == ("update", ())
    assert "will be put back" in sentence(plan)
    stack.asked()
    after = stack.update(one, rules=RESTORE)
    assert len(stack.writes()) == 1
    assert leaves_of(stack, after) == before
    assert stack.look(after, rules=RESTORE).left == stack.look(after).left == ()


@pytest.mark.parametrize(("kind", "field"), MOVES)
def test_drift_that_no_file_names_stops_or_is_ignored(stack: EmulatedStack, kind: str, field: str) -> None:
    """As the stage says: an up stops, or nothing is said, and what the next write records is quiet from then on."""
    one, _ = moved(stack, kind, field)
    with pytest.raises(Refused, match="managed-agents:onUndeclared is 'fail'"):
        stack.look(one, rules=FAIL)
    with pytest.raises(Refused, match="managed-agents:onUndeclared is 'fail'"):
        stack.update(one, rules=FAIL)
    ignored = stack.look(one, rules=IGNORE)
    assert (ignored.decision, ignored.left) == ("same", ())
    accepted = stack.update(one, rules=IGNORE)
    assert stack.look(accepted).left == ()


WIDENS = {
    "agent": {"tools", "mcp_servers", "skills", "multiagent", "execution_identity"},
    "deployment": {"schedule", "resources", "vault_ids"},
}


@pytest.mark.parametrize(("kind", "field"), MOVES)
def test_behind_a_gate_what_widens_power_stops(stack: EmulatedStack, kind: str, field: str) -> None:
    """What gives more power stops an up and says which; anything else is reported."""
    one, _ = moved(stack, kind, field)
    if field not in WIDENS.get(kind, set()):
        assert stack.look(one, rules=GATED).widens == ()
        return
    with pytest.raises(Refused, match=r"more power: .*managed-agents:onUndeclared"):
        stack.look(one, rules=GATED)
    assert stack.look(one).widens


def test_what_a_file_names_since_is_a_conflict_or_taken_over(stack: EmulatedStack) -> None:
    """A file that begins to name a field that had drifted takes the live value over, or is in conflict with it."""
    one, _ = moved(stack, "agent", "description")
    one = stack.update(one, {**one.record.desired, "name": "Another"})
    taken = stack.update(one, {**one.record.desired, "description": "By hand."})
    assert stack.look(taken).left == ()
    with pytest.raises(Conflict, match=r'the file says "By file\."'):
        stack.look(one, {**one.record.desired, "description": "By file."})


def test_long_texts_and_tables_are_put_back_from_the_old_version(stack: EmulatedStack) -> None:
    """What the record knows by a fingerprint alone is read from the agent's version of then, also after an update."""
    prompt, skill = "You triage. " * 20, {"type": "anthropic", "skill_id": "pdf"}
    body: Body = {"name": "triage", "model": "claude-opus-5-5"}
    whole = stack.create("agent", {**body, "system": prompt, "skills": [skill]})
    one = stack.adopted(whole, body)
    stack.hand.agents.update(one.id, {"system": "By hand.", "skills": []})
    assert {change.field for change in stack.look(one).left} == {"system", "skills"}
    later = stack.update(one, {**body, "name": "Another"})
    plan = stack.look(later, rules=RESTORE)
    assert [change.recorded for change in plan.changes if change.field == "system"] == [prompt]
    stack.update(later, rules=RESTORE)
    live = stack.hand.agents.get(one.id)
    assert (live["name"], live["system"], live["skills"][0]["skill_id"]) == ("Another", prompt, "pdf")


def test_what_cannot_be_put_back_is_said(stack: EmulatedStack) -> None:
    """Of a kind without versions a long value is known by its fingerprint alone: the up leaves it, and says so."""
    note = "What customers said, in their own words, with everything that came of it. " * 3
    one = stack.adopted(stack.create("memory_store", {"name": "Notes", "description": note}), {"name": "Notes"})
    stack.hand.memory_stores.update(one.id, {"description": "By hand."})
    plan = stack.look(one, rules=RESTORE)
    assert plan.decision == "same"
    assert "cannot be put back, since only a fingerprint of it is recorded" in sentence(plan)


def test_a_field_whose_drift_is_ignored_is_silent(stack: EmulatedStack) -> None:
    """The values file leaves single fields to others, whether a file names them or not."""
    one, _ = moved(stack, "agent", "execution_identity")
    assert stack.look(stack.ignoring(one, "execution_identity")).left == ()
    assert stack.look(stack.ignoring(one, "metadata")).left != ()
