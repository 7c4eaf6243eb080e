from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pulumi_managed_agents.reconcile.compare import contains, is_applied, replacing
from pulumi_managed_agents.reconcile.effective import live_leaves
from tests.kinds.definition_strategies import HABITS, agents, environments
from tests.kinds.deployed import AGENTS, ENVIRONMENTS, Deployed, Kind
from tests.kinds.live_mutations import agent_mutations, environment_mutations

if TYPE_CHECKING:
    from tests.kinds.server_habits import Body, Habits

rule = settings(max_examples=4 * settings().max_examples)
SKILL: Body = {"type": "custom", "skill_id": "skill_a"}
MEMBER: Body = {"type": "agent", "id": "agent_x"}
FREE: Body = {"name": "a", "skills": [SKILL], "multiagent": {"type": "coordinator", "agents": [MEMBER]}}
HELD: Body = {
    "name": "a",
    "skills": [{**SKILL, "version": "skver_1"}],
    "multiagent": {"type": "coordinator", "agents": [{**MEMBER, "version": 1}]},
}
"""A skill and a member of a roster that are held at a version."""


@st.composite
def deployments(draw: st.DrawFn) -> Deployed:
    """An agent or an environment, applied to a server with random habits."""
    kind, bodies = draw(st.sampled_from([(AGENTS, agents()), (ENVIRONMENTS, environments())]))
    one: Deployed = kind.apply(draw(bodies), draw(HABITS))
    return one


@st.composite
def drifted(draw: st.DrawFn) -> tuple[Deployed, tuple[str, ...], Body]:
    """A deployment, the path of one managed field, and the fields that somebody else sends to change it."""
    one = draw(deployments())
    mutations = {"agent": agent_mutations, "environment": environment_mutations}[one.kind.facts.kind]
    return one, *draw(st.sampled_from(list(mutations(one.stored, one.body))))


@st.composite
def edits(draw: st.DrawFn) -> tuple[Deployed, Body]:
    """A deployment, and another definition for it that needs no new object."""
    kind, bodies = draw(st.sampled_from([(AGENTS, agents()), (ENVIRONMENTS, environments())]))
    one = kind.apply(draw(bodies), draw(HABITS))
    desired = draw(bodies)
    assume(not replacing(kind.facts, one.changes(desired, one.live)))
    return one, desired


@rule
@given(deployments())
def test_what_was_applied_is_no_change(one: Deployed) -> None:
    """Whatever a sane server makes of a definition, comparing right after it was applied finds nothing."""
    assert one.changes(one.body, one.live) == []


@rule
@given(deployments())
def test_what_was_applied_is_contained_in_the_answer(one: Deployed) -> None:
    """The answer to a write is recognised as what was asked for, so that nothing is read once more."""
    assert contains(one.kind.facts, one.body, one.live)


@rule
@given(deployments(), HABITS)
def test_another_spelling_of_the_same_version_is_no_change(one: Deployed, habits: Habits) -> None:
    """A server that answers differently tomorrow, without a new version, has changed nothing."""
    assert one.changes(one.body, replace(one, habits=habits).live) == []


@rule
@given(drifted())
def test_what_somebody_else_changed_is_found_and_named(drift: tuple[Deployed, tuple[str, ...], Body]) -> None:
    """One change behind our back is drift, with the path of the field, and of no other field."""
    one, path, fields = drift
    changes = one.changes(one.body, one.touched(**fields).live)
    assert path in [change.path for change in changes]
    assert {(change.cause, change.field) for change in changes} == {("drift", path[0])}


@rule
@given(drifted())
def test_ignored_drift_is_not_found(drift: tuple[Deployed, tuple[str, ...], Body]) -> None:
    """A field whose drift is ignored, by the beginning of its path, shows nothing."""
    one, path, fields = drift
    assert one.changes(one.body, one.touched(**fields).live, ignore=(path[:1],)) == []


@rule
@given(drifted())
def test_healing_restores_what_was_applied(drift: tuple[Deployed, tuple[str, ...], Body]) -> None:
    """The update that drift leads to, by the API's rules for updates, gives back exactly what was applied."""
    one, _, fields = drift
    now = one.touched(**fields)
    healed = one.reconciled(one.body, now)
    assert healed.meaning == one.meaning
    assert healed.changes(healed.body, healed.live) == []


@rule
@given(edits())
@example((AGENTS.apply({"name": "a", "model": {"id": "m", "effort": "low"}}), {"name": "a", "model": "m"}))
@example((AGENTS.apply(HELD), FREE))
def test_an_edit_leads_to_what_creating_it_would(edit: tuple[Deployed, Body]) -> None:
    """From any definition to any other: what is added, changed or removed ends as if it had always been so."""
    one, desired = edit
    after = one.reconciled(desired, one)
    assert after.meaning == one.kind.apply(desired).meaning
    assert after.changes(desired, after.live) == []


@rule
@given(edits())
def test_an_edit_that_means_something_is_found(edit: tuple[Deployed, Body]) -> None:
    """Two definitions of which a server makes different objects are distinguished, as edits."""
    one, desired = edit
    assume(one.kind.apply(desired).meaning != one.meaning)
    assert {change.cause for change in one.changes(desired, one.live)} == {"edit"}


@rule
@given(edits())
def test_an_update_whose_answer_was_lost_is_known_again(edit: tuple[Deployed, Body]) -> None:
    """What our own update made of an object is distinguished from what it was before."""
    one, desired = edit
    after = one.reconciled(desired, one)
    changes = one.changes(desired, one.live)
    assume(after.meaning != one.meaning)
    then = live_leaves(one.kind.facts, after.live, {})
    # What left the file and is the API's default all the same has not changed, so nothing tells that it was written.
    assume(not any(change.desired is None and change.live == then.get(change.path) for change in changes))
    assert is_applied(one.kind.facts, changes, desired, one.live, after.live)
    assert not is_applied(one.kind.facts, changes, desired, one.live, one.live)


def test_what_is_held_no_more_is_an_edit_of_ours_or_a_conflict() -> None:
    """A version that leaves the file is reported with what is live, and was not applied while that has not changed."""
    one = AGENTS.apply(HELD)
    edits = one.changes(FREE, one.live)
    assert [(change.cause, str(change.live)) for change in edits] == [("edit", "1"), ("edit", "skver_1")]
    assert not is_applied(one.kind.facts, edits, FREE, one.live, {**one.live, "version": 2})
    assert is_applied(one.kind.facts, edits, FREE, one.live, one.reconciled(FREE, one).live)
    moved = one.touched(skills=[{**SKILL, "version": "skver_2"}])
    assert [change.cause for change in one.changes(FREE, moved.live)] == ["edit", "conflict"]


LEVERS: dict[str, tuple[Kind, tuple[str, ...], Any, Any, Any]] = {
    "description": (AGENTS, ("description",), "old", "new", "other"),
    "long system": (AGENTS, ("system",), "old " * 30, "new " * 30, "other " * 30),
    "metadata": (AGENTS, ("metadata", "team"), "old", "new", "other"),
    "speed": (AGENTS, ("model", "speed"), "standard", "fast", "turbo"),
    "packages": (ENVIRONMENTS, ("config", "packages", "pip"), ["old"], ["new"], ["other"]),
    "a host": (ENVIRONMENTS, ("config", "networking", "allowed_hosts"), ["old.io"], ["new.io"], ["other.io"]),
}
FIXED: dict[str, Body] = {
    "agent": {"name": "a", "model": {"id": "m"}, "metadata": {"tier": "x"}},
    "environment": {"name": "e", "config": {"type": "cloud", "networking": {"type": "limited"}}},
}


def with_field(body: Body, path: tuple[str, ...], value: Any) -> Body:
    """The body with another value at a path."""
    below = value if len(path) == 1 else with_field(body.get(path[0], {}), path[1:], value)
    return {**body, path[0]: below}


@pytest.fixture(params=LEVERS)
def lever(request: pytest.FixtureRequest) -> tuple[Deployed, tuple[str, ...], Body, Body]:
    """A deployment, the path of a field, and two definitions with other values there."""
    kind, path, old, new, other = LEVERS[request.param]
    bodies = [with_field(FIXED[kind.facts.kind], path, value) for value in (old, new, other)]
    return kind.apply(bodies[0]), path, bodies[1], bodies[2]


def test_both_changed_to_different_values_is_a_conflict(lever: tuple[Deployed, tuple[str, ...], Body, Body]) -> None:
    """An edit and a drift of one field that disagree are a conflict, with all three values."""
    one, path, new, other = lever
    live = one.touched(**other).live
    (change,) = one.changes(new, live)
    assert (change.path, change.cause) == (path, "conflict")
    assert len({str(change.recorded), str(change.desired), str(change.live)}) == 3


def test_both_changed_to_the_same_value_is_no_conflict(lever: tuple[Deployed, tuple[str, ...], Body, Body]) -> None:
    """What somebody did by hand and then wrote into the file needs no update and no decision."""
    one, path, new, _ = lever
    now = one.touched(**new)
    assert [(change.path, change.cause) for change in one.changes(new, now.live)] == [(path, "edit")]
    assert one.reconciled(new, now).stored == now.stored


def test_a_change_back_by_hand_is_nothing(lever: tuple[Deployed, tuple[str, ...], Body, Body]) -> None:
    """A field that was changed and changed back has a new version and no drift."""
    one, _, new, _ = lever
    assert one.changes(one.body, one.touched(**new).touched(**one.body).live) == []


@pytest.mark.parametrize(
    ("kind", "by_hand"),
    [
        pytest.param(AGENTS, {"description": "By hand."}, id="description"),
        pytest.param(AGENTS, {"system": "By hand."}, id="system"),
        pytest.param(AGENTS, {"metadata": {"seen": "yes"}}, id="a metadata key"),
        pytest.param(AGENTS, {"execution_identity": {"type": "aws_role", "role_arn": "arn"}}, id="identity"),
        pytest.param(AGENTS, {"multiagent": {"type": "coordinator", "agents": ["agent_x"]}}, id="roster"),
        pytest.param(ENVIRONMENTS, {"description": "By hand."}, id="environment description"),
    ],
)
def test_a_field_that_no_file_names_keeps_its_live_value(kind: Kind, by_hand: Body) -> None:
    """What somebody sets that no file ever named is undeclared drift, and an update of something else leaves it."""
    one = kind.apply({"name": "a", "model": "m"} if kind is AGENTS else {"name": "a", "metadata": {"tier": "x"}})
    now = one.touched(**by_hand)
    assert {change.cause for change in one.changes(one.body, now.live)} == {"undeclared drift"}
    after = one.reconciled({**one.body, "name": "b"}, now)
    assert after.stored["name"] == "b"
    assert {key: after.stored[key] for key in by_hand} == {key: now.stored[key] for key in by_hand}
