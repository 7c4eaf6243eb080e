"""The handler of agents, environments, skills …: the engine's calls carried out by the reconciler."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

from pulumi_managed_agents.dynamic.provider import plan_recorder
from pulumi_managed_agents.dynamic.provider.changed_fields import changed_fields
from pulumi_managed_agents.dynamic.provider.declared_inputs import declared_inputs
from pulumi_managed_agents.dynamic.provider.handler import CreateAnswer, DiffAnswer, ReadAnswer
from pulumi_managed_agents.dynamic.provider.ignored_changes import effective_places, with_live, with_recorded
from pulumi_managed_agents.dynamic.provider.process import (
    differing,
    identity,
    ignored_changes,
    know_secrets,
    say,
    say_once,
    verified_context,
    why_not_covered,
)
from pulumi_managed_agents.dynamic.python_problems import problems_in_python
from pulumi_managed_agents.dynamic.state_entry import IGNORED, outputs
from pulumi_managed_agents.dynamic.wire import body, known_body, with_whole_numbers
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.reconcile import apply, observation
from pulumi_managed_agents.reconcile.context import Subject
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.mark import without_mark
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.plan_text import drift_message, sentence, stop
from pulumi_managed_agents.reconcile.planner import creation, observed
from pulumi_managed_agents.reconcile.record import APPLIED, OBSERVED, RESOURCE, newest_version
from pulumi_managed_agents.reconcile.replacement import replacement_remark, resumed
from pulumi_managed_agents.reconcile.secrets import with_secrets
from pulumi_managed_agents.reconcile.stored_record import completed, read_record, record_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.dynamic.provider.process import Identity
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.record import Record

Props = dict[str, Any]
SEEN = "seen by this refresh"

_refreshed: dict[tuple[str, str], Plan] = {}
"""What somebody else did since the last look, by kind and id of an object that a refresh has read.

Its next diff is the engine's own, which must neither raise nor print.
"""

_checked: set[Identity] = set()
"""The resources that the program has declared since: their next diff is about that."""


@dataclass(frozen=True)
class ResourceHandler:
    """The handler of the resources of one kind."""

    facts: Facts

    def check(self, news: Props, *, is_new: bool) -> list[str]:
        """Errors of a body written in Python; files were checked, with their lines, before anything was declared."""
        about = news[RESOURCE]
        _checked.add(identity(news))
        know_secrets(self.facts, news)
        plan_recorder.note_secrets(self.facts, news)
        if is_new:
            subject = self._subject(news)
            planned = creation(subject, declared_inputs(news, {}), about.get("adopt") or "")
            try:
                remark = self._announce_replacement(subject, news) if subject.replaces else ""
            except Refused as error:
                return [str(error)]
            for line in plan_recorder.report_creation(replace(planned, remark=remark)):
                say(line)
        # A skill has a file wherever it is declared; only what a stage's own files declare has passed the gate there.
        if IGNORED not in about and (why := why_not_covered(about["name"])):
            return [why]
        if about.get("file"):
            return []
        messages: dict[str, list[str]] = {"error": [], "warning": []}
        for problem in problems_in_python(self.facts, body(news), lambda value: isinstance(value, Unknown)):
            messages[problem.severity].append(f"{field_name(problem.path)}: {problem.message}".removeprefix(": "))
        for warning in messages["warning"]:
            say_once(f"{self.facts.kind} '{about['name']}': warning: {warning}")
        return messages["error"]

    def diff(self, id: str, olds: Props, news: Props) -> DiffAnswer:
        """Compare three ways; what an unknown field will be counts as a change.

        Raises:
            Conflict: it was changed on both sides.
            Refused: it drifted and the policy is to fail.
        """
        since = _refreshed.pop((self.facts.kind, id), None)
        # After each `read` of a refresh the engine calls `diff` with the recorded inputs. To raise there would make the
        # refresh fail for all resources. A program's own `diff` follows a `check`, which this one does not.
        if since is not None and identity(news) not in _checked:
            return self._told(since, olds, news)
        ignored = ignored_changes.get(identity(news), ())
        news = with_recorded(self.facts.entries, news, olds, ignored)
        subject = self._subject(news, olds, ignored)
        desired, unknown = known_body(news)
        recorded = body(olds)
        # What a preview cannot know yet is compared as if it stayed what it is.
        unmoved = {key: recorded[key] for key in unknown if key in recorded}
        wanted = {**desired, **_with_secrets_of(news, unmoved, self.facts)}
        declared = declared_inputs(news, olds)
        context, record = verified_context(news, olds), self._record(olds)
        plan = observation.plan_resource(context, subject, id, wanted, record, declared)
        without = replace(subject, ignore=())
        every = observation.plan_resource(context, without, id, wanted, record, declared) if subject.ignore else plan
        (differing.add if ignored or _leaves_drift(plan, every) else differing.discard)(identity(news))
        if plan_recorder.directory():
            plan = observation.with_file_diffs(context, subject, id, plan, wanted, record)
        messages = plan_recorder.report(plan, news[RESOURCE].get("reach") or "")
        if plan.stops and not plan_recorder.goes_on():
            stop(plan)
        # A parent that is not known yet is a new one, in which a new object has to be made.
        return DiffAnswer(
            changes=not plan.is_empty or bool(unknown),
            fields=changed_fields(plan, olds, news, unknown),
            replaces=(*plan.replaces, *([self.facts.parent] if self.facts.parent in unknown else [])),
            messages=messages,
        )

    def look_ahead(self, id: str, olds: Props, news: Props) -> DiffAnswer:
        """The diff of an up that has not begun: raises also what would refuse a replacement."""
        answer = self.diff(id, olds, news)
        if answer.replaces:
            replacing = {**news, RESOURCE: {**news[RESOURCE], "replaces": id}}
            self._announce_replacement(self._subject(replacing), replacing)
        return answer

    def _told(self, since: Plan, olds: Props, news: Props) -> DiffAnswer:
        """What a refresh has to tell: as an up would undo it, since the engine turns that around."""
        ignored = effective_places(self.facts.entries, news, ignored_changes.get(identity(news), ()))
        moved = tuple(
            change for change in since.left if not any(change.path[: len(place)] == place for place in ignored)
        )
        fields = changed_fields(replace(since, changes=moved), olds, news)
        return DiffAnswer(changes=bool(moved or since.vanished), fields=fields)

    def create(self, props: Props) -> CreateAnswer:
        """Make the object, or take over the one that `adopt` names, and record it."""
        adopted = props[RESOURCE].get("adopt")
        context, subject, desired = verified_context(props), self._subject(props), body(props)
        live = apply.adopt(context, subject, desired, adopted) if adopted else apply.create(context, subject, desired)
        return CreateAnswer(live["id"], outputs(self.facts, props, live))

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Change the object and record it."""
        context, record = verified_context(news, olds), self._record(olds)
        before = context.seen.get(id)
        ignored = ignored_changes.get(identity(news), ())
        if ignored:
            news = with_recorded(self.facts.entries, news, olds, ignored)
            seen = observed(self._subject(news, olds), record, before)
            drifted = [change.path for change in seen.left]
            news = with_live(self.facts, news, before or {}, drifted, ignored)
        subject, desired = self._subject(news, olds, ignored), body(news)
        live = apply.update(context, subject, id, desired, record)
        # Where nothing had to be written, an object that moved to another parent or name still bears its earlier mark.
        borne = self.facts.operations.owner(live) or olds[RESOURCE]["mark"]
        standing = observation.still_standing(context, subject, desired, record, before or live, live)
        return outputs(self.facts, {**news, RESOURCE: {**news[RESOURCE], "mark": borne}}, live, standing)

    def read(self, id: str, props: Props) -> ReadAnswer:
        """Observe without touching what was applied, else a refresh would swallow the cause of a drift."""
        if APPLIED not in props:
            return self._looked_up(id, props)
        subject = self._subject(props)
        record = self._record(props)
        context = verified_context(props)
        live = observation.observe(context, subject, id, record)
        declared = declared_inputs(props, props)
        _refreshed[self.facts.kind, id] = Plan()
        if ours := resumed(context, subject, record.desired, record, live, declared):
            return ReadAnswer(id, props, _inputs(props), tuple(filter(None, [sentence(ours)])))
        seen = observed(subject, record, live, declared, context.rules, context.judge)
        if seen.is_behind:
            return ReadAnswer(id, props, _inputs(props), (drift_message(seen),))
        messages = tuple(filter(None, [sentence(seen, SEEN)]))
        last = props.get(OBSERVED)
        if last != {}:  # which says that it was gone when it was last read
            _refreshed[self.facts.kind, id] = observed(
                subject, self._record(props, last), live, declared, context.rules, context.judge
            )
        if live is None or is_gone(live):
            # An empty id would make the engine forget it, and the next up make a new one, whatever onDrift says.
            return ReadAnswer(id, {**props, OBSERVED: {}}, _inputs(props), messages)
        # Where an earlier release recorded what was applied, this is the only record of what no file names: it stays.
        known = "blank" in (props.get(APPLIED) or {})
        before = None if known else observation.still_standing(context, subject, record.desired, record, live, live)
        outs = {**props, OBSERVED: record_of(self.facts, live, record.desired, record.salt, before)}
        return ReadAnswer(id, outs, {**_inputs(props), **_seen(seen, record, live)}, messages)

    def _looked_up(self, id: str, props: Props) -> ReadAnswer:
        """What is live of an object that nothing here manages: never what its reader wrote, and nothing of it is ours.

        Raises:
            InputError: there is none, as far as its first reader can tell.
        """
        context = verified_context(props)
        live = context.live.get(self._subject(props).facts, id)
        if live is None or is_gone(live):
            if OBSERVED in props:  # which a refresh finds of what was there once
                return ReadAnswer("", props)
            state = "is archived" if live else f"does not exist in workspace {context.client.workspace}"
            raise InputError(f"{self.facts.kind.replace('_', ' ')} {id} {state}")
        _refreshed[self.facts.kind, id] = Plan()
        fields = {key: value for key, value in without_mark(live).items() if key not in {"id", "type"}}
        version = newest_version(live)
        computed = {"version": version} if version else {}
        return ReadAnswer(id, {RESOURCE: props[RESOURCE], **fields, **computed, OBSERVED: {}})

    def delete(self, id: str, props: Props) -> tuple[str, ...]:
        """Remove the object, as its kind does."""
        subject = self._subject(props)
        return (f"{self.facts.kind} '{subject.name}' {apply.remove(verified_context(props), subject, id)}",)

    def _announce_replacement(self, subject: Subject, news: Props) -> str:
        """What becomes of the object that a new one is to replace; raises Refused if policy forbids it."""
        return replacement_remark(verified_context(news), subject)

    def _record(self, outputs: Props, seen: Props | None = None) -> Record:
        """The record of what was applied, with what was live then, or when it was last `seen`."""
        if seen:
            return read_record(body(outputs), with_whole_numbers(seen))
        applied, observed = (with_whole_numbers(outputs.get(key) or {}) for key in (APPLIED, OBSERVED))
        return read_record(body(outputs), completed(self.facts, applied, observed, body(outputs)))

    def _subject(self, props: Props, olds: Props | None = None, ignored: Iterable[str] = ()) -> Subject:
        """The resource for the reconciler; its object is in the recorded parent, whatever parent is declared now.

        `ignored` is what its `ignore_changes` names.
        """
        about, before = with_whole_numbers(props[RESOURCE]), (olds or props)
        ignore = [tuple(path.split(".")) for path in about.get("ignore", [])]
        parent = before.get(self.facts.parent)
        facts = self.facts.within(parent) if isinstance(parent, str) else self.facts
        return Subject(
            facts,
            about["name"],
            about.get("file", ""),
            about["mark"],
            (*ignore, *effective_places(facts.entries, props, ignored)),
            hidden=frozenset([*(about.get("secret") or ()), *(before[RESOURCE].get("secret") or ())]),
            elsewhere=frozenset(about.get("besides") or ()),
            replaces=about.get("replaces") or "",
            unread=bool(about.get("unread")),
            deleted_first=bool(about.get("deleted_first")),
        )


def _leaves_drift(plan: Plan, every: Plan) -> bool:
    """Whether an up leaves a field as somebody else made it; `every` is the plan if the values file ignored nothing."""
    drifted = {change.path for change in (*every.changes, *every.left) if change.cause in {"drift", "conflict"}}
    return bool(drifted - {change.path for change in plan.changes})


def _with_secrets_of(news: Props, recorded: Props, facts: Facts) -> Props:
    """Recorded fields with the secrets that stand in the same places now: a state may know but their fingerprints."""

    def declared_secret(value: Any, path: tuple[str | int, ...]) -> Any:
        now: Any = news
        for step in path:
            entries = dict(enumerate(now)) if isinstance(now, list) else now
            now = entries.get(step) if isinstance(entries, dict) else None
        return now if isinstance(now, str) else value

    return with_secrets(facts, recorded, declared_secret)


def _inputs(outputs: Props) -> Props:
    return {RESOURCE: outputs[RESOURCE], **body(outputs)}


def _seen(plan: Plan, record: Record, live: Props) -> Props:
    """The drifted fields as they are live, so that the next preview shows them as Pulumi shows any change."""
    fields = dict.fromkeys(change.field for change in plan.left if change.field in record.desired)
    seen = {name: live.get(name) for name in fields}
    if "metadata" in seen:
        seen["metadata"] = {key: (live.get("metadata") or {}).get(key) for key in record.desired["metadata"]}
    return seen
