"""An object that the engine replaces because it was told to: of every kind, whatever happens halfway."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.dynamic.provider import plan_recorder
from pulumi_managed_agents.errors import ApiError, Refused
from pulumi_managed_agents.reconcile import apply, observation
from pulumi_managed_agents.reconcile.mark import KEY
from pulumi_managed_agents.reconcile.replacement import replacement_remark
from pulumi_managed_agents.review.drift import stage_drift
from pulumi_managed_agents.review.plan_files import VARIABLE, collect
from tests.kinds.emulated_stack import subject
from tests.kinds.one_of_each import AGENT, BOX, KINDS, NOTES, objects

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.config.policy import OnRemoval
    from tests.kinds.emulated_stack import Applied, EmulatedStack

kinds = pytest.mark.parametrize("kind", KINDS)
STRICT = Policy("fail")
UNMARKED = {"skill", "file"}


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is uploaded lies in the working directory, and so do the notes about it."""
    monkeypatch.chdir(tmp_path)


def goes_on(stack: EmulatedStack, kind: str, old: Applied) -> Applied:
    """The next run over what the state still records, without a word from its user; what it has made instead."""
    context = stack.process(STRICT)
    plan = stack.look(old, context=context)
    assert plan.replaces
    assert f"an earlier run began to replace {old.id}" in plan.remark
    recreated = stack.create(kind, old.record.desired, context=context, replaces=old.id)
    stack.remove(old, context)
    return recreated


@kinds
def test_a_replacement_is_another_object(stack: EmulatedStack, kind: str) -> None:
    """The engine calls the create without a look; the new object serves when the old one is gone."""
    body = KINDS[kind].body(stack)
    old = stack.create(kind, body)
    context = stack.process()
    new = stack.create(kind, body, context=context, replaces=old.id)
    stack.remove(old, context)
    assert list(objects(stack, kind, body)) == [new.id] != [old.id]
    assert stack.look(new).is_empty


@kinds
def test_a_run_that_dies_before_it_records_the_new_object_is_gone_on_with(stack: EmulatedStack, kind: str) -> None:
    """The next one takes the object that was made, and the old one goes: no third is made, and nothing is drift."""
    body = KINDS[kind].body(stack)
    old = stack.create(kind, body)
    half = stack.create(kind, body, replaces=old.id)
    stack.asked()
    recreated = goes_on(stack, kind, old)
    assert recreated.id == half.id
    assert list(objects(stack, kind, body)) == [recreated.id]
    assert stack.look(recreated, rules=STRICT).is_empty


@kinds
@pytest.mark.parametrize("status", [400, 500])
def test_a_create_that_fails_leaves_no_drift(stack: EmulatedStack, kind: str, status: int) -> None:
    """What gave way is known for that, and replaced by the next run; what had nothing to give up is as it was."""
    body = KINDS[kind].body(stack)
    old = stack.create(kind, body)
    stack.fault(method="POST", path=KINDS[kind].path, status=status)
    with pytest.raises(ApiError):
        stack.create(kind, body, replaces=old.id)
    if kind in UNMARKED:
        assert stack.look(old, rules=STRICT).is_empty
        return
    recreated = goes_on(stack, kind, old)
    assert list(objects(stack, kind, body)) == [recreated.id] != [old.id]


@kinds
def test_what_was_replaced_is_never_taken_again(stack: EmulatedStack, kind: str) -> None:
    """A run may die before it removes the old object, and the next one be told to replace the new one, too."""
    body = KINDS[kind].body(stack)
    first = stack.create(kind, body)
    second = stack.create(kind, body, replaces=first.id)
    third = stack.create(kind, body, replaces=second.id)
    assert len({first.id, second.id, third.id}) == 3
    for one in (first, second):
        stack.remove(one)
    assert list(objects(stack, kind, body)) == [third.id]


@kinds
def test_what_is_kept_is_not_taken_again(stack: EmulatedStack, kind: str) -> None:
    """An old object that its user retains stays as it is for good, and no later run has anything to do about it."""
    body = KINDS[kind].body(stack)
    old = stack.create(kind, body)
    new = stack.create(kind, body, replaces=old.id)
    assert stack.look(new, rules=STRICT).is_empty
    assert len(objects(stack, kind, body)) == (1 if kind == "credential" else 2)


@kinds
def test_where_the_state_cannot_be_read_nothing_is_taken(stack: EmulatedStack, kind: str) -> None:
    """What bears the mark may be what is to be replaced; where nothing does, a new object is made."""
    body = KINDS[kind].body(stack)
    about = replace(subject(kind), unread=True)
    about = replace(about, facts=about.facts.within(body.get(about.facts.parent, "")))
    made = apply.create(stack.process(), about, body)
    stack.asked()
    with pytest.raises(Refused, match=rf"{made['id']} carries its mark, .* Nothing was made; run again"):
        apply.create(stack.process(), about, body)
    assert stack.writes() == []


@pytest.mark.parametrize("switches", [{"archived_environment_name": "taken"}, {"archived_environment_name": "free"}])
def test_an_environment_in_use_can_be_replaced(stack: EmulatedStack, switches: dict[str, str]) -> None:
    """Sessions keep the old one, under another name."""
    stack.switch(**switches)
    old = stack.create("environment", BOX)
    agent = stack.hand.agents.create({"name": "Another", "model": "claude-opus-5-5"})
    stack.hand.sessions.create({"agent": agent["id"], "environment_id": old.id})
    new = stack.create("environment", BOX, replaces=old.id)
    assert "archived instead" in stack.remove(old)
    assert [(one["id"], one["name"]) for one in stack.hand.environments.list()] == [(new.id, "box")]
    assert stack.hand.environments.get(old.id)["name"] == f"replaced {old.id}"


def test_an_archived_environment_in_use_keeps_its_name(stack: EmulatedStack) -> None:
    """Nobody can free it, and the error says what to do."""
    old = stack.create("environment", BOX)
    agent = stack.hand.agents.create({"name": "Another", "model": "claude-opus-5-5"})
    stack.hand.sessions.create({"agent": agent["id"], "environment_id": old.id})
    stack.hand.environments.archive(old.id)
    with pytest.raises(ApiError, match="which is archived and keeps its name; give this one another `name`"):
        stack.create("environment", BOX, replaces=old.id)


def test_a_deployment_that_went_with_its_agent_is_no_drift(stack: EmulatedStack) -> None:
    """The server archives an agent's deployments with it; where we replaced the agent, nobody else did that."""
    agent = stack.create("agent", {"name": "Worker", "model": "claude-opus-5-5"}, name="worker")
    body = {**KINDS["deployment"].body(stack), "agent": {"type": "agent", "id": agent.id, "version": 1}}
    one = stack.create("deployment", body)
    stack.create("agent", agent.record.desired, name="worker", replaces=agent.id)
    stack.remove(agent)
    plan = stack.look(one, rules=STRICT)
    assert (plan.replaces, plan.is_changed_outside) == (("name",), False)
    assert f"was archived with {agent.id}" in plan.remark


def test_a_deployment_whose_agent_somebody_archived_is_drift(stack: EmulatedStack) -> None:
    """Nobody of us did that."""
    body = KINDS["deployment"].body(stack)
    one = stack.create("deployment", body)
    stack.hand.agents.archive(body["agent"]["id"])
    with pytest.raises(Refused, match="was archived outside Pulumi"):
        stack.look(one, rules=STRICT)


def test_a_credential_that_went_with_its_vault_is_no_drift(stack: EmulatedStack) -> None:
    """It is created again in the vault that took the place of its own."""
    one = stack.create("credential", KINDS["credential"].body(stack))
    stack.hand.vaults.delete(one.record.desired["vault_id"])
    other = stack.hand.vaults.create({"display_name": "CRM"})["id"]
    plan = stack.look(one, {**one.record.desired, "vault_id": other}, rules=STRICT)
    assert (plan.replaces, plan.remark, plan.is_changed_outside) == (("vault_id",), "", False)


@pytest.mark.parametrize(
    ("kind", "policy", "message"),
    [
        pytest.param(
            "memory_store", "archive", "deleted, with everything that agents have written into it", id="store"
        ),
        pytest.param("agent", "archive", "archived for ever", id="agent"),
        pytest.param("agent", "retain", "left alone (managed-agents:onRemoval is 'retain')", id="agent kept"),
        pytest.param("environment", "retain", "left alone under the name 'replaced env_", id="environment kept"),
    ],
)
def test_what_is_lost_is_said_beforehand(stack: EmulatedStack, kind: str, policy: OnRemoval, message: str) -> None:
    """One line names the old object and what becomes of it."""
    one = stack.create(kind, KINDS[kind].body(stack))
    line = replacement_remark(stack.process(Policy(on_removal=policy)), replace(one.subject, replaces=one.id))
    assert f"a new one takes the place of {one.id}, which is then {message}" in line


@pytest.mark.parametrize(
    ("kind", "policy", "reason"),
    [
        pytest.param(
            "vault", "refuse", "onRemoval is 'refuse', and vlt_.* would be deleted, with all its", id="refuse"
        ),
        pytest.param("credential", "retain", "onRemoval is 'retain', but .* would be archived to free", id="key"),
    ],
)
def test_what_may_not_go_is_not_replaced(stack: EmulatedStack, kind: str, policy: OnRemoval, reason: str) -> None:
    """It is refused before anything is written; what is gone already is in nobody's way."""
    one = stack.create(kind, KINDS[kind].body(stack))
    about = replace(one.subject, replaces=one.id)
    stack.asked()
    with pytest.raises(Refused, match=reason):
        replacement_remark(stack.process(Policy(on_removal=policy)), about)
    assert stack.writes() == []
    about.facts.endpoints(stack.hand).delete(one.id)
    assert replacement_remark(stack.process(Policy(on_removal=policy)), about) == ""


def test_a_replaced_object_says_so_to_whoever_looks(stack: EmulatedStack) -> None:
    """Its mark names the resource still, and that it is no longer its object."""
    old = stack.create("memory_store", NOTES)
    stack.create("memory_store", NOTES, replaces=old.id)
    mark = stack.hand.memory_stores.get(old.id)["metadata"][KEY]
    assert mark == f"{old.subject.mark} (replaced)"


def test_what_a_replacement_has_left_is_in_no_report_of_drift(
    stack: EmulatedStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A credential that gave way is archived, but nobody did that outside Pulumi."""
    plans = tmp_path / "plans"
    plans.mkdir()
    monkeypatch.setenv(VARIABLE, str(plans))
    old = stack.create("credential", KINDS["credential"].body(stack))
    stack.create("credential", old.record.desired, replaces=old.id)
    for one, drifted in ((old, []), (stack.create("agent", AGENT, name="worker"), ["agents/worker"])):
        if drifted:
            stack.hand.agents.archive(one.id)
        plan_recorder.report(
            observation.plan_resource(stack.process(), one.subject, one.id, one.record.desired, one.record)
        )
        assert [found.name for found in stage_drift("dev", collect(plans)).drifted] == drifted
