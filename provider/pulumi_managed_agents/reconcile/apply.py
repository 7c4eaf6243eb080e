"""One algorithm for every kind: create, adopt, update and remove.

Each step can be run again. A create first looks for its own object, in case an earlier run lost the answer; an update
sends the version that was seen when it was planned; a remove takes what is gone already for done. No Pulumi here.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.api.failures import unexpected
from pulumi_managed_agents.api.retry import OVERLOADED
from pulumi_managed_agents.errors import ApiError, Conflict, Refused, Unreachable
from pulumi_managed_agents.reconcile.compare import (
    Change,
    contains,
    is_applied,
    is_exactly,
    is_untouched,
    unchangeable,
)
from pulumi_managed_agents.reconcile.effective import live_leaves
from pulumi_managed_agents.reconcile.fingerprint import fingerprints
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.mark import KEY, mark_of
from pulumi_managed_agents.reconcile.name_taken import explained
from pulumi_managed_agents.reconcile.observation import observe, with_earlier, with_inside
from pulumi_managed_agents.reconcile.plan_rows import spelled
from pulumi_managed_agents.reconcile.plan_text import interrupted, stop
from pulumi_managed_agents.reconcile.planner import changes_to_make, observed, plan
from pulumi_managed_agents.reconcile.record import Record, is_behind, moved, revision, version_number
from pulumi_managed_agents.reconcile.replacement import candidates, give_way
from pulumi_managed_agents.reconcile.secrets import secrets_of
from pulumi_managed_agents.reconcile.undeclared import put_back

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.context import Context, Subject
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body

log = logging.getLogger(__name__)

GROWTH = (1, 2, 4, 8, 16, 32)
"""How the pauses between the tries of a create grow."""

STATUSES_OF_A_RACE = frozenset({400, 404, 409})
"""With these the API may answer a write because somebody else changed, archived or deleted the object just before."""


def create(context: Context, subject: Subject, desired: Body) -> Body:
    """Make the object, or complete the one that an interrupted run of ours has made; the live object.

    An object that is being replaced gives up its mark first, so that it is not taken for that one.

    Raises:
        Refused: an object carries the resource's mark, and it is not known whether the state records it.
    """
    old = give_way(context, subject)
    half_made = _find_own(context, subject, desired, old)
    if half_made is not None:
        if subject.unread:
            raise Refused(
                f"{subject}: {half_made['id']} carries its mark, and the engine could not say if the state records it. "
                "It may be what is to be replaced, or what an interrupted run has left. Nothing was made; run again"
            )
        log.warning("%s exists already, made by an earlier run of this stack (%s)", subject, half_made["id"])
        completed = _completed_if_there(context, subject, desired, half_made)
        if completed is not None:
            return completed
    elif not subject.unread:
        _remove_left_over(context, subject, desired, old)
    return _live_after_write(context, subject, desired, _made(context, subject, desired, old))


def _made(context: Context, subject: Subject, desired: Body, old: Body | None) -> Body:
    """The new object; where the API is overloaded it is looked for before it is tried again."""
    facts = subject.facts
    endpoints, body = facts.endpoints(context.client), facts.operations.owned(desired, subject.mark)
    for growth in GROWTH:
        try:
            with context.client.creating():
                return facts.operations.create(endpoints, body)
        except (Unreachable, ApiError) as error:
            if isinstance(error, ApiError) and error.status < 500:
                raise explained(context, subject, desired, error) from None
            if (after_all := _made_after_all(context, subject, desired, old)) is not None:
                return after_all
            if not (isinstance(error, ApiError) and error.status in OVERLOADED) or growth == GROWTH[-1]:
                raise
            log.warning("%s: the API answered %s and made nothing; trying again", subject, error.status)
            time.sleep(context.client.backoff * growth)
    raise AssertionError  # the last try returns or raises


def _remove_left_over(context: Context, subject: Subject, desired: Body, old: Body | None) -> None:
    """Delete what an interrupted run made from other content; no later run would find it."""
    objects = candidates(subject, context.live.known(subject.facts), old, context.seen)
    if left := subject.facts.operations.left_over(subject.mark, desired, objects):
        log.warning("%s: %s was left by an interrupted run of this stack: deleted", subject, left["id"])
        subject.facts.endpoints(context.client).delete(left["id"])
        context.live.drop(subject.facts, left["id"])


def _completed_if_there(context: Context, subject: Subject, desired: Body, half_made: Body) -> Body | None:
    """The completed object; None if the API still shows one that an earlier run has removed."""
    try:
        return _complete(context, subject, desired, half_made)
    except ApiError as error:
        if error.status not in STATUSES_OF_A_RACE:
            raise
        if not is_gone(context.live.look_again(subject.facts, half_made["id"], lambda seen: not is_gone(seen))):
            raise
        return None


def _find_own(context: Context, subject: Subject, desired: Body, old: Body | None) -> Body | None:
    """The object that an interrupted run of ours has made for the resource, if there is one."""
    facts, live = subject.facts, context.live
    objects = candidates(subject, live.all(facts), old, context.seen)
    own = facts.operations.find(live, facts, subject.mark, desired, objects)
    # A list may still show what an earlier run has removed.
    return None if own is None or is_gone(live.read_again(facts, own["id"])) else own


def _made_after_all(context: Context, subject: Subject, desired: Body, old: Body | None) -> Body | None:
    """The object, if the API made it and only the answer was lost."""
    context.live.forget(subject.facts)
    half_made = _find_own(context, subject, desired, old)
    if half_made is None or contains(subject.facts, desired, half_made):
        return half_made
    return _complete(context, subject, desired, half_made)


def adopt(context: Context, subject: Subject, desired: Body, id: str) -> Body:
    """Take over an object that exists, changed only where it differs; the live object.

    One that is recorded, or was looked at in this run, is being replaced, so that a new one is made.

    Raises:
        Refused: it is gone, another resource's, or cannot become what is desired.
    """
    if id in {*context.seen, subject.replaces}:
        return create(context, subject, desired)
    give_way(context, subject)
    facts = subject.facts
    # The API may lag behind the write of whoever made it.
    live = context.live.get(facts, id) or context.live.look_again(facts, id, lambda seen: seen is None)
    if live is None or is_gone(live):
        raise Refused(f"{subject}: {id} {'is archived' if live else 'does not exist'} and cannot be adopted")
    known = context.live.inspect(facts, live)
    if (owner := facts.operations.owner(known)) not in {"", subject.mark}:
        raise Refused(
            f"{subject}: {id} belongs to {owner}. Remove it there first, or its metadata entry '{KEY}' if nothing "
            "manages it any more"
        )
    _must_be_able_to_become(subject, desired, known, "adopt another one")
    # The API never shows a secret, so nobody can tell that the object has the declared ones: they are sent.
    if contains(facts, desired, known) and not secrets_of(facts, desired):
        return known
    body = facts.operations.owned(desired, subject.mark)
    return _write(context, subject, desired, live, facts.update_body(body, Record({})))


def _must_be_able_to_become(subject: Subject, desired: Body, live: Body, advice: str) -> None:
    fixed = ", ".join(map(spelled, unchangeable(subject.facts, desired, live)))
    if fixed:
        raise Refused(f"{subject}: {live['id']} has another {fixed}, which can never be changed; {advice}")


def _complete(context: Context, subject: Subject, desired: Body, half_made: Body) -> Body:
    """Bring an object of ours, of which no record exists, to the desired state."""
    facts = subject.facts
    # Without a record nobody knows which fields earlier definitions named, so all others are cleared; nor what the
    # secrets are, so they are sent again.
    whole = {**dict.fromkeys(facts.clearable), **({"metadata": {}} if facts.marked else {}), **desired}
    stage = subject.mark.split("/")[1]
    _must_be_able_to_become(
        subject, whole, half_made, f"see `managed-agents orphans {stage}`, remove it, and run again"
    )
    if is_exactly(facts, whole, half_made) and not secrets_of(facts, desired):
        return half_made
    body = facts.operations.owned(whole, subject.mark)
    if facts.marked:
        body["metadata"] = {**dict.fromkeys(half_made.get("metadata") or {}), **body["metadata"]}
    return _write(context, subject, desired, half_made, facts.update_body(body, _as_recorded(facts, half_made)))


def _as_recorded(facts: Facts, live: Body) -> Record:
    """The record of a live object, as if exactly this had been applied."""
    return Record(live, fingerprints(live_leaves(facts, live, live), ""), revision(live))


def update(context: Context, subject: Subject, id: str, desired: Body, record: Record) -> Body:
    """Change the object as planned; the live object after it. Sends nothing when it already is as desired.

    Raises:
        Conflict: it moved since it was planned, or was changed on both sides.
        Refused: it drifted and the policy is to fail.
    """
    live = context.seen.get(id) or observe(context, subject, id, record, desired)
    if live is None or is_gone(live):
        raise Conflict(f"{subject} is gone since it was planned; run again to make a new one")
    record = with_earlier(context, subject, id, desired, record, live)
    planned = plan(subject, desired, record, live, context.rules, judge=context.judge)
    if planned.stops:
        stop(planned)
    changes = changes_to_make(subject, desired, record, live, context.rules)
    body = request_body(subject, changes, desired, record, live)
    # What was recorded is newer than an answer that lags behind, so the update is made of that.
    live = {**live, **record.revision} if is_behind(record.revision, live) else live
    return _write(context, subject, desired, live, body, changes) if body else live


def request_body(subject: Subject, changes: tuple[Change, ...], desired: Body, record: Record, live: Body) -> Body:
    """The changed fields whole, as the API replaces them; null for what left the file; metadata as the API's patch."""
    facts = subject.facts
    moving = [change for change in changes if not change.is_live]
    if not moving:
        return {}
    # A new version of a skill is all of its files.
    if not facts.marked:
        return facts.operations.owned(desired, subject.mark)
    servers_own = {change.field for change in moving if change.desired is None} & set(facts.watched)
    fields: Body = {change.field: desired.get(change.field) for change in moving if change.field not in servers_own}
    for change in moving:
        if change.restores and change.field != "metadata":
            fields |= put_back(facts, record, change.path) or {}
    # The API merges metadata key by key, with null for what goes, and replaces every other field.
    metadata = {change.path[1]: change.desired for change in moving if change.field == "metadata"}
    if mark_of(live) != subject.mark:
        metadata[KEY] = subject.mark
    return facts.update_body({**fields, "metadata": metadata} if metadata else fields, record)


def _write(
    context: Context, subject: Subject, desired: Body, live: Body, body: Body, changes: tuple[Change, ...] = ()
) -> Body:
    facts = subject.facts
    if facts.versioned:
        body = {**body, "version": version_number(live["version"])}
    else:
        _must_not_have_moved(context, subject, desired, live)
    try:
        answer = facts.operations.update(facts.endpoints(context.client), live, body)
    except (Unreachable, ApiError) as error:
        answer = _after_lost_update(context, subject, desired, live, error, changes)
    return _live_after_write(context, subject, desired, answer)


def _must_not_have_moved(context: Context, subject: Subject, desired: Body, live: Body) -> None:
    """Raise Conflict if somebody else changed the object since it was read."""
    # Without versions the API cannot refuse a stale write, so the object is read once more right before it. Fields that
    # the server moves by itself may differ.
    facts = subject.facts
    now = context.live.look_again(facts, live["id"], lambda seen: is_behind(revision(live), seen or {}))
    if now is None or is_gone(now):
        raise _conflict(subject, live, now)
    if moved(revision(live), now) and not is_behind(revision(live), now):
        before = context.live.inspect(facts, live)
        now = context.live.inspect(facts, with_inside(context, subject, now, desired))
        if not is_untouched(facts, before, now, desired):
            raise _conflict(subject, before, now)


def _after_lost_update(
    context: Context,
    subject: Subject,
    desired: Body,
    live: Body,
    error: Unreachable | ApiError,
    changes: tuple[Change, ...],
) -> Body:
    """The live object, if our write was done and only its answer was lost; else raises a Conflict or the error."""
    facts, status = subject.facts, error.status if isinstance(error, ApiError) else 500
    if status < 500 and status not in STATUSES_OF_A_RACE:
        raise error
    now = context.live.read_again(facts, live["id"])
    if now is None or is_gone(now):
        raise _conflict(subject, live, now)
    # A repeated write is refused as stale because of itself, where its first try was done although it got a 503.
    stale = status == 409 and facts.versioned
    perhaps_done = stale or status >= 500
    if perhaps_done and not moved(revision(live), now):  # what is read may be from before our write, or anybody's
        now = context.live.look_again(facts, live["id"], lambda seen: not moved(revision(live), seen or live))
        if now is None or is_gone(now):
            raise _conflict(subject, live, now)
    if perhaps_done and moved(revision(live), now):
        now = context.live.inspect(facts, now)
        # A skill's version is all of its files, and what is adopted or completed was written without planned changes.
        whole = facts.itemised or not changes
        if contains(facts, desired, now) if whole else is_applied(facts, changes, desired, live, now):
            return now
    if stale or isinstance(error, Unreachable):
        raise _conflict(subject, live, now) if stale else error
    raise explained(context, subject, desired, error)


def _conflict(subject: Subject, before: Body, now: Body | None) -> Conflict:
    if now is None or is_gone(now):
        how = "archived" if now else "deleted"
        return Conflict(f"{subject} was {how} by somebody else while it was being updated; run again to make a new one")
    # What the values file ignores counts as well: it may be all that moved.
    seen = observed(replace(subject, ignore=()), _as_recorded(subject.facts, before), now)
    return Conflict(interrupted(seen, "its files" if subject.facts.itemised else "no field of ours"))


def _live_after_write(context: Context, subject: Subject, desired: Body, answer: Body) -> Body:
    """The live object after a write, as the next comparison will see it."""
    _must_be_of_its_kind(subject.facts, answer)
    # Some answers are not the whole object, which always has `archived_at`, or lag behind what was sent. Recorded as
    # they are, what they leave out would look like drift to the next run; so the object is read once more.
    whole = "archived_at" in answer and contains(subject.facts, desired, answer)
    if subject.facts.marked and not whole:
        written = revision(answer)

        def lags(seen: Body | None) -> bool:
            return seen is None or is_behind(written, seen) or not (written or contains(subject.facts, desired, seen))

        seen = context.live.look_again(subject.facts, answer["id"], lags)
        answer = seen if seen and not is_behind(written, seen) else answer
    context.live.put(subject.facts, answer)
    answer = with_inside(context, subject, answer, desired)
    context.seen[answer["id"]] = answer
    return answer


def _must_be_of_its_kind(facts: Facts, answer: Body) -> None:
    """Raise ApiError for an object of another kind: a proxy may mix up its answers."""
    if not answer["id"].startswith(facts.id_prefix) and answer.get("type") not in {None, facts.kind}:
        request = getattr(answer, "request", f"a write of {facts.kind}")
        raise unexpected(f"{answer['id']} in the place of the {facts.kind}", request)


def remove(context: Context, subject: Subject, id: str) -> str:
    """Archive or delete the object, as its kind does, and say what was done; what is gone already is a success.

    With `managed-agents:onRemoval` 'retain' it is left alone.

    Raises:
        Refused: `managed-agents:onRemoval` is 'refuse'.
    """
    if context.rules.on_removal != "archive" and not is_gone(context.live.get(subject.facts, id)):
        return _spared(context, subject, id)
    endpoints = subject.facts.endpoints(context.client)
    act = endpoints.archive if subject.facts.removal == "archive" else endpoints.delete
    done = subject.facts.removed
    try:
        act(id)
    except (Unreachable, ApiError) as error:
        unknown = isinstance(error, ApiError) and error.status == 404
        gone = unknown or is_gone(context.live.read_again(subject.facts, id))
        done = "is gone" if gone else _archived_instead(context, subject, id, error)
    context.live.drop(subject.facts, id)
    return done


def _archived_instead(context: Context, subject: Subject, id: str, error: Unreachable | ApiError) -> str:
    # The API refuses to delete an environment that sessions still refer to, but it archives it. Skills and files, which
    # bear no mark, cannot be archived.
    in_use = isinstance(error, ApiError) and error.status in {400, 409}
    if not (in_use and subject.facts.removal == "delete" and subject.facts.marked):
        raise error
    subject.facts.endpoints(context.client).archive(id)
    return "is still used by sessions: archived instead of deleted"


def _spared(context: Context, subject: Subject, id: str) -> str:
    """Leave the object alone, or refuse where that is the policy."""
    # The engine knows `retain_on_delete` and `protect` from its state, so only after an up with this policy. Until then
    # it calls `delete` as before.
    if context.rules.on_removal == "refuse":
        raise Refused(f"{subject} is no longer declared, but managed-agents:onRemoval is 'refuse'; {id} was left alone")
    return f"is no longer managed; {id} was left alone (managed-agents:onRemoval is 'retain')"
