"""A definition applied to a sane server: what we would have recorded, and what the server would answer next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.kinds.agent.facts import AGENT
from pulumi_managed_agents.kinds.environment.facts import ENVIRONMENT
from pulumi_managed_agents.reconcile.apply import request_body
from pulumi_managed_agents.reconcile.compare import Change, compare
from pulumi_managed_agents.reconcile.context import Subject
from pulumi_managed_agents.reconcile.mark import KEY, marked
from pulumi_managed_agents.reconcile.planner import changes_to_make
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from tests.kinds import sane_agent_server, sane_environment_server
from tests.kinds.server_habits import Body, Habits

if TYPE_CHECKING:
    from types import ModuleType

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.record import Record

MARK = "shop/dev/agents/triage"
PLAIN = Habits(expanded=True)
POLICY = Policy()


@dataclass(frozen=True)
class Kind:
    """A kind's facts beside the server that keeps its objects."""

    facts: Facts
    server: ModuleType

    def apply(self, body: Body, habits: Habits = PLAIN) -> Deployed:
        """Create the object, as `reconcile.create` does."""
        return Deployed(self, body, self.server.created(marked(body, MARK)), habits)


@dataclass(frozen=True)
class Deployed:
    """An object after it was applied; `stored` is the server's side of it."""

    kind: Kind
    body: Body
    stored: Body
    habits: Habits

    @property
    def live(self) -> Body:
        """What the server answers."""
        shown: Body = self.kind.server.shown(self.stored, self.habits)
        return shown

    @property
    def record(self) -> Record:
        """What was recorded, after its way through a state file."""
        return read_record(self.body, json.loads(json.dumps(record_of(self.kind.facts, self.live, self.body))))

    def changes(self, desired: Body, live: Body, ignore: tuple[tuple[str, ...], ...] = ()) -> list[Change]:
        """What `compare` finds between this record, a definition and a live object."""
        return compare(self.kind.facts, desired, self.record, live, ignore)

    def touched(self, **fields: Any) -> Deployed:
        """The object after somebody else changed fields of it."""
        return Deployed(self.kind, self.body, self.kind.server.updated(self.stored, fields), self.habits)

    def reconciled(
        self, desired: Body, now: Deployed, rules: Policy = POLICY, record: Record | None = None
    ) -> Deployed:
        """The object after our update, planned from this record (or another) against what is live `now`."""
        record = record or self.record
        subject = Subject(self.kind.facts, "agents/triage", mark=MARK)
        changes = changes_to_make(subject, desired, record, now.live, rules)
        body = request_body(subject, changes, desired, record, now.live)
        return Deployed(self.kind, desired, self.kind.server.updated(now.stored, body), self.habits)

    @property
    def meaning(self) -> Any:
        """What the stored object says, whatever its spelling and the order of its lists."""
        shown = self.kind.server.shown({**self.stored, "version": 1, "revision": 1}, PLAIN)
        return _normal({**shown, "metadata": {key: value for key, value in shown["metadata"].items() if key != KEY}})


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items() if item not in (None, "", []) and item != {}}
    return (
        sorted(map(_normal, value), key=lambda item: json.dumps(item, sort_keys=True))
        if isinstance(value, list)
        else value
    )


AGENTS = Kind(AGENT, sane_agent_server)
ENVIRONMENTS = Kind(ENVIRONMENT, sane_environment_server)
