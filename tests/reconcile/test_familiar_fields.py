from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from pulumi_managed_agents.kinds import KINDS, MODELS
from pulumi_managed_agents.kinds.agent.effective import effective_roster
from pulumi_managed_agents.kinds.deployment.facts import effective as effective_deployment
from pulumi_managed_agents.reconcile.compare import Change
from pulumi_managed_agents.reconcile.context import Subject
from pulumi_managed_agents.reconcile.effective import FIELDS, familiar
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.plan_text import happened
from pulumi_managed_agents.reconcile.planner import observed
from pulumi_managed_agents.reconcile.record import Record
from tests.kinds.definition_strategies import HABITS, agents
from tests.kinds.deployed import AGENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kinds.server_habits import Body, Habits


def properties(schema: Any) -> Iterator[str]:
    """Every property that a JSON Schema names, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties") or {}
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from properties(part)


def test_every_field_of_every_model_is_known() -> None:
    """A field that a definition may name is never taken for the server's own."""
    named = {name for kind in KINDS for name in properties(MODELS[kind].model_json_schema())}
    assert named <= FIELDS


@settings(max_examples=60)
@given(agents(), HABITS)
def test_a_field_that_a_server_begins_to_send_is_no_change(body: Body, habits: Habits) -> None:
    """The API may learn new fields between two runs, also where somebody edited what no file manages meanwhile."""
    one = AGENTS.apply(body, replace(habits, news=False))
    newer = replace(one, habits=replace(habits, news=True)).touched(metadata={"seen-by": "somebody"})
    assert [change.path for change in one.changes(one.body, newer.live)] == [("metadata", "seen-by")]


def test_a_field_that_a_file_names_counts_wherever_it_stands() -> None:
    """What we do not know but a file does is compared like anything else."""
    live: Body = {"model": {"id": "x", "tier": "new", "other": 1}, "metadata": {"any": "thing"}, "shown": {"new": 1}}
    kept = {"model": {"id": "x", "tier": "new"}, "metadata": {"any": "thing"}, "shown": {}}
    assert familiar(live, {"model": {"id": "x", "tier": "old"}}) == kept


@pytest.mark.parametrize("version", [3, 3.0, "3"], ids=repr)
def test_a_version_is_a_number_however_it_is_spelled(version: object) -> None:
    """A pinned agent does not move because a server answers its version as text."""
    member = {"type": "agent", "id": "agent_1", "version": version}
    roster = {"type": "coordinator", "agents": [member]}
    assert effective_roster(roster, roster, "")["agents"]["agent_1"]["version"] == 3
    assert effective_deployment({"agent": member}, {"agent": member})["agent"]["version"] == 3
    seen = observed(Subject(AGENTS.facts, "agents/a"), Record({}, revision={"version": 3}), {"version": version})
    assert seen.recorded_version == seen.live_version == "3"


@pytest.mark.parametrize("at", ["2026-11-01T00:30:00+02:00", "2026-10-31T22:30:00.000Z"])
def test_a_time_is_shown_in_utc_whatever_its_zone(at: str) -> None:
    """Times of an answer may carry an offset."""
    seen = Plan(live_at=at, left=(Change(("description",), "drift"),))
    assert happened(seen) == "was changed outside Pulumi (last changed 2026-10-31 22:30:00 UTC)"
