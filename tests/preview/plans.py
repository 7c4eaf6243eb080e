"""Plan records as a provider would write them: the real planner, on bodies before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Conflict, Refused
from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.compare import compare
from pulumi_managed_agents.kinds.plan import Subject, plan
from pulumi_managed_agents.kinds.policy import Policy
from pulumi_managed_agents.kinds.record import account, recall
from pulumi_managed_agents.preview.recording import Wish, checked, decided, seen

if TYPE_CHECKING:
    from pulumi_managed_agents.preview.record import Decision, PlanRecord

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
    wish: Wish | None = None,
) -> PlanRecord:
    """The record of a resource that was applied as `before` and is to be `after`; `live` as applied, unless given."""
    facts = FACTS[kind]
    subject = Subject(facts, name, f"stacks/dev/{name}.md")
    was = live_of(before, versions[0])
    record = recall(before, account(facts, was, before))
    now = live_of(before if live is None else live, versions[1])
    wish = wish or Wish(after)
    moved = compare(facts, after, record, now)
    try:
        decision = plan(subject, after, record, now, rules or Policy())
    except (Conflict, Refused) as error:
        stop: Decision = "conflict" if isinstance(error, Conflict) else "refused"
        return seen(decided(subject, wish, record, now, stop, moved, (str(error),)), subject, wish, now, moved)
    action: Decision = "replace" if decision.replaces else "update" if decision.changes or wish.pending else "same"
    return seen(
        decided(subject, wish, record, now, action, decision.changes, decision.notes), subject, wish, now, moved
    )


def new(kind: str, name: str, body: Body) -> PlanRecord:
    """The record of a resource that does not exist yet."""
    return checked(Subject(FACTS[kind], name, f"stacks/dev/{name}.md"), Wish(body))
