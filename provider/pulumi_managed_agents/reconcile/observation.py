"""What is live of a resource, and the plan that is made of it: for a preview, and again right before a write."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError, ManagedAgentsError
from pulumi_managed_agents.reconcile.compare import OUTSIDE, UNDECLARED, Change, compare
from pulumi_managed_agents.reconcile.context import DeclaredInputs, Subject
from pulumi_managed_agents.reconcile.file_diff import file_diff
from pulumi_managed_agents.reconcile.live import PATIENCE, is_gone
from pulumi_managed_agents.reconcile.planner import plan
from pulumi_managed_agents.reconcile.record import Record, is_behind, moved, version_number
from pulumi_managed_agents.reconcile.replacement import resumed
from pulumi_managed_agents.reconcile.undeclared import put_back

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.context import Context
    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.plan import Plan

JUST_NOW = timedelta(seconds=PATIENCE)
"""So long after a write an object that is not there may be one that the API does not show yet."""


def observe(context: Context, subject: Subject, id: str, record: Record, desired: Body | None = None) -> Body | None:
    """The object as it is now, or None when it is gone; with its content if it changed since it was recorded.

    Of objects inside it, which change without it, those are read that `desired` names, or else the record.
    """
    subject.facts.operations.recorded(subject.mark, id)
    live = context.live.get(subject.facts, id, subject.mark)
    if _is_behind(context, record, live):
        live = context.live.look_again(subject.facts, id, lambda seen: _is_behind(context, record, seen))
    if live is None or is_gone(live):
        return live
    live = with_inside(context, subject, live, record.desired if desired is None else desired)
    if is_behind(record.revision, live) or not moved(record.revision, live):
        return live
    try:
        return context.live.inspect(subject.facts, live)
    except InputError:  # content that cannot be parsed is drift like any other, which an update replaces
        return live


def _is_behind(context: Context, record: Record, live: Body | None) -> bool:
    """Whether the API answers from before our own write: with an earlier state, or not at all of what was just made."""
    if live is not None:
        return is_behind(record.revision, live)
    written, now = record.revision.get("updated_at"), context.client.time
    try:
        return bool(now and written and now - datetime.fromisoformat(written) < JUST_NOW)
    except (TypeError, ValueError):
        return False


def with_inside(context: Context, subject: Subject, live: Body, declared: Body) -> Body:
    """The live object with what it holds of the objects inside it that `declared` names."""
    return subject.facts.operations.look_inside(subject.facts.endpoints(context.client), live, declared)


def plan_resource(
    context: Context,
    subject: Subject,
    id: str,
    desired: Body,
    record: Record,
    declared: DeclaredInputs | None = None,
) -> Plan:
    """Plan one resource against what is live now."""
    live = context.seen[id] = observe(context, subject, id, record, desired)
    known = declared or DeclaredInputs(desired)
    if resumption := resumed(context, subject, desired, record, live, known):
        return resumption
    record = with_earlier(context, subject, id, desired, record, live)
    return plan(subject, desired, record, live, context.rules, declared, context.judge)


def with_file_diffs(context: Context, subject: Subject, id: str, plan: Plan, desired: Body, record: Record) -> Plan:
    """The plan with what moves in the files behind a digest, for somebody to review; costs one download or two.

    Where they cannot be read, only the names of those that moved are known.
    """
    live, operations = context.seen.get(id), subject.facts.operations
    endpoints = subject.facts.endpoints(context.client)

    def with_diff(change: Change) -> Change:
        if not (change.items and live):
            return change
        recorded, latest = (str(version.get("latest_version_id")) for version in (record.revision, live))
        with suppress(ManagedAgentsError):
            if change.cause in OUTSIDE:
                was, now = (operations.stored_files(endpoints, id, version) for version in (recorded, latest))
            else:
                was, now = operations.stored_files(endpoints, id, latest), operations.declared_files(desired)
            return replace(change, diff=file_diff(was, now))
        return change

    return replace(plan, changes=tuple(map(with_diff, plan.changes)), left=tuple(map(with_diff, plan.left)))


def with_earlier(
    context: Context, subject: Subject, id: str, desired: Body, record: Record, live: Body | None
) -> Record:
    """The record with the old versions that say what undeclared drift is put back to, where the record does not."""
    facts = subject.facts
    if context.rules.on_undeclared != "restore" or not facts.versioned or live is None or is_gone(live):
        return record
    drifted = [change for change in compare(facts, desired, record, live, subject.ignore) if change.cause == UNDECLARED]
    fields = {change.field for change in drifted if put_back(facts, record, change.path) is None}
    endpoints = facts.endpoints(context.client)
    return replace(record, earlier={field: endpoints.version(id, _version_of(record, field)) for field in fields})


def _version_of(record: Record, field: str) -> Any:
    """The version of which something is recorded that no file names."""
    return version_number(record.standing.get(field) or record.revision.get("version"))


def still_standing(
    context: Context, subject: Subject, desired: Body, record: Record, before: Body, live: Body
) -> Record:
    """The record until now, with the fields that had drifted before a write and are left so, which no file names.

    The next plan reports them again, until they are put back, named in the file, or ignored.
    """
    fields: set[str] = set()
    if context.rules.on_undeclared != "ignore":
        drifted = (compare(subject.facts, desired, record, now, subject.ignore) for now in (before, live))
        was, now = ({change.field for change in changes if change.cause == UNDECLARED} for changes in drifted)
        fields = was & now
    return replace(record, standing={field: str(_version_of(record, field) or "") for field in fields})
