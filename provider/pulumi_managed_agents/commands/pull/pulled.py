"""One resource's drift as new fields of its definition file, and what of it the file cannot take. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.commands.pull.closest import ABSENT, Lists, closest, is_prose, merged
from pulumi_managed_agents.commands.pull.meaning import mismatches, value_at, with_field, with_leaves
from pulumi_managed_agents.definition_files.definition_text import body_of, with_fields
from pulumi_managed_agents.definition_files.minimal import minimal
from pulumi_managed_agents.definition_files.reference_paths import ids_in, with_paths
from pulumi_managed_agents.files.names import TEMPLATE_SUFFIX
from pulumi_managed_agents.reconcile.compare import UNDECLARED
from pulumi_managed_agents.reconcile.leaves import is_blank
from pulumi_managed_agents.reconcile.merged_text import merged_text
from pulumi_managed_agents.reconcile.wording import SECRET
from pulumi_managed_agents.schema.identity import body_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.commands.pull.meaning import Meaning
    from pulumi_managed_agents.definition_files.reference_paths import ReferenceTarget
    from pulumi_managed_agents.reconcile.compare import Change
    from pulumi_managed_agents.reconcile.leaves import Body, Leaves
    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.stage import Definition

PullOutcome = Literal["taken", "merged", "clash", "named", "left"]
"""What becomes of a change: the live value is in the file; or both, merged; or both, between markers; or it is only
named, since it comes from elsewhere; or left, since nobody asked for it."""


@dataclass(frozen=True)
class PulledField:
    """Changes of a resource that end alike: `place` is where to change the value by hand, `reason` why there."""

    outcome: PullOutcome
    changes: tuple[Change, ...]
    place: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Pulled:
    """What becomes of one resource's drift."""

    plan: Plan
    parts: tuple[PulledField, ...] = ()

    def has(self, outcome: PullOutcome) -> bool:
        """Whether some change ends so."""
        return any(part.outcome == outcome for part in self.parts)


@dataclass(frozen=True)
class Drifted:
    """A resource that drifted, and all that is known of it.

    Attributes:
        plan: Its plan.
        definition: What its file defines.
        meaning: What values mean in it.
        recorded: The body last applied.
        live: The live object.
        targets: What references can name, by id.
        values_file: The stage's values file, as findings name it.
        undeclared: Whether to take drift in fields that no file names as well.
    """

    plan: Plan
    definition: Definition
    meaning: Meaning
    recorded: Body
    live: Body
    targets: Mapping[str, ReferenceTarget]
    values_file: str
    undeclared: bool = False

    @property
    def file_kind(self) -> str:
        """The kind of the file: a credential is in its vault's."""
        return "vault" if self.definition.within else self.definition.kind

    def declared(self) -> Body:
        """The body that the file asks for."""
        return self.meaning.resources.resolved(self.definition.body)


@dataclass
class _Sorted:
    """The changes that the file can take, and the others with their reasons."""

    takeable: list[Change] = field(default_factory=list)
    parts: list[PulledField] = field(default_factory=list)


def pull_into(text: str, drifted: Drifted) -> tuple[str, Pulled]:
    """The text of the definition file with what drifted, and what became of each change.

    Raises:
        CannotEdit: it is written in a way that is not understood well enough; nothing of it can be taken.
    """
    by_outcome = _sorted(drifted)
    root = body_of(text, drifted.meaning.relative, drifted.file_kind)
    fields: dict[str, Any] = {}
    for name in dict.fromkeys(change.field for change in by_outcome.takeable):
        changes = [change for change in by_outcome.takeable if change.field == name]
        value, parts = _new_value(drifted, root, name, changes)
        by_outcome.parts += parts
        if any(part.outcome != "named" for part in parts):
            fields[name] = value
    if fields:
        text = with_fields(text, drifted.meaning.relative, drifted.file_kind, _of_file(root, drifted, fields))
    return text, Pulled(drifted.plan, tuple(_together(by_outcome.parts)))


def _together(parts: Iterable[PulledField]) -> Iterator[PulledField]:
    """One part for all changes that end alike."""
    alike: dict[tuple[PullOutcome, str, str], list[Change]] = {}
    for part in parts:
        alike.setdefault((part.outcome, part.place, part.reason), []).extend(part.changes)
    for (outcome, place, reason), changes in alike.items():
        yield PulledField(outcome, tuple(sorted(changes, key=lambda change: change.path)), place, reason)


def _of_file(root: Body, drifted: Drifted, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The top-level fields of the file that change with fields of the definition; None takes one out."""
    within = drifted.definition.within
    after = root
    for name, value in fields.items():
        after = with_field(after, within, name, value)
    if within:
        return {str(within[0]): after[str(within[0])]}
    return {name: after.get(name) for name in fields}


def _sorted(drifted: Drifted) -> _Sorted:
    by_outcome = _Sorted()
    template = drifted.definition.file.endswith(TEMPLATE_SUFFIX)
    foreign = _foreign_ids(drifted)
    named = drifted.meaning.resources.named(drifted.declared())
    for change in drifted.plan.outside:
        file, line = _place(drifted, change, named)
        place = f"{file}:{line}" if line else file
        reason = ""
        if change.cause == UNDECLARED and not drifted.undeclared:
            by_outcome.parts.append(
                PulledField("left", (change,), place, "no file names it; --undeclared writes it into one")
            )
            continue
        # A secret first: a template or an override holds no value of it either.
        if SECRET in (change.recorded, change.desired, change.live) or change.field in drifted.plan.hidden:
            reason = "a secret, whose value the API does not show; give it by its name"
        elif template:
            reason = "comes from a template; change it there, or the value that it takes"
        elif file == drifted.values_file:
            reason = "comes from an override; change it there"
        elif ids := sorted(foreign & _texts(change)):
            reason = (
                f"refers to {', '.join(ids)}, which is not one of this stage's resources; "
                f"adopt it (--id {ids[0]}), or write its id there"
            )
        if reason:
            by_outcome.parts.append(PulledField("named", (change,), place, reason))
        else:
            by_outcome.takeable.append(change)
    return by_outcome


def _place(drifted: Drifted, change: Change, named: Body) -> tuple[str, int]:
    """File and line where a field is written, or its nearest parent."""
    path = tuple(drifted.meaning.resources.names.get(step, step) for step in change.path)
    file, line = drifted.definition.place(body_path(drifted.meaning.facts.entries, named, path))
    return file or drifted.definition.file, line


def _foreign_ids(drifted: Drifted) -> set[str]:
    """Ids of other objects that only the live object names, and that belong to no resource of the stage."""
    kind = drifted.definition.kind
    ours = {*drifted.targets, drifted.meaning.own_id, *drifted.meaning.resources.names}
    return ids_in(kind, drifted.live) - ids_in(kind, drifted.declared()) - ours


def _texts(change: Change) -> set[str]:
    values = change.live if isinstance(change.live, list) else [change.live]
    return {*change.path, *(value for value in values if isinstance(value, str))}


def _new_value(drifted: Drifted, root: Body, name: str, changes: list[Change]) -> tuple[Any, list[PulledField]]:
    """The value of a field in which the changes are taken, and what became of each."""
    meaning, lists = drifted.meaning, Lists(drifted.meaning.facts.entries)
    own = value_at(root, drifted.definition.within)
    file = own.get(name, ABSENT)
    before = meaning.leaves(root, name, file)
    target, parts = _target(drifted, before, changes)

    def off(value: Any) -> int:
        return mismatches(meaning.leaves(root, name, value), target)

    live = _as_in_a_file(drifted, minimal(meaning.facts, _without_parent(drifted, drifted.live))).get(name, ABSENT)
    recorded = _as_in_a_file(drifted, drifted.recorded).get(name, file)
    means_live = meaning.leaves(root, name, live)

    def off_live(value: Any) -> int:
        return mismatches(meaning.leaves(root, name, value), means_live)

    # What somebody else left alone keeps the spelling in which it was applied; the rest has the server's.
    spelled = closest(recorded, live, off_live, lists, (name,))
    start = file if off(file) == 0 else merged(recorded, file, spelled, lists, (name,))
    # A merge of spellings need not mean the target; then the one that is nearest to it is respelled as in the file.
    candidates = [start, spelled, live] if off(start) else [start]
    value = closest(file, min(candidates, key=off), off, lists, (name,))
    if off(value):
        file_name, line = drifted.definition.place((*((name,) if file is not ABSENT else ()),))
        reason = "could not be brought together with what the file itself changed there"
        return file, [PulledField("named", tuple(changes), f"{file_name or drifted.definition.file}:{line}", reason)]
    return value, parts


def _target(drifted: Drifted, before: Leaves, changes: Iterable[Change]) -> tuple[Leaves, list[PulledField]]:
    """What a field is to mean: what it means now, except for what is taken from the live object."""
    meaning = drifted.meaning
    recorded = meaning.recorded(drifted.recorded)
    live = meaning.live(drifted.live, drifted.declared())
    changed_leaves: dict[tuple[str, ...], Any] = {}
    outcomes: dict[tuple[PullOutcome, str], list[Change]] = {}
    for change in changes:
        path = tuple(meaning.resources.names.get(step, step) for step in change.path)
        base, file, now = recorded.get(path), before.get(path), live.get(path)
        outcome: PullOutcome = "taken"
        reason = ""
        if change.cause == "conflict" and is_prose(path[-1], base, file, now):
            text = merged_text(str(base), str(file), str(now))
            outcome = "clash" if text.clashes else "taken" if text.text == now else "merged"
            now = text.text
        elif change.cause == "conflict":
            reason = "the file had changed it too"
        changed_leaves[path] = now
        outcomes.setdefault((outcome, reason), []).append(change)
    parts = [PulledField(outcome, tuple(fields), reason=reason) for (outcome, reason), fields in outcomes.items()]
    return with_leaves(before, changed_leaves), parts


def _as_in_a_file(drifted: Drifted, body: Body) -> Body:
    """A body as its file writes it: paths in the place of ids."""
    meaning = drifted.meaning
    plain = {key: value for key, value in body.items() if not is_blank(value)}
    return with_paths(meaning.kind, plain, meaning.relative, meaning.own_id, drifted.targets)


def _without_parent(drifted: Drifted, live: Body) -> Body:
    return {key: value for key, value in live.items() if key != drifted.meaning.facts.parent}
