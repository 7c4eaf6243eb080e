"""Agents, environments, skills …: the reconciler behind Pulumi's calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import DiffResult, ReadResult

from pulumi_managed_agents.dynamic.process import say, world
from pulumi_managed_agents.dynamic.wire import APPLIED, OBSERVED, RESOURCE, body, known, whole
from pulumi_managed_agents.kinds import reconcile
from pulumi_managed_agents.kinds.compare import compare
from pulumi_managed_agents.kinds.plan import Subject, told
from pulumi_managed_agents.kinds.record import account, recall

if TYPE_CHECKING:
    from pulumi_managed_agents.kinds.compare import Change
    from pulumi_managed_agents.kinds.facts import Facts
    from pulumi_managed_agents.kinds.plan import Plan
    from pulumi_managed_agents.kinds.reconcile import World
    from pulumi_managed_agents.kinds.record import Record

Props = dict[str, Any]

_refreshed: set[str] = set()
"""Names whose next diff is the engine's own after a refresh, which must neither raise nor print."""


@dataclass(frozen=True)
class Managed:
    """The behaviour of one kind."""

    facts: Facts

    def check(self, news: Props) -> list[str]:
        """Errors of a body written in Python; files were checked, with their lines, before anything was declared."""
        about = news[RESOURCE]
        _refreshed.discard(about["name"])
        if about.get("file"):
            return []
        from pulumi_managed_agents.definitions import problems
        from pulumi_managed_agents.stage.node import field_name

        desired, unknown = known(news)
        found = problems(self.facts.kind, desired)
        return [
            f"{field_name(one.path)}: {one.message}" if one.path else one.message
            for one in found
            if one.severity == "error" and not (one.path and one.path[0] in unknown)
        ]

    def diff(self, id: str, olds: Props, news: Props) -> DiffResult:
        """Compare three ways; what an unknown field will be counts as a change."""
        subject = self._subject(news)
        if subject.name in _refreshed:
            _refreshed.discard(subject.name)
            return DiffResult(changes=False)
        desired, unknown = known(news)
        recorded = body(olds)
        held = {key: recorded[key] for key in unknown if key in recorded}
        plan = reconcile.look(_world(news, olds), subject, id, {**desired, **held}, _record(olds))
        for note in plan.notes:
            say(note)
        return _result(self.facts, plan, unknown)

    def create(self, props: Props) -> tuple[str, Props]:
        """Make the object and record it."""
        live = reconcile.create(_world(props), self._subject(props), body(props))
        return live["id"], self._outputs(props, live)

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Change the object and record it."""
        live = reconcile.update(_world(news, olds), self._subject(news), id, body(news), _record(olds))
        return self._outputs(news, live)

    def read(self, id: str, props: Props) -> ReadResult:
        """Observe without touching what was applied, else a refresh would swallow the cause of a drift."""
        subject = self._subject(props)
        live = _world(props).live.get(self.facts, id)
        if live is None:
            return ReadResult("", {})
        _refreshed.add(subject.name)
        record = _record(props)
        drifted = [one for one in compare(self.facts, record.desired, record, live) if one.cause == "drift"]
        if drifted:
            say(told(subject, drifted, record, live, "seen by this refresh"))
        outputs = {**props, OBSERVED: account(self.facts, live, record.desired)}
        return ReadResult(id, outputs, {**_inputs(props), **_seen(drifted, record, live)})

    def delete(self, id: str, props: Props) -> None:
        """Remove the object, as its kind does."""
        reconcile.remove(_world(props), self._subject(props), id)

    def _subject(self, props: Props) -> Subject:
        about = whole(props[RESOURCE])
        ignore = tuple(tuple(path.split(".")) for path in about.get("ignore", []))
        return Subject(self.facts, about["name"], about.get("file", ""), about["mark"], ignore)

    def _outputs(self, inputs: Props, live: Props) -> Props:
        version = live.get("version") or live.get("latest_version_id")
        computed = {"version": version} if version else {}
        return {**inputs, **computed, APPLIED: account(self.facts, live, body(inputs))}


def _record(outputs: Props) -> Record:
    return recall(body(outputs), whole(outputs.get(APPLIED) or {}))


def _inputs(outputs: Props) -> Props:
    return {RESOURCE: outputs[RESOURCE], **body(outputs)}


def _seen(drifted: list[Change], record: Record, live: Props) -> Props:
    """The drifted fields as they are live, so that the next preview shows them as Pulumi shows any change."""
    fields = dict.fromkeys(one.field for one in drifted if one.field in record.desired)
    seen = {name: live.get(name) for name in fields}
    if "metadata" in seen:
        seen["metadata"] = {key: (live.get("metadata") or {}).get(key) for key in record.desired["metadata"]}
    return seen


def _world(*props: Props) -> World:
    """The world, once it is sure that it is the workspace these resources belong to."""
    found = world()
    for one in props:
        workspace = one[RESOURCE].get("workspace")
        if isinstance(workspace, str):
            found.client.expect(workspace)
    return found


def _result(facts: Facts, plan: Plan, unknown: frozenset[str]) -> DiffResult:
    return DiffResult(
        changes=not plan.is_empty or bool(unknown),
        replaces=list(plan.replaces),
        delete_before_replace=facts.delete_before_replace and bool(plan.replaces),
    )
