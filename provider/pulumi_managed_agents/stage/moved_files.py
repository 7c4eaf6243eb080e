"""Definition files that moved: what a definition can be recognised by, and the line that says where it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.stage.moves import Candidate, ProbableMove, candidate, probable_moves, vanished_and_appeared

if TYPE_CHECKING:
    from pulumi_managed_agents.stage.definition import Definition, Stage


def of_definition(definition: Definition) -> Candidate:
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
