"""Which resources that vanished probably moved: files or program names that changed, with the same thing behind them.

A moved resource that nobody says has moved is removed for ever under its old name and created under the new one.
The caller passes both sides (the state and the files, or two commits); nothing here reads either.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.fingerprint import fingerprint
from pulumi_managed_agents.stage.definition import Reference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pulumi_managed_agents.stage.definition import Definition, Stage


Key = tuple[str, str]
"""Kind and name."""

MOVABLE = frozenset({"agent", "environment", "skill", "memory_store", "vault", "deployment"})
"""The kinds with their own file; a credential moves with its vault, an upload with what names it."""

TITLES = ("name", "display_name")
NOT_CONTENT = frozenset({*TITLES, "type", "directory", "digest", "metadata", "version"})
"""Fields that say nothing about whether two bodies mean the same thing, or that are compared on their own."""

SHINGLE = 3
"""How many words in a row are compared. One word is everywhere; a sentence does not survive its first edit."""
MOST = 0.5
"""How much of two texts has to be the same, of the one and of the other together: what git takes for a rename."""
FEWEST_WORDS = 8
"""Shorter texts are the same or they are not: two short sentences share much by chance."""
FEWEST_FIELDS = 3
"""The equal fields from which a body without prose is recognisable; fewer are a usual beginning."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class MoveCandidate:
    """A resource that vanished or appeared, and what it can be recognised by.

    Attributes:
        kind: Its kind.
        name: Its name: where it is, which is what changed.
        title: The name that people know it by, a field of its body; empty if there is none.
        fields: The other fields by path, prose and references left out.
        prose: Its texts.
        files: Of a skill, by name of each file what stands for its content.
        digest: Of a skill, what stands for all of them.
        salt: What the digests of its `files` were made with; empty for plain ones.
    """

    kind: str
    name: str
    title: str = ""
    fields: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    prose: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    salt: str = ""


@dataclass(frozen=True)
class ProbableMove:
    """A resource that probably only has another name now.

    Attributes:
        kind: Its kind.
        old: The name that vanished.
        new: The name that appeared.
        same: What both have in common, in words: ``the same name 'Triage'``.
        advice: What to do if it moved, up to the colon: ``write into stacks/dev.values.yaml``.
        line: What to write, or to type, exactly.
    """

    kind: str
    old: str
    new: str
    same: str
    advice: str = ""
    line: str = ""


def candidate(
    kind: str,
    name: str,
    body: Mapping[str, Any],
    *,
    uses: Collection[str] = (),
    files: Mapping[str, str] | None = None,
    salt: str = "",
) -> MoveCandidate:
    """A resource by its body; `uses` are the dotted paths at which the body refers to other resources."""
    title = next((str(body[key]) for key in TITLES if isinstance(body.get(key), str)), "")
    fields: dict[tuple[str, ...], str] = {}
    prose: dict[tuple[str, ...], str] = {}
    for path, value in _leaves({key: value for key, value in body.items() if key not in NOT_CONTENT}, (), uses):
        if isinstance(value, str) and len(value.split()) >= SHINGLE:
            prose[path] = value
        else:
            fields[path] = json.dumps(value, sort_keys=True, default=str)
    digest = str(body.get("digest") or "")
    text = "\n".join(prose[path] for path in sorted(prose))  # a state keeps no order of fields
    return MoveCandidate(kind, name, title, fields, text, files or {}, digest, salt)


def _leaves(value: Any, path: tuple[str, ...], uses: Collection[str]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if value is None or isinstance(value, Reference) or ".".join(path) in uses:
        return
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(entry, (*path, str(key)), uses)
    elif isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            yield from _leaves(entry, (*path, str(index)), uses)
    else:
        # Over Pulumi's wire every number is a float.
        yield path, int(value) if isinstance(value, float) and value.is_integer() else value


def vanished_and_appeared(before: Collection[Key], after: Mapping[Key, Collection[str]]) -> tuple[set[Key], set[Key]]:
    """What is no longer there under any name, and what is there under a name that nothing had.

    `after` says of each resource which earlier names it claims; they count only if it has no object yet.
    """
    new = {key for key in after if key not in before}
    claims = {key: {(key[0], old) for old in after[key]} & {*before} for key in new}
    taken_over = {old for claimed in claims.values() for old in claimed}
    return {*before} - after.keys() - taken_over, {key for key in new if not claims[key]}


def probable_moves(
    vanished: Iterable[MoveCandidate], appeared: Iterable[MoveCandidate], staying: Iterable[MoveCandidate] = ()
) -> list[ProbableMove]:
    """The pairs of a vanished and an appeared resource that are probably one, each resource in at most one of them.

    What a resource of the same kind that is `staying` has as well identifies nothing: a beginning that all prompts of
    a team share, a licence in every skill.
    """
    gone, new = ([resource for resource in side if resource.kind in MOVABLE] for side in (vanished, appeared))
    if not (gone and new):
        return []
    common = {
        kind: _Common.of(resource for resource in staying if resource.kind == kind)
        for kind in {resource.kind for resource in gone}
    }
    pairs = [
        (likeness, old, other)
        for old in gone
        for other in new
        if old.kind == other.kind and (likeness := _likeness(old, other, common[old.kind]))
    ]
    moves: list[ProbableMove] = []
    moved: set[tuple[str, str]] = set()
    for (_, same), old, other in sorted(pairs, key=lambda pair: (-pair[0][0], pair[1].name, pair[2].name)):
        sides = {("old", f"{old.kind} {old.name}"), ("new", f"{other.kind} {other.name}")}
        if not sides & moved:
            moved |= sides
            moves.append(ProbableMove(old.kind, old.name, other.name, same))
    return sorted(moves, key=lambda move: (move.kind, move.old))


@dataclass(frozen=True)
class _Common:
    """What resources that stay have, of one kind."""

    titles: frozenset[str]
    digests: frozenset[str]
    files: frozenset[str]
    bodies: tuple[Mapping[tuple[str, ...], str], ...]
    shingles: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, staying: Iterable[MoveCandidate]) -> _Common:
        candidates = list(staying)
        return cls(
            frozenset(resource.title for resource in candidates),
            frozenset(resource.digest for resource in candidates),
            frozenset(print for resource in candidates for print in resource.files.values()),
            tuple(resource.fields for resource in candidates),
            frozenset(shingle for resource in candidates for shingle in _shingles(resource.prose)),
        )


def _likeness(old: MoveCandidate, new: MoveCandidate, common: _Common) -> tuple[float, str] | None:
    """How sure it is that two are one, and what they have in common; None if it is not likely."""
    content = _same_content(old, new, common)
    title = old.title if old.title and old.title == new.title and old.title not in common.titles else ""
    if content and title:
        return 4, "the same content"
    if title:
        return 3 + _text_in_common(old, new, common) / 2, f"the same name '{title}'"
    if content:
        return 2, "the same content except for the name"
    shared = _files_in_common(old, new, common) if old.files else _text_in_common(old, new, common)
    if shared < MOST:
        return None
    return shared, f"{shared:.0%} of its {'files' if old.files else 'text'}"


def _same_content(old: MoveCandidate, new: MoveCandidate, common: _Common) -> bool:
    if old.digest or new.digest:
        return old.digest == new.digest and new.digest not in common.digests
    if (old.fields, old.prose) != (new.fields, new.prose):
        return False
    if old.prose:
        return _text_in_common(old, new, common) == 1
    return len(old.fields) >= FEWEST_FIELDS and old.fields not in common.bodies


def _text_in_common(old: MoveCandidate, new: MoveCandidate, common: _Common) -> float:
    """The share of two texts that is the same, from 0 to 1, without what others have as well."""
    one, other = (
        Counter({shingle: count for shingle, count in _shingles(side.prose).items() if shingle not in common.shingles})
        for side in (old, new)
    )
    if not (one and other):
        return 0
    if one == other:
        return 1
    if min(len(_WORD.findall(side.prose)) for side in (old, new)) < FEWEST_WORDS:
        return 0
    return 2 * (one & other).total() / (one.total() + other.total())


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return Counter(tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1))


def _files_in_common(old: MoveCandidate, new: MoveCandidate, common: _Common) -> float:
    """The share of two skills' files that are the same, from 0 to 1, without files that others have as well."""
    shared = sum(
        old.files.get(name) == (fingerprint(("files", name), print, old.salt) if old.salt else print)
        for name, print in new.files.items()
        if print not in common.files
    )
    return 2 * shared / (len(old.files) + len(new.files)) if shared else 0


def of_definition(definition: Definition) -> MoveCandidate:
    """What a definition can be recognised by."""
    bundle = definition.bundle
    skill = {"digest": bundle.digest, "name": bundle.name} if bundle else {}
    files = bundle.sha256 if bundle else None
    return candidate(definition.kind, definition.name, {**definition.body, **skill}, files=files)


def with_line(move: ProbableMove, definition: Definition, stage: Stage) -> ProbableMove:
    """The move with the line that a values file says it by."""
    # A skill goes by its directory, everything else by its file below the stage's folder.
    name = definition.name if definition.bundle else definition.file.removeprefix(f"{stage.folder.rstrip('/')}/")
    line = f"overrides: {{{name}: {{was: {move.old}}}}}"
    return replace(move, advice=f"write into {stage.values.file}", line=line)


def moves_between(before: Stage, after: Stage) -> list[ProbableMove]:
    """The probable moves from one content of a stage's files to another, with the lines that say them."""
    then, now = (
        {(definition.kind, definition.name): definition for definition in stage.definitions}
        for stage in (before, after)
    )
    gone, appeared = vanished_and_appeared(then.keys(), {key: definition.was for key, definition in now.items()})
    moves = probable_moves(
        (of_definition(then[key]) for key in sorted(then) if key in gone),
        (of_definition(now[key]) for key in sorted(now) if key in appeared),
        (of_definition(now[key]) for key in now if key in then),
    )
    return [with_line(move, now[move.kind, move.new], after) for move in moves]  # type: ignore[index]  # one of ours
