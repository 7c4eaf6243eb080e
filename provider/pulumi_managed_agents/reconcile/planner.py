"""Deciding what an up does to one resource: causes and policy become a `Plan`. Pure functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.reconcile.compare import OUTSIDE, UNDECLARED, Change, compare, replacing
from pulumi_managed_agents.reconcile.context import DeclaredInputs, powerless
from pulumi_managed_agents.reconcile.effective import live_leaves, same
from pulumi_managed_agents.reconcile.fingerprint import fingerprint
from pulumi_managed_agents.reconcile.leaves import leaves, tree
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.mark import stack_of
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.record import is_behind, newest_version, revision
from pulumi_managed_agents.reconcile.undeclared import put_back, recorded_as, restored_form
from pulumi_managed_agents.reconcile.wording import PENDING, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.reconcile.context import Judge, Subject
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath, Leaves
    from pulumi_managed_agents.reconcile.plan import Decision, RefusedBy
    from pulumi_managed_agents.reconcile.record import Record

REPORTING = Policy()


def creation(subject: Subject, declared: DeclaredInputs, adopts: str = "") -> Plan:
    """The plan for a resource that is new."""
    return with_decision(replace(_declared_plan(subject, declared), adopts=adopts), "create", subject.facts)


def plan(
    subject: Subject,
    desired: Body,
    record: Record,
    live: Body | None,
    rules: Policy,
    declared: DeclaredInputs | None = None,
    judge: Judge = powerless,
) -> Plan:
    """What an up does, by the causes of the changes and the stage's policy.

    `declared` is given where the plan is shown: it has the names of resources, and what a preview cannot know yet.
    `judge` says what undeclared drift lets the object do, by the rules about power.
    """
    known = declared or DeclaredInputs(desired)
    waits = bool(known.pending or known.unknown)
    pending = _pending_changes(subject, known, record, live)
    if live is None or is_gone(live):
        gone = _undecided(subject, known, record, live, pending)
        if rules.on_drift == "heal":
            # An engine replaces for the sake of a field, and none has changed: this one stands for the whole object.
            return with_decision(replace(gone, replaces=("name",)), "replace", subject.facts)
        ignoring: Decision = "update" if waits else "same"
        return with_decision(gone, "refused" if rules.on_drift == "fail" else ignoring, subject.facts)
    compared = _with_pending_known(_compared(subject, desired, record, live, rules), subject, known, live)
    to_apply = _to_apply(compared, rules)
    replaces = tuple(dict.fromkeys(change.field for change in replacing(subject.facts, to_apply)))
    stop = _stop(subject, compared, live, rules)
    # Reading the files behind a digest costs time, and only somebody who is shown the plan wants to know what moved.
    tables = subject.facts.operations.itemised(desired) if declared and _edits_items(subject, compared) else {}
    readable = _readable(subject, known, record, live, compared, tables)
    left = [change for change in readable if _is_left(change, rules)]
    changes = [change for change in readable if change not in left]
    paths = {change.path for change in readable}
    changes += [change for change in pending if change.path not in paths or change.source]
    undecided = replace(
        _undecided(subject, known, record, live, changes),
        left=tuple(left),
        lasting=rules.on_undeclared == "restore",
        replaces=replaces,
        acceptance=_acceptance(subject, live) if stop == "conflict" else "",
    )
    undecided = _with_undeclared(undecided, subject, known, record, live, compared, judge)
    otherwise: Decision = "replace" if replaces else "update" if to_apply or waits else "same"
    if not stop and _refuses_undeclared(undecided, rules):
        return with_decision(replace(undecided, refused_by="onUndeclared"), "refused", subject.facts)
    refused_by: RefusedBy = "onDrift" if stop == "refused" else ""
    return with_decision(replace(undecided, refused_by=refused_by), stop or otherwise, subject.facts)


def changes_to_make(subject: Subject, desired: Body, record: Record, live: Body, rules: Policy) -> tuple[Change, ...]:
    """The changes that an update sends: those of the plan, but with the API's ids and with secrets."""
    return tuple(_to_apply(_compared(subject, desired, record, live, rules), rules))


def _compared(subject: Subject, desired: Body, record: Record, live: Body, rules: Policy) -> list[Change]:
    """Every change that counts by the policy; undeclared drift that is put back wants what was recorded."""
    changes = compare(subject.facts, desired, record, live, subject.ignore)
    if rules.on_undeclared == "ignore":
        return [change for change in changes if change.cause != UNDECLARED]
    return [
        _restoring(subject.facts, record, change) if rules.on_undeclared == "restore" else change for change in changes
    ]


def _restoring(facts: Facts, record: Record, change: Change) -> Change:
    if change.cause != UNDECLARED or put_back(facts, record, change.path) is None:
        return change
    recorded = recorded_as(facts, record, change.path)
    return replace(change, recorded=recorded, desired=recorded, restores=True)


def _is_left(change: Change, rules: Policy) -> bool:
    """Whether an up leaves a change that somebody else made as it is."""
    is_undeclared = change.cause == UNDECLARED
    return (is_undeclared and not change.restores) or (change.cause == "drift" and rules.on_drift == "ignore")


def _with_undeclared(
    plan: Plan,
    subject: Subject,
    declared: DeclaredInputs,
    record: Record,
    live: Body,
    changes: Iterable[Change],
    judge: Judge,
) -> Plan:
    """The plan with all of the fields that drifted although no file names them, so that they can be judged."""
    drifted = [change for change in changes if change.cause == UNDECLARED]
    if not drifted:
        return plan
    left, restored = ({change.field for change in drifted if change.restores == restores} for restores in (False, True))
    now = live_leaves(subject.facts, live, record.desired)
    fields = _named_tree(declared, {path: value for path, value in now.items() if path[0] in left})
    back = _named_tree(declared, dict(restored_form(subject.facts, record, restored)))
    whole = replace(plan, undeclared=fields, desired=tree(leaves(back) | leaves(plan.desired)))
    return replace(whole, widens=judge(whole))


def _refuses_undeclared(plan: Plan, rules: Policy) -> bool:
    fails = rules.on_undeclared == "fail" or (rules.refuses_power and plan.widens)
    return bool(plan.drift_undeclared and fails)


def _named_tree(declared: DeclaredInputs, table: Leaves) -> Body:
    return tree({tuple(map(declared.named, path)): declared.named(value) for path, value in table.items()})


def observed(
    subject: Subject,
    record: Record,
    live: Body | None,
    declared: DeclaredInputs | None = None,
    rules: Policy = REPORTING,
    judge: Judge = powerless,
) -> Plan:
    """What somebody else changed since the object was recorded, as a plan that does nothing."""
    known = declared or DeclaredInputs(record.desired)
    if live is None or is_gone(live):
        return _undecided(subject, known, record, live, ())
    compared = compare(subject.facts, record.desired, record, live, subject.ignore)
    # A moved entry of a table is reported once, with the field whose digest stands for the table.
    tables = subject.facts.itemised.values()
    counts = {"drift"} if rules.on_undeclared == "ignore" else {"drift", UNDECLARED}
    drifted = [change for change in compared if change.cause in counts and change.field not in tables]
    left = tuple(_readable(subject, known, record, live, drifted, {}))
    seen = replace(_undecided(subject, known, record, live, ()), left=left)
    return _with_undeclared(seen, subject, known, record, live, drifted, judge)


def resumption(
    subject: Subject, record: Record, live: Body | None, field: str, remark: str, declared: DeclaredInputs
) -> Plan:
    """The plan that goes on with a replacement of ours which an earlier run began, for the sake of `field`."""
    # Where the object is gone, that replacement took it away, and nobody else.
    begun = replace(_undecided(subject, declared, record, live, ()), vanished="", replaces=(field,))
    return with_decision(replace(begun, resumes=True, remark=remark), "replace", subject.facts)


def with_decision(plan: Plan, decision: Decision, facts: Facts) -> Plan:
    """The plan with a decision and what follows from it: the next version, and what is lost for ever."""
    gone = decision == "delete" or (decision == "replace" and not plan.vanished)
    lost = facts.fate if gone else ""
    return replace(plan, decision=decision, next_version=_next_version(plan, decision, facts), lost=lost)


def _next_version(plan: Plan, decision: Decision, facts: Facts) -> str:
    """The version after the up: the API counts agents' versions, and makes up those of skills."""
    if decision in {"create", "replace"}:
        return "1" if facts.versioned else ""
    if decision != "update" or not plan.live_version:
        return ""
    if not (plan.unknown or any(map(_is_written, plan.changes))):
        return plan.live_version
    return str(int(plan.live_version) + 1) if plan.live_version.isdigit() else "new"


def _is_written(change: Change) -> bool:
    """Whether a change needs a request; one that is live already was only taken over into the file."""
    return change.desired == SECRET or not change.is_live


def _to_apply(changes: Iterable[Change], rules: Policy) -> list[Change]:
    return [change for change in changes if not _is_left(change, rules)]


def _stop(subject: Subject, changes: Iterable[Change], live: Body, rules: Policy) -> Decision | None:
    causes = {change.cause for change in changes}
    if "drift" in causes and rules.on_drift == "fail":
        return "refused"
    return "conflict" if "conflict" in causes and _acceptance(subject, live) not in rules.accepted else None


def _acceptance(subject: Subject, live: Body) -> str:
    """What a user writes to accept a conflict: it names the live version, so it expires when the object moves again."""
    return f"{subject.name}@{next(iter(revision(live).values()), None)}"


def _declared_plan(subject: Subject, declared: DeclaredInputs, own_id: str = "") -> Plan:
    """The part of a plan that only a definition knows."""
    return Plan(
        kind=subject.facts.kind,
        name=subject.name,
        file=subject.file,
        stage=stack_of(subject.mark).partition("/")[2],
        desired=tree(declared.leaves(subject, declared.body, own_id)),
        unknown=tuple(sorted(declared.unknown)),
        hidden=tuple(sorted(subject.hidden)),
        entries=subject.facts.entries,
    )


def _undecided(
    subject: Subject, declared: DeclaredInputs, record: Record, live: Body | None, changes: Iterable[Change]
) -> Plan:
    """A plan without a decision, from comparing a resource with its live object."""
    now = live or {}
    behind = is_behind(record.revision, now)
    return replace(
        _declared_plan(subject, declared, str(now.get("id", ""))),
        changes=tuple(sorted(changes, key=lambda change: change.path)),
        recorded_version=_version(record.revision),
        recorded_at=str(record.revision.get("updated_at") or ""),
        live_version=_version(record.revision if behind else revision(now)),
        is_behind=behind,
        remark=_lag(subject, record, now) if behind else "",
        live_at=str(now.get("archived_at") or now.get("updated_at") or ""),
        vanished="" if not is_gone(live) else "archived" if live else "deleted",
    )


def _lag(subject: Subject, record: Record, live: Body) -> str:
    """That the API answers from before our own write, in one line."""
    was, now = _version(record.revision), _version(revision(live))
    seen = f"version {now}" if was != now else f"the state of {live.get('updated_at')}"
    recorded = f"version {was}" if was != now else f"that of {record.revision.get('updated_at')}"
    return f"the API still answers with {seen}, which is earlier than what was recorded ({recorded}): nobody changed it"


def _version(revision: Mapping[str, Any]) -> str:
    return str(newest_version(revision) or "")


def _readable(
    subject: Subject,
    declared: DeclaredInputs,
    record: Record,
    live: Body,
    changes: Iterable[Change],
    edited: Body,
) -> list[Change]:
    """Changes by names; of a secret only that it changed, of a digest what changed behind it.

    `edited` holds the tables that the digests of a definition stand for.
    """
    readable: list[Change] = []
    hidden: dict[str, Change] = {}
    for change in changes:
        if change.field in subject.hidden:
            hidden[change.field] = Change(
                change.path[:1], change.cause, SECRET, SECRET, SECRET, restores=change.restores
            )
            continue
        values = [change.recorded, change.desired, change.live]
        if any(_matches(change.path, place) for place in subject.facts.secrets):
            values = [None if value is None else SECRET for value in values]
        path = tuple(map(declared.named, change.path))
        items: tuple[str, ...] = ()
        if change.field in subject.facts.itemised:
            is_outside = change.cause in OUTSIDE
            now = live_leaves(subject.facts, live, record.desired) if is_outside else leaves(edited)
            items = _moved_items(subject.facts, change.field, record, now)
        recorded, desired, seen = map(declared.named, values)
        readable.append(Change(path, change.cause, recorded, desired, seen, items=items, restores=change.restores))
    return [*readable, *hidden.values()]


def _edits_items(subject: Subject, changes: Iterable[Change]) -> bool:
    return any(change.field in subject.facts.itemised and change.cause == "edit" for change in changes)


def _moved_items(facts: Facts, field: str, record: Record, now: Leaves) -> tuple[str, ...]:
    """The entries of a field's table that moved, ``a/x.py changed`` or ``new.md added``; none if that is unknown."""
    table = facts.itemised[field]
    after = {path: value for path, value in now.items() if path[0] == table}
    before = {path: value for path, value in record.live.items() if path[0] == table}
    return tuple(
        f"{'/'.join(path[1:])} {'added' if path not in before else 'changed' if path in after else 'removed'}"
        for path in sorted({*before, *after} if before and after else ())
        if before.get(path) != fingerprint(path, after.get(path), record.salt)
    )


def _matches(path: LeafPath, place: LeafPath) -> bool:
    """Whether a path leads to a place, in which ``*`` is any entry of a list."""
    return len(path) == len(place) and all(step in {part, "*"} for part, step in zip(path, place, strict=True))


def _pending_changes(subject: Subject, declared: DeclaredInputs, record: Record, live: Body | None) -> list[Change]:
    """The changes in fields that are held back until their ids and versions are known."""
    if not (declared.pending or declared.renewed):
        return []
    own_id = str((live or {}).get("id", ""))
    before = declared.leaves(subject, record.desired, own_id)
    after = declared.leaves(subject, declared.body, own_id)
    pending = [
        _pending_change(path, before.get(path), after)
        for path in sorted({*before, *after})
        if path[0] in declared.pending and before.get(path) != after.get(path)
    ]
    for top, name in sorted(declared.renewed):
        for path in [path for path, value in before.items() if path[0] == top and name in (*path[1:], value)][:1]:
            place = path[: path.index(name) + 1] if name in path[1:] else path
            pending.append(Change(place, "new version", name, PENDING, name, name))
    return pending


def _with_pending_known(
    changes: Iterable[Change], subject: Subject, declared: DeclaredInputs, live: Body
) -> list[Change]:
    """The changes, in which a drift that the file has taken over is an edit also in fields that are held back."""
    if not declared.pending:
        return list(changes)
    desired = declared.leaves(subject, declared.body, str(live.get("id", "")))

    def known(change: Change) -> Change:
        value = desired.get(tuple(map(declared.named, change.path)))
        is_taken = change.cause == "drift" and change.field in declared.pending and value is not None
        return replace(change, cause="edit", desired=value) if is_taken and same(value, change.live) else change

    return [known(change) for change in changes]


def _pending_change(path: LeafPath, was: Any, after: Leaves) -> Change:
    """A change in such a field; a version that replaces another is that of the resource beside it."""
    desired = after.get(path)
    follows = desired == PENDING and was is not None and len(path) > 1
    moved = str(after.get((*path[:-1], "id"), path[-2])) if follows else ""
    return Change(path, "new version" if moved else "edit", was, desired, was, moved)
