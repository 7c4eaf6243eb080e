"""A plan in sentences: its title, what somebody else did and what becomes of it, and one line for messages and errors.

Every text about a resource is made of these and of `plan_rows`, so that the provider's line, the review and the report
of drift spell a field, a value and an outcome the same way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from pulumi_managed_agents.errors import Conflict, Refused
from pulumi_managed_agents.reconcile.compare import UNDECLARED
from pulumi_managed_agents.reconcile.plan import Plan  # noqa: TC001 - the schema of a review reads the types of facts
from pulumi_managed_agents.reconcile.plan_rows import fate, rows_of
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulumi_managed_agents.reconcile.compare import Change


REFUSED = {
    "": "",
    "onDrift": "managed-agents:onDrift is 'fail'; {} or undo it",
    "onUndeclared": "managed-agents:onUndeclared is 'fail', as it is behind a gate where power widens; {} undo it, or "
    "list it in `drift: {{ignore: …}}` of the values",
}
ANEW = "a new one will be made"
LEFT_GONE = "is left so (onDrift: ignore)"
REFUSED_GONE = "managed-agents:onDrift is 'fail'; 'heal' makes a new one"
ADOPTS = "takes over {}, which exists, and changes it only where it differs"
RETAINED = "no longer managed; it is left alone (onRemoval: retain)"


def version(number: str) -> str:
    """A version as people say it: agents count theirs, those of skills are ids."""
    return f"v{number}" if number.isdigit() else number


def forecast(plan: Plan) -> str:
    """The versions before and after the up, or an empty string if there are none."""
    live, then = plan.live_version, plan.next_version
    recorded = plan.recorded_version
    aside = f" (recorded {version(recorded)})" if recorded and live and recorded != live else ""
    if plan.decision in {"create", "delete", "replace"}:
        return " → ".join(filter(None, (live and f"{version(live)}{aside}", then and version(then))))
    return f"{version(live)} → {version(then)}{aside}" if then and then != live else f"{version(live)}{aside}".strip()


def fan_out(kind: str, name: str, reach: str) -> str:
    """Whom a new version of a resource reaches."""
    return f"a new version of {kind} {visible(name)} reaches {reach}"


def subject(plan: Plan) -> str:
    """The resource, and where it is defined."""
    return visible(f"{plan.kind} '{plan.name}'" + (f" ({plan.file})" if plan.file else ""))


def happened(plan: Plan) -> str:
    """What somebody else did to the object, between which versions and when; an empty string if nobody did."""
    if plan.vanished:
        at = f" ({moment(plan.live_at)})" if plan.live_at else ""
        return f"was {plan.vanished} outside Pulumi{at}"
    if not plan.outside:
        return ""
    both = "both in its file and " if plan.decision == "conflict" else ""
    return f"was changed {both}outside Pulumi{_versions(plan)}"


def _versions(plan: Plan) -> str:
    """The recorded and the live version, and the time of the latter, where they differ, in parentheses."""
    was, now, at = plan.recorded_version, plan.live_version, plan.live_at
    parts = [f"version {visible(was)} → {visible(now)}"] if was and now and was != now else []
    parts += [f"last changed {moment(at)}"] if at and at != plan.recorded_at else []
    return f" ({', '.join(parts)})" if parts else ""


def moment(at: str) -> str:
    """A time of the API, given in any zone, as people read it."""
    try:
        return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return visible(at)


def outcome(plan: Plan) -> str:
    """What becomes of all that somebody else did, where that is one thing; of fields, their rows say it."""
    refused = plan.decision == "refused"
    if plan.vanished:
        return REFUSED_GONE if refused else ANEW if plan.decision == "replace" else LEFT_GONE
    pull = pull_advice(plan, undeclared=plan.refused_by == "onUndeclared")
    if plan.decision == "conflict":
        accepts = f'managed-agents:acceptConflicts: ["{visible(plan.acceptance)}"]'
        return f"{pull or 'take the live value over into the file'}, or let the file win with {accepts}"
    if not refused:
        return ""
    otherwise = "take it over" if plan.refused_by == "onDrift" else "name it in the file,"
    return REFUSED[plan.refused_by].format(f"{pull}," if pull else otherwise)


def pull_advice(plan: Plan, *, undeclared: bool = False) -> str:
    """The command that takes what somebody else did into the file; an empty string if there is no file for it."""
    # A fetched skill is changed in the repository that it comes from.
    is_fetched = "://" in plan.file
    if not (plan.file and plan.stage) or plan.vanished or is_fetched:
        return ""
    option = " --undeclared" if undeclared else ""
    return f"`managed-agents pull {visible(plan.stage)} {visible(plan.name)}{option}` takes it into the file"


def sentence(plan: Plan, then: str = "") -> str:
    """What somebody else did, in one line, and what becomes of it; empty if nobody did, or the file wins.

    `then` says the latter where no up is planned. Where an earlier run of ours began something, it is that.
    """
    if plan.resumes:
        return plan.remark
    if plan.vanished:
        return f"{subject(plan)} {happened(plan)}; {then or outcome(plan)}"
    if plan.decision == "conflict":
        then = then or outcome(plan)
        fields = _fields(plan, (change for change in plan.outside if change.cause == "conflict"))
        return f"{subject(plan)} {happened(plan)}: {fields}. {then[0].upper()}{then[1:]}"
    drift = [change for change in plan.outside if change.cause == "drift"]
    parts = [*_drift(plan, drift, then), *_drift(plan, plan.drift_undeclared, then)]
    ends = [outcome(plan)] if plan.decision == "refused" and not then else []
    return f"{subject(plan)} {happened(plan)}: {'; '.join([*parts, *ends])}" if parts else ""


def drift_message(plan: Plan) -> str:
    """One line about a resource: what somebody else did, or that a later version is live."""
    further = plan.remark if plan.is_behind else ahead(plan) if plan.is_empty else ""
    return sentence(plan) or (f"{subject(plan)}: {visible(further)}" if further else "")


def _drift(plan: Plan, changes: Sequence[Change], then: str) -> Iterator[str]:
    """Drift of one cause in words: what moved, the power that it gave, and what becomes of it."""
    if not changes:
        return
    undeclared = changes[0].cause == UNDECLARED
    power = f" (more power: {visible('; '.join(plan.widens))})" if undeclared and plan.widens else ""
    yield f"{'in no file: ' if undeclared else ''}{_fields(plan, changes)}{power}"
    if then or plan.decision != "refused":
        yield then or fate(plan, changes[0])
        if pull := pull_advice(plan, undeclared=undeclared):
            yield pull


def _fields(plan: Plan, changes: Iterable[Change]) -> str:
    return "; ".join(f"{row.label} {row.difference.line}" for row in rows_of(plan, changes))


def interrupted(plan: Plan, unseen: str) -> str:
    """That an object, `observed` now, is another than the one that an update was planned against."""
    fields = _fields(plan, plan.left) or unseen
    return (
        f"{subject(plan)} was changed by somebody else while it was being updated{_versions(plan)}: "
        f"{fields}; nothing was overwritten, run again to see the change"
    )


def stop(plan: Plan) -> NoReturn:
    """Stop where a plan does.

    Raises:
        Conflict: file and live were both changed, to different values, and nobody accepted that.
        Refused: something drifted and the policy is to fail.
    """
    raise (Conflict if plan.decision == "conflict" else Refused)(sentence(plan))


def notes(plan: Plan) -> tuple[str, ...]:
    """What else is to be said about it."""
    outside = sentence(plan) if plan.stops or plan.vanished else ""
    adopts = ADOPTS.format(plan.adopts) if plan.adopts else ""
    gone = (plan.lost or RETAINED) if plan.decision == "delete" else ""
    return tuple(filter(None, (outside, adopts, plan.waits, plan.remark, gone)))


def becomes(plan: Plan) -> str:
    """What somebody else did, and what becomes of it where that is one thing; an empty string if nobody did."""
    if plan.is_changed_outside:
        return "; ".join(filter(None, (happened(plan), outcome(plan))))
    return ahead(plan) if plan.is_empty else ""


def ahead(plan: Plan) -> str:
    """That a later version is live than the recorded one although nothing of it differs; else an empty string."""
    if not plan.is_ahead or plan.is_changed_outside:
        return ""
    live, recorded = version(plan.live_version), version(plan.recorded_version)
    return f"{visible(live)} is live and {visible(recorded)} recorded; they say the same"


def remarks(plan: Plan) -> Iterator[str]:
    """What else no row says, a line each."""
    if plan.adopts:
        yield ADOPTS.format(visible(plan.adopts))
    if plan.waits:
        yield visible(plan.waits)
    if plan.remark:
        yield visible(plan.remark)
    if plan.unknown:
        yield f"known only after the up, so not reviewed: {visible(', '.join(plan.unknown))}"
    if plan.hidden:
        yield f"holds a secret, so not shown and not reviewed: {visible(', '.join(plan.hidden))}"
    if plan.decision == "replace":
        old = f"; the old one is {visible(plan.lost)}" if plan.lost else ""
        yield f"a new {plan.kind.replace('_', ' ')} with a new id takes its place{old}"
    if plan.decision == "delete":
        yield visible(plan.lost) or RETAINED
