"""Plans as a provider would make them: the real planner, on bodies before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.context import DeclaredInputs, Subject
from pulumi_managed_agents.reconcile.planner import creation, plan
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.plan import Plan

Body = dict[str, Any]


def live_of(body: Body, version: int | str, id: str = "x_1") -> Body:
    """A live object as a server without habits would keep it."""
    moment = {"version": version} if isinstance(version, int) else {"latest_version_id": version}
    return {"id": id, **body, **moment, "archived_at": None}


def planned(
    kind: str,
    name: str,
    before: Body,
    after: Body,
    *,
    live: Body | None = None,
    versions: tuple[int | str, int | str] = (7, 7),
    rules: Policy | None = None,
    declared: DeclaredInputs | None = None,
    hidden: frozenset[str] = frozenset(),
) -> Plan:
    """The plan for a resource that was applied as `before` and is to be `after`; `live` as applied, unless given."""
    facts = FACTS[kind]
    subject = Subject(facts, name, f"stacks/dev/{name}.md", hidden=hidden)
    was = live_of(before, versions[0])
    record = read_record(before, record_of(facts, was, before))
    now = live_of(before if live is None else live, versions[1])
    return plan(subject, after, record, now, rules or Policy(), declared or DeclaredInputs(after))


def vanished(kind: str, name: str, body: Body, rules: Policy | None = None) -> Plan:
    """The plan for a resource that somebody archived."""
    facts = FACTS[kind]
    was = live_of(body, 7)
    record = read_record(body, record_of(facts, was, body))
    gone = {**was, "archived_at": "2026-11-20T10:00:00Z"}
    return plan(
        Subject(facts, name, f"stacks/dev/{name}.md"), body, record, gone, rules or Policy(), DeclaredInputs(body)
    )


def new(kind: str, name: str, body: Body, adopts: str = "") -> Plan:
    """The plan for a resource that does not exist yet."""
    return creation(Subject(FACTS[kind], name, f"stacks/dev/{name}.md"), DeclaredInputs(body), adopts)
