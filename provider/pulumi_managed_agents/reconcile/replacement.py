"""Replacing an object by a new one: what is lost, how the old one gives way, and what an interrupted run has left.

The engine makes the new object first, and takes the old one away last, when all that used it has moved. Before that the
old one gives up its mark, and the name or key that no two may have. So no create takes it for its own; and a run that
dies halfway has left a sign on the object itself, by which the next one, on any machine, finishes what was begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ApiError, Refused
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.mark import KEY, given_up, is_given_up, mark_of
from pulumi_managed_agents.reconcile.planner import resumption
from pulumi_managed_agents.reconcile.record import moved, revision, version_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.reconcile.context import Context, DeclaredInputs, Subject
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.reconcile.record import Record


def replacement_remark(context: Context, subject: Subject) -> str:
    """What becomes of the object that a new one is to replace, for the preview; an empty string if it is gone.

    Raises:
        Refused: the stage's policy is that the object stays, and with it there can be no new one.
    """
    facts, id, policy = subject.facts, subject.replaces, context.rules.on_removal
    # A vault that is itself about to be made holds no old credential.
    if (facts.parent and not facts.scope) or is_gone(context.live.get(facts, id, subject.mark)):
        return ""
    if policy == "refuse":
        reason = f"managed-agents:onRemoval is 'refuse', and {id} would be {facts.fate}"
        raise Refused(f"{subject} is not replaced: {reason}")
    if policy == "retain" and facts.unique == "key":
        reason = f"managed-agents:onRemoval is 'retain', but {id} would be archived to free its key"
        raise Refused(f"{subject} is not replaced: {reason}")
    renamed = f" under the name '{_other_name(id)}'" if facts.unique == "name" else ""
    then = f"left alone{renamed} (managed-agents:onRemoval is 'retain')" if policy == "retain" else facts.fate
    return f"{subject} is replaced: a new one takes the place of {id}, which is then {then}"


def give_way(context: Context, subject: Subject) -> Body | None:
    """Free the mark, and the name or key, of the object that is to be replaced; that object, if it exists.

    It can be run again.
    """
    facts, endpoints = subject.facts, subject.facts.endpoints(context.client)
    old = context.live.read_again(facts, subject.replaces) if subject.replaces else None
    if old is None or not facts.marked:
        return old
    if is_gone(old):
        if facts.unique == "name":
            _free_the_name(context, subject, old)
        return old
    body: Body = {"metadata": {KEY: given_up(subject.mark)}}
    if facts.versioned:
        body["version"] = version_number(old["version"])
    if facts.unique == "name":
        body["name"] = _other_name(old["id"])
    given_way = _without_its_mark(context, facts, old, body)
    if facts.unique == "key":
        given_way = endpoints.archive(old["id"])
    context.live.put(facts, given_way)
    return given_way


def _without_its_mark(context: Context, facts: Facts, old: Body, body: Body) -> Body:
    """The object after an update that gives up its mark."""
    endpoints = facts.endpoints(context.client)
    try:
        changed: Body = endpoints.update(old["id"], body)
    except ApiError as error:
        if error.status != 409 or not facts.versioned:
            raise
        # The version that was read may be from before an earlier write of ours.
        now = context.live.look_again(facts, old["id"], lambda seen: not moved(revision(old), seen or {}))
        if now is None or not moved(revision(old), now):
            raise
        changed = endpoints.update(old["id"], {**body, "version": version_number(now["version"])})
    return changed


def _other_name(id: str) -> str:
    return f"replaced {id}"


def _free_the_name(context: Context, subject: Subject, archived: Body) -> None:
    """Delete the old object, which somebody archived."""
    # Whether an archived object keeps its name is not documented. Where the API refuses to delete it, the create that
    # follows tells whether the name is still taken.
    try:
        subject.facts.endpoints(context.client).delete(archived["id"])
    except ApiError as error:
        if error.status not in {400, 409}:
            raise
    context.live.drop(subject.facts, archived["id"])


def candidates(subject: Subject, objects: Iterable[Body], old: Body | None, excluded: Iterable[str]) -> Iterator[Body]:
    """The objects that an interrupted run may have made for a resource; `excluded` are ids that it cannot have made."""
    # What is older than the object it should replace was itself replaced by that one.
    since = str((old or {}).get("created_at") or "")
    known = {*excluded, *subject.elsewhere, (old or {}).get("id")}
    return (live for live in objects if live["id"] not in known and (not since or str(live.get("created_at")) > since))


def resumed(
    context: Context,
    subject: Subject,
    desired: Body,
    record: Record,
    live: Body | None,
    declared: DeclaredInputs,
) -> Plan | None:
    """The plan for an object that is as our own replacements have left it, under every policy on drift; or None."""
    if live is not None and is_under_way(context, subject, desired, live):
        remark = f"{subject}: an earlier run began to replace {live['id']}; an up goes on with it"
        return resumption(subject, record, live, "name", remark, declared)
    if not is_gone(live):
        return None
    began = _gone_by_us(context, subject, desired, record, live, declared)
    return resumption(subject, record, live, *began, declared) if began else None


def _gone_by_us(
    context: Context, subject: Subject, desired: Body, record: Record, live: Body | None, declared: DeclaredInputs
) -> tuple[str, str] | None:
    """The field for whose change an earlier run removed the object, and a remark; None if it has not."""
    facts = subject.facts
    if subject.deleted_first:
        # A deleted object bears no sign of who deleted it. That a new one is made is what both ask for.
        remark = f"{subject} is gone: an earlier run began to replace it, or somebody removed it; an up makes a new one"
        return "name", remark
    if facts.parent and (
        facts.parent in declared.unknown or desired.get(facts.parent) != record.desired.get(facts.parent)
    ):
        return facts.parent, ""
    # What was archived still bears the sign; what was deleted is known by the object that took its place.
    if live is None and (successor := _successor(context, subject, desired)):
        return "name", f"{subject}: an earlier run has replaced it by {successor['id']}; an up takes that one over"
    owner = facts.operations.went_with(context.live, live) if live else ""
    if owner:
        return "name", f"{subject} was archived with {owner}, which another one has replaced; an up creates it again"
    return None


def is_under_way(context: Context, subject: Subject, desired: Body, live: Body) -> bool:
    """Whether an interrupted run has begun to replace an object.

    What carries no mark is known by its successor, among the objects that were listed anyway.
    """
    facts = subject.facts
    if facts.marked:
        return is_given_up(mark_of(live), subject.mark)
    younger = candidates(subject, context.live.known(facts), live, ())
    return facts.operations.find(context.live, facts, subject.mark, desired, younger) is not None


def _successor(context: Context, subject: Subject, desired: Body) -> Body | None:
    """The object that an interrupted run has made in the place of the recorded one, which no longer exists."""
    facts, live, mark = subject.facts, context.live, subject.mark
    objects = list(candidates(subject, live.all(facts), None, context.seen))
    return facts.operations.find(live, facts, mark, desired, objects) or facts.operations.left_over(
        mark, desired, objects
    )
