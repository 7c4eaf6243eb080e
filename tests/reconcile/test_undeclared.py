from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.reconcile.compare import UNDECLARED, compare
from pulumi_managed_agents.reconcile.fingerprint import is_digest
from pulumi_managed_agents.reconcile.stored_record import completed, read_record, record_of
from tests.kinds.definition_strategies import HABITS, agents, environments
from tests.kinds.deployed import AGENTS, ENVIRONMENTS, Deployed
from tests.kinds.live_mutations import undeclared_mutations

if TYPE_CHECKING:
    from tests.kinds.server_habits import Body, Habits

rule = settings(max_examples=6 * settings().max_examples)
RESTORE = Policy(on_undeclared="restore")
NEEDED = {"name", "model"}


@st.composite
def deployments(draw: st.DrawFn) -> Deployed:
    """An agent or an environment of which a definition names some fields, on a server with random habits."""
    kind, bodies = draw(st.sampled_from([(AGENTS, agents()), (ENVIRONMENTS, environments())]))
    whole = kind.apply(draw(bodies), draw(HABITS))
    left_out = draw(st.sets(st.sampled_from(sorted({*whole.body} - NEEDED) or ["none"])))
    less: Deployed = replace(whole, body={key: value for key, value in whole.body.items() if key not in left_out})
    return less


@st.composite
def drifted(draw: st.DrawFn) -> tuple[Deployed, tuple[str, ...], Body]:
    """A deployment, the path of a field that its definition leaves out, and what somebody else sends to change it."""
    one = draw(deployments())
    return one, *draw(st.sampled_from(list(undeclared_mutations(one.kind.facts.kind, one.stored, one.body))))


@rule
@given(drifted())
def test_a_move_in_a_field_that_no_file_names_is_reported(drift: tuple[Deployed, tuple[str, ...], Body]) -> None:
    """Whatever somebody changes that no file names is undeclared drift with its path, and nothing else is."""
    one, path, fields = drift
    now = one.touched(**fields)
    changes = one.changes(one.body, now.live)
    assert path in [change.path for change in changes]
    assert {(change.cause, change.field) for change in changes} == {(UNDECLARED, path[0])}


@rule
@given(deployments(), HABITS)
def test_another_servers_spelling_is_no_undeclared_drift(one: Deployed, habits: Habits) -> None:
    """Where somebody edits one field and the server answers otherwise from then on, that field alone has moved."""
    now = replace(one.touched(name=one.stored["name"] + "!"), habits=habits)
    assert [change.path for change in one.changes(one.body, now.live)] == [("name",)]


@rule
@given(deployments())
def test_what_an_earlier_release_recorded_is_silent(one: Deployed) -> None:
    """A state that tells nothing of undeclared fields leads to no drift, and a refresh makes it tell."""
    stored = json.loads(json.dumps(record_of(one.kind.facts, one.live, one.body)))
    earlier = {key: value for key, value in stored.items() if key != "blank"}
    now = one.touched(description="By hand.", metadata={"by-hand": "yes"}).live
    assume("description" not in one.body)
    assert compare(one.kind.facts, one.body, read_record(one.body, earlier), now) == []
    seen = record_of(one.kind.facts, now, one.body, stored["salt"])
    refreshed = read_record(one.body, completed(one.kind.facts, earlier, seen, one.body))
    assert compare(one.kind.facts, one.body, refreshed, now) == []
    later = one.touched(description="By another hand.", metadata={"by-hand": "no"}).live
    moved = {**later, "version": 99, "updated_at": "2026-11-09T00:00:00Z"}
    paths = [change.path for change in compare(one.kind.facts, one.body, refreshed, moved)]
    assert {("description",), ("metadata", "by-hand")} <= {*paths}


@rule
@given(drifted())
def test_undeclared_drift_is_put_back(drift: tuple[Deployed, tuple[str, ...], Body]) -> None:
    """What was recorded is live again after an up that restores, where it is known; all else stays as it was."""
    one, _, fields = drift
    now = one.touched(**fields)
    record = one.record
    if one.kind is AGENTS:  # which has old versions to read
        record = replace(record, earlier={change.field: one.live for change in one.changes(one.body, now.live)})
    healed = one.reconciled(one.body, now, RESTORE, record)
    changes = compare(one.kind.facts, one.body, record, healed.live)
    unknown = [change for change in changes if one.kind is not AGENTS and is_digest(change.recorded)]
    assert changes == unknown
    assert healed.meaning == one.meaning or unknown
