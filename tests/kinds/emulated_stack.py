"""A stack in a workspace of its own on the emulator: processes that reconcile it, and a hand that changes things."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile import apply, observation
from pulumi_managed_agents.reconcile.context import Context, Subject
from pulumi_managed_agents.reconcile.live import LiveCache
from pulumi_managed_agents.reconcile.plan_text import stop
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from pulumi_managed_agents.review.capability import gained_undeclared

if TYPE_CHECKING:
    import httpx

    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.reconcile.record import Record
    from tests.kinds.server_habits import Body

HEAL = Policy()


def subject(kind: str, name: str = "triage") -> Subject:
    """One resource of the stack."""
    return Subject(FACTS[kind], f"{kind}s/{name}", f"{kind}s/{name}.yaml", f"shop/dev/{kind}s/{name}")


@dataclass(frozen=True)
class Applied:
    """What a state file holds of one resource."""

    subject: Subject
    id: str
    record: Record
    version: int


@dataclass(frozen=True)
class EmulatedStack:
    """`key` belongs to a workspace that no other test uses; all clients share the connections of `control`."""

    control: httpx.Client
    connections: httpx.BaseTransport
    key: str
    touched: set[str] = field(default_factory=set)
    """What `reset` has to undo."""

    @cached_property
    def hand(self) -> Client:
        """A client beside ours: somebody else."""
        return self.client()

    def process(self, rules: Policy = HEAL, patience: float = 0.0) -> Context:
        """A new provider process, which knows but what the state tells it; `patience` is that for answers that lag."""
        client = self.client()
        cache = LiveCache(client, patience=patience)
        return Context(client, cache, rules, lambda plan: tuple(gain.text for gain in gained_undeclared(plan)))

    def client(self, key: str = "") -> Client:
        """A client whose back-off takes no time."""
        settings = Settings(str(self.control.base_url), {"x-api-key": key or self.key}, "ANTHROPIC_API_KEY")
        return Client(settings, transport=self.connections, backoff=0)

    def create(
        self, kind: str, body: Body, name: str = "triage", context: Context | None = None, replaces: str = ""
    ) -> Applied:
        """Create a resource, in a process of its own unless one is given, in the place of the object it `replaces`."""
        about = replace(subject(kind, name), replaces=replaces)
        about = replace(about, facts=about.facts.within(body.get(about.facts.parent, "")))
        live = apply.create(context or self.process(), about, body)
        return self._applied(replace(about, replaces=""), body, live)

    def look(
        self, one: Applied, desired: Body | None = None, context: Context | None = None, rules: Policy = HEAL
    ) -> Plan:
        """Plan a resource, by default for the definition that was applied; raises where the plan stops."""
        desired_body = one.record.desired if desired is None else desired
        found = observation.plan_resource(context or self.process(rules), one.subject, one.id, desired_body, one.record)
        if found.stops:
            stop(found)
        return found

    def update(
        self, one: Applied, desired: Body | None = None, context: Context | None = None, rules: Policy = HEAL
    ) -> Applied:
        """Update a resource, planned in the same process if that is given; by default to what was applied."""
        context, desired_body = context or self.process(rules), one.record.desired if desired is None else desired
        before = context.seen.get(one.id)
        live = apply.update(context, one.subject, one.id, desired_body, one.record)
        standing = observation.still_standing(context, one.subject, desired_body, one.record, before or live, live)
        return self._applied(one.subject, desired_body, live, standing)

    def adopted(self, one: Applied, body: Body) -> Applied:
        """A resource as it is recorded where a definition that says no more than this took its object over."""
        live = one.subject.facts.endpoints(self.hand).get(one.id)
        return self._applied(one.subject, body, live)

    def ignoring(self, one: Applied, *fields: str) -> Applied:
        """The resource where the values file says to ignore drift of these fields."""
        return replace(one, subject=replace(one.subject, ignore=tuple((field,) for field in fields)))

    def remove(self, one: Applied, context: Context | None = None) -> str:
        """Remove a resource; what was done."""
        return apply.remove(context or self.process(), one.subject, one.id)

    def fault(self, **fault: Any) -> None:
        """Let requests go wrong, in the emulator's own words."""
        self.touched.add("faults")
        self.control.post("/_emulator/faults", json=fault).raise_for_status()

    def switch(self, **switches: Any) -> None:
        """Choose what the API leaves open."""
        self.touched.add("switches")
        self.control.put("/_emulator/switches", json=switches).raise_for_status()

    def reset(self) -> None:
        """Undo faults and switches, and count requests from zero."""
        if "faults" in self.touched:
            self.control.delete("/_emulator/faults").raise_for_status()
        if "switches" in self.touched:
            switches = self.control.get("/_emulator/switches").json()
            self.switch(**{name: switch["default"] for name, switch in switches.items()})
        self.touched.clear()
        self.control.post("/_emulator/reset-requests").raise_for_status()

    def asked(self) -> list[str]:
        """The requests since the last question, as ``METHOD path``."""
        report = self.control.get("/_emulator/requests").json()
        self.control.post("/_emulator/reset-requests").raise_for_status()
        return [f"{one['method']} {one['path']}" for one in report["requests"]]

    def writes(self) -> list[str]:
        """As `asked`, without the reads."""
        return [one for one in self.asked() if not one.startswith("GET")]

    @staticmethod
    def _applied(about: Subject, body: Body, live: Body, before: Record | None = None) -> Applied:
        stored = json.loads(json.dumps(record_of(about.facts, live, body, before=before)))
        return Applied(about, live["id"], read_record(body, stored), live.get("version", 0))
