from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import ApiError, Conflict, Unreachable, WrongWorkspace
from pulumi_managed_agents.reconcile import apply
from pulumi_managed_agents.reconcile.mark import KEY, mark_of
from pulumi_managed_agents.reconcile.plan_text import sentence
from tests.kinds.emulated_stack import EmulatedStack, subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kinds.server_habits import Body

PROMPT = "You triage the tickets of a shop. " * 20
AGENT: Body = {"name": "triage", "model": "claude-opus-5-5", "system": PROMPT, "description": "Triages."}
FULL_AGENT: Body = {
    **AGENT,
    "model": {"id": "claude-opus-5-5", "effort": "low"},
    "tools": [
        {"type": "agent_toolset_20260401", "configs": [{"name": "web_fetch", "allowed_domains": ["Example.com"]}]},
        {"type": "mcp_toolset", "mcp_server_name": "crm"},
        {"type": "custom", "name": "lookup", "description": "Looks up.", "input_schema": {"type": "object"}},
    ],
    "mcp_servers": [{"type": "url", "name": "crm", "url": "https://crm.example/mcp"}],
    "skills": [{"type": "anthropic", "skill_id": "pdf"}],
    "multiagent": {
        "type": "multiagent_20261001",
        "subagents": {"type": "enabled", "predefined_agents": [{"type": "self"}]},
    },
    "metadata": {"team": "support"},
}
ENVIRONMENT: Body = {
    "name": "cloud",
    "config": {"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["b.example", "a.example"]}},
}
BODIES = {"agent": FULL_AGENT, "environment": ENVIRONMENT}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({}, id="as documented"),
        pytest.param({"unset_optionals": "absent"}, id="absent"),
        pytest.param({"toolset_configs": "expand"}, id="expanded"),
        pytest.param({"skill_latest": "echo", "domains": "lower"}, id="latest echoed"),
        pytest.param({"schema_optionals": "null"}, id="schema nulls"),
        pytest.param({"unchanged_environment_updated_at": "moved"}, id="times move"),
    ],
)
def test_a_stack_applied_twice_sends_nothing(stack: EmulatedStack, kind: str, switches: Body) -> None:
    """Whatever a sane server answers, the next run plans nothing, and would send nothing if it were told to update."""
    stack.switch(**switches)
    one = stack.create(kind, BODIES[kind])
    assert len(stack.writes()) == 1
    assert stack.look(one).is_empty
    assert stack.update(one, BODIES[kind]).version == one.version
    assert stack.writes() == []


@pytest.mark.parametrize("kind", BODIES)
def test_an_edit_costs_one_write(stack: EmulatedStack, kind: str) -> None:
    """An edited field is sent once; what was applied before is forgotten, and nothing is left to do."""
    one = stack.create(kind, BODIES[kind])
    edited = {**BODIES[kind], "description": "Edited.", "metadata": {"tier": "1"}}
    stack.asked()
    after = stack.update(one, edited)
    assert len(stack.writes()) == 1
    assert stack.look(after, edited).is_empty
    live = getattr(stack.hand, one.subject.facts.collection).get(one.id)
    assert (live["description"], live["metadata"]) == ("Edited.", {"tier": "1", KEY: one.subject.mark})


def test_an_effort_that_leaves_the_file_is_the_models_own_again(stack: EmulatedStack) -> None:
    """The API keeps an effort that is left out, so the update asks for the default by name."""
    one = stack.create("agent", FULL_AGENT)
    stack.update(one, {**FULL_AGENT, "model": "claude-opus-5-5"})
    assert stack.hand.agents.get(one.id)["model"]["effort"] == {"type": "high"}


def test_parts_of_a_roster_that_leave_the_file_are_default_again(stack: EmulatedStack) -> None:
    """The API merges a team into the stored one at every level, so the update names every part."""
    one = stack.create("agent", FULL_AGENT)
    stack.update(one, {**FULL_AGENT, "multiagent": {"type": "multiagent_20261001", "subagents": {"type": "enabled"}}})
    assert stack.hand.agents.get(one.id)["multiagent"]["subagents"]["predefined_agents"] == []


def test_a_hand_made_change_is_healed(stack: EmulatedStack) -> None:
    """What somebody changed in a managed field is put back, what no file names stays, and a line says so."""
    one = stack.create("agent", AGENT)
    stack.hand.agents.update(one.id, {"description": "By hand.", "metadata": {"seen": "yes"}})
    context = stack.process()
    plan = stack.look(one, context=context)
    assert [(change.path, change.cause) for change in plan.changes] == [(("description",), "drift")]
    assert [(change.path, change.cause) for change in plan.left] == [(("metadata", "seen"), "undeclared drift")]
    assert re.fullmatch(
        r"agent 'agents/triage' \(agents/triage\.yaml\) was changed outside Pulumi \(version 1 → 2, last changed "
        r'20[-\d]+ [:\d]+ UTC\): description "Triages\." → "By hand\."; will be put back; '
        r"`managed-agents pull dev agents/triage` takes it into the file; "
        r"in no file: metadata\.seen unset → yes; is left as it is \(onUndeclared: report\); "
        r"`managed-agents pull dev agents/triage --undeclared` takes it into the file",
        sentence(plan),
    )
    after = stack.update(one, AGENT, context)
    live = stack.hand.agents.get(one.id)
    assert (live["description"], live["metadata"]["seen"], live["version"]) == ("Triages.", "yes", after.version)


@pytest.mark.parametrize("kind", BODIES)
def test_a_create_finds_its_own_half_made_object(
    stack: EmulatedStack, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """After a crash between the API's answer and the state file the object is found by its mark, not made twice."""
    first = stack.create(kind, BODIES[kind])
    stack.asked()
    second = stack.create(kind, BODIES[kind])
    assert (second.id, stack.writes()) == (first.id, [])
    assert "exists already, made by an earlier run" in caplog.text
    changed = stack.create(kind, {**BODIES[kind], "description": "Another."})
    assert (changed.id, len(stack.writes())) == (first.id, 1)
    assert stack.look(changed).is_empty


def test_a_create_takes_no_object_that_is_not_its_own(stack: EmulatedStack) -> None:
    """Unmarked, other stacks', other resources' and archived objects are left alone."""
    marks = [None, "shop/prod/agents/triage", "shop/dev/agents/other", "shop/dev/agents/triage"]
    others = [stack.hand.agents.create({**AGENT, "metadata": {KEY: mark} if mark else {}})["id"] for mark in marks]
    stack.hand.agents.archive(others[-1])
    assert stack.create("agent", AGENT).id not in others


def test_a_create_takes_no_object_that_is_recorded_for_another_resource(stack: EmulatedStack) -> None:
    """An object that moved to another name still bears the mark of the old one."""
    moved = stack.create("agent", AGENT)
    about = replace(subject("agent"), elsewhere=frozenset({moved.id}))
    made = apply.create(stack.process(), about, AGENT)["id"]
    assert made != moved.id
    assert apply.create(stack.process(), about, AGENT)["id"] == made


def test_an_environment_can_be_replaced_in_one_run(stack: EmulatedStack) -> None:
    """What the API cannot change is a new environment of the same name."""
    context = stack.process()
    old = stack.create("environment", ENVIRONMENT, context=context)
    desired = {"name": "cloud", "config": {"type": "self_hosted"}}
    assert stack.look(old, desired, context).replaces == ("config",)
    new = stack.create("environment", desired, context=context, replaces=old.id)
    stack.remove(old, context)
    assert [(one["id"], one["config"]["type"]) for one in stack.hand.environments.list()] == [(new.id, "self_hosted")]


@pytest.mark.parametrize("kind", BODIES)
def test_a_lost_answer_to_a_create_is_found(stack: EmulatedStack, kind: str) -> None:
    """A connection that drops after the object was made leads to that object, and to no second one."""
    path = f"/v1/{kind}s"
    stack.fault(method="POST", path=path, drop="after_commit")
    one = stack.create(kind, BODIES[kind])
    assert [found["id"] for found in getattr(stack.hand, f"{kind}s").list()] == [one.id]
    assert stack.look(one).is_empty


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param({"drop": "before"}, Unreachable, id="dropped"),
        pytest.param({"status": 500}, ApiError, id="500"),
        pytest.param({"status": 403}, ApiError, id="403"),
    ],
)
def test_a_create_that_failed_is_reported(stack: EmulatedStack, fault: Body, error: type[Exception]) -> None:
    """Where nothing was made the failure is reported, and the next run makes one object."""
    stack.fault(method="POST", path="/v1/agents", **fault)
    with pytest.raises(error):
        stack.create("agent", AGENT)
    assert stack.create("agent", AGENT).id
    assert len(list(stack.hand.agents.list())) == 1


@pytest.mark.parametrize("kind", BODIES)
def test_a_lost_answer_to_an_update_is_known_as_our_own(stack: EmulatedStack, kind: str) -> None:
    """A connection that drops after the update leads to the updated object, written once."""
    one = stack.create(kind, BODIES[kind])
    edited = {key: value for key, value in BODIES[kind].items() if key != "metadata"} | {"description": "Edited."}
    stack.fault(method="POST", path=f"/v1/{kind}s/{one.id}", drop="after_commit")
    stack.asked()
    after = stack.update(one, edited)
    assert len(stack.writes()) == 1
    assert stack.look(after).is_empty


def test_an_update_that_failed_is_reported_and_can_be_run_again(stack: EmulatedStack) -> None:
    """A connection that drops before the update is an error; the state is as before, and the next run succeeds."""
    one = stack.create("agent", AGENT)
    stack.fault(method="POST", path=f"/v1/agents/{one.id}", drop="before")
    with pytest.raises(Unreachable, match="may have been applied, the next run will look"):
        stack.update(one, {**AGENT, "description": "Edited."})
    assert stack.update(one, {**AGENT, "description": "Edited."}).version == 2


def test_an_update_in_between_is_a_conflict(stack: EmulatedStack) -> None:
    """What somebody changed between the look and the write stops the write, with both versions and the field."""
    one = stack.create("agent", AGENT)
    context = stack.process()
    stack.look(one, context=context)
    stack.hand.agents.update(one.id, {"description": "By hand."})
    with pytest.raises(Conflict) as caught:
        stack.update(one, {**AGENT, "name": "edited"}, context)
    assert re.fullmatch(
        r"agent 'agents/triage' \(agents/triage\.yaml\) was changed by somebody else while it was being updated "
        r'\(version 1 → 2, last changed [^)]+ UTC\): description "Triages\." → "By hand\."; nothing was overwritten, '
        "run again to see the change",
        str(caught.value),
    )
    assert stack.hand.agents.get(one.id)["name"] == "triage"


def test_a_removal_is_not_taken_for_done(stack: EmulatedStack) -> None:
    """A conflict is told also where all that was to be done was to clear a field, which is still there."""
    one = stack.create("agent", AGENT)
    context = stack.process()
    stack.look(one, context=context)
    stack.hand.agents.update(one.id, {"metadata": {"seen": "yes"}})
    with pytest.raises(Conflict):
        stack.update(one, {key: AGENT[key] for key in ("name", "model", "system")}, context)


def test_our_own_write_is_no_conflict(stack: EmulatedStack) -> None:
    """A 409 because the same update of ours got through before is a success."""
    one = stack.create("agent", AGENT)
    desired = {**AGENT, "description": "Edited."}
    slow = stack.process()
    stack.look(one, desired, slow)
    assert stack.update(one, desired).version == 2
    assert stack.update(one, desired, slow).version == 2


def test_an_environment_that_moved_in_between_is_a_conflict(stack: EmulatedStack) -> None:
    """Environments have no versions to guard them, so they are looked at right before the write."""
    one = stack.create("environment", ENVIRONMENT)
    context = stack.process()
    stack.look(one, context=context)
    stack.hand.environments.update(one.id, {"description": "By hand."})
    stack.asked()
    with pytest.raises(Conflict, match=r'description unset → "By hand\."'):
        stack.update(one, {**ENVIRONMENT, "name": "edited"}, context)
    assert stack.writes() == []


@pytest.mark.parametrize("stamp", [None, "2026-11-01T00:00:00Z"], ids=["no time", "another time"])
def test_a_stamp_that_moves_by_itself_is_no_conflict(stack: EmulatedStack, stamp: str | None) -> None:
    """A server may touch an environment, or tell no time at all, while nothing that a file could say has changed."""
    one = stack.create("environment", ENVIRONMENT)
    context = stack.process()
    stack.look(one, context=context)
    seen = context.seen[one.id]
    assert seen
    context.seen[one.id] = {**seen, "updated_at": stamp, "last_used_at": "yesterday"}
    stack.asked()
    stack.update(one, {**ENVIRONMENT, "description": "Edited."}, context)
    assert stack.writes() == [f"POST /v1/environments/{one.id}"]


@pytest.mark.parametrize(
    ("kind", "act", "message"),
    [
        pytest.param("agent", "archive", "archived by somebody else", id="agent archived"),
        pytest.param("environment", "archive", "archived by somebody else", id="environment archived"),
        pytest.param("environment", "delete", "deleted by somebody else", id="environment deleted"),
    ],
)
def test_an_object_that_goes_during_an_update_is_named(stack: EmulatedStack, kind: str, act: str, message: str) -> None:
    """An update never brings an error of the API's own for what somebody took away meanwhile."""
    one = stack.create(kind, BODIES[kind])
    context = stack.process()
    stack.look(one, context=context)
    getattr(getattr(stack.hand, f"{kind}s"), act)(one.id)
    with pytest.raises(Conflict, match=message):
        stack.update(one, {**BODIES[kind], "description": "Edited."}, context)


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("again", ["accept", "refuse"])
def test_removing_what_is_gone_succeeds(stack: EmulatedStack, kind: str, again: str) -> None:
    """A destroy that is repeated, or that somebody was faster with, is done."""
    stack.switch(archive_again=again)
    one = stack.create(kind, BODIES[kind])
    assert stack.remove(one) == {"agent": "archived for ever", "environment": "deleted"}[kind]
    stack.remove(one)


@pytest.mark.parametrize("kind", BODIES)
def test_a_lost_answer_to_a_removal_is_a_success(stack: EmulatedStack, kind: str) -> None:
    """A connection that drops after the object went is no failure."""
    one = stack.create(kind, BODIES[kind])
    stack.fault(
        method={"agent": "POST", "environment": "DELETE"}[kind], path=f"/v1/{kind}s/{one.id}.*", drop="after_commit"
    )
    stack.remove(one)


def test_a_refused_removal_is_reported(stack: EmulatedStack) -> None:
    """Where the API says no, and the object is still there, that is an error."""
    one = stack.create("agent", AGENT)
    stack.fault(method="POST", path=".*/archive", status=403)
    with pytest.raises(ApiError, match="403"):
        stack.remove(one)


@pytest.mark.parametrize("status", [400, 409])
def test_an_environment_in_use_is_archived_and_that_is_said(stack: EmulatedStack, status: int) -> None:
    """Sessions keep their environment from being deleted; it is archived, with a line for the person who watches."""
    stack.switch(environment_in_use_status=status)
    one, agent = stack.create("environment", ENVIRONMENT), stack.create("agent", AGENT)
    stack.hand.sessions.create({"agent": agent.id, "environment_id": one.id})
    assert stack.remove(one) == "is still used by sessions: archived instead of deleted"
    assert stack.hand.environments.get(one.id)["archived_at"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_another_workspace_is_refused_before_any_write(stack: EmulatedStack, keys: Iterator[str], status: int) -> None:
    """A credential of another workspace stops with nothing written, whatever the API answers to the wrong name."""
    stack.switch(workspace_mismatch_status=status)
    ours = stack.client().identify()
    stranger = stack.client(next(keys))
    stack.asked()
    with pytest.raises(WrongWorkspace, match=str(ours)):
        stranger.expect(ours)
    with pytest.raises(WrongWorkspace, match=str(ours)):
        stranger.agents.get("agent_1")
    assert stack.writes() == []


def test_a_renamed_resource_gets_its_mark_with_its_next_edit(stack: EmulatedStack) -> None:
    """A new name in the files is no write; the first real edit carries the mark along."""
    one = stack.create("agent", AGENT)
    renamed = type(one)(subject("agent", "renamed"), one.id, one.record, one.version)
    assert stack.look(renamed).is_empty
    stack.update(renamed, {**AGENT, "description": "Edited."})
    assert mark_of(stack.hand.agents.get(one.id)) == renamed.subject.mark


def test_requests_of_a_whole_run(stack: EmulatedStack) -> None:
    """Ten agents that need nothing cost one list request; one edit among them costs one write."""
    context = stack.process()
    agents = [stack.create("agent", {**AGENT, "name": f"a{n}"}, f"a{n}", context) for n in range(10)]
    stack.asked()
    second = stack.process()
    assert all(stack.look(one, context=second).is_empty for one in agents)
    assert stack.asked() == ["GET /v1/agents"]
    stack.update(agents[3], {**AGENT, "name": "edited"}, second)
    assert stack.asked() == [f"POST /v1/agents/{agents[3].id}"]
