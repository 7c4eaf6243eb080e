"""What a program no longer declares, looked at before anything of it can be lost.

What files declare is known before the first resource, and judged there. What a Python program declares is known only
when it has ended: it is judged then, in a preview before anything is made, and always before the engine removes what
was not declared.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import stack as runtime_stack
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.config.policy import POLICY_KEYS, policy
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.dynamic.program.review_notes import note_removals
from pulumi_managed_agents.dynamic.program.stack_state import marks_in_state, objects_of_files, objects_of_program
from pulumi_managed_agents.dynamic.state_entry import is_defined
from pulumi_managed_agents.dynamic.wire import body
from pulumi_managed_agents.reconcile.mark import qualified_name
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE
from pulumi_managed_agents.release.part_of_stage import chosen
from pulumi_managed_agents.stage.moves import (
    MoveCandidate,
    ProbableMove,
    candidate,
    of_definition,
    probable_moves,
    vanished_and_appeared,
    with_line,
)
from pulumi_managed_agents.stage.removal import CONFIRM_REMOVAL, Removals, confirmed, to_confirm

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pulumi_managed_agents.config.policy import OnRemoval
    from pulumi_managed_agents.stage import Definition, Stage
    from pulumi_managed_agents.stage.moves import Key

Props = dict[str, Any]
_DECLARED = "_managed_agents_declared"
_STAGES = "_managed_agents_stages"


def removals_of_files(
    stage: Stage,
    state: Mapping[str, Mapping[str, Any]] | None,
    on_removal: OnRemoval,
    confirmed: Collection[str],
    within: str = "",
) -> Removals:
    """What the stage's files no longer say and the state records from files, as far as somebody has to confirm it.

    `within` are the types of the stage's parents: a program has one stage in each place.
    """
    if state is None or on_removal == "retain":  # what is retained is not lost: `adopt` takes it back
        return Removals()
    # A resource that moved without a write keeps its outputs, with the name and file that it had: the URN counts.
    urns = {
        (about["kind"], name): urn
        for urn, outputs in state.items()
        if APPLIED in outputs and is_defined(about := outputs.get(RESOURCE) or {})
        for parents, _, name in [qualified_name(urn).rpartition("::")]
        if parents == within
    }
    recorded = {key: state[urn] for key, urn in urns.items()}
    desired: dict[Key, Definition] = {
        (definition.kind, definition.name): definition for definition in stage.definitions
    }
    gone, appeared = vanished_and_appeared(recorded.keys(), {key: declared.was for key, declared in desired.items()})
    if not gone:
        return Removals()
    staying = [key for key in sorted(desired) if key in recorded]
    moves = probable_moves(
        (of_record(recorded[key], key[1]) for key in sorted(gone)),
        (of_definition(desired[key]) for key in sorted(appeared)),
        (of_definition(desired[key]) for key in staying),
    )
    probable = [with_line(move, desired[move.kind, move.new], stage) for move in moves]
    unmatched = gone - {(move.kind, move.old) for move in moves}
    probable += _claimed_too_late(((urns[key], desired[key]) for key in staying), unmatched)
    return to_confirm(probable, [name for _, name in gone], len(recorded), confirmed, within)


def _claimed_too_late(recorded: Iterable[tuple[str, Definition]], gone: Collection[Key]) -> list[ProbableMove]:
    """What recorded resources, by URN, say that they were: each has its own object by now, so nothing moves."""
    return [
        ProbableMove(
            definition.kind,
            was,
            definition.name,
            "its `was` says so, but it has an object of its own by now",
            "let the state forget that object, which stays live",
            f"pulumi state delete '{urn}'",
        )
        for urn, definition in recorded
        for was in definition.was
        if (definition.kind, was) in gone
    ]


def of_record(outputs: Mapping[str, Any], name: str) -> MoveCandidate:
    """What a recorded object can be recognised by."""
    about, applied = outputs[RESOURCE], outputs[APPLIED]
    files = (applied.get("live") or {}).get("files") if about["kind"] == "skill" else None
    uses = (about.get("uses") or {}).keys()
    return candidate(about["kind"], name, body(outputs), uses=uses, files=files, salt=str(applied.get("salt") or ""))


def deployed_stages() -> set[str]:
    """Where the program deploys stages so far: the types of their parents, or an empty string."""
    places: set[str] = vars(get_monitor() or pulumi.runtime).setdefault(_STAGES, set())
    return places


@dataclass
class _Declared:
    """What a program has declared so far."""

    claimed: set[str] = field(default_factory=set)
    appeared: list[tuple[str, MoveCandidate]] = field(default_factory=list)
    staying: list[MoveCandidate] = field(default_factory=list)


def _declared() -> _Declared:
    known: _Declared = vars(get_monitor() or pulumi.runtime).setdefault(_DECLARED, _Declared())
    return known


async def note_declared(resource: pulumi.Resource, kind: str, urn: str, props: Props) -> None:
    """Note that a program declares a resource."""
    recorded, of_files = objects_of_program(), objects_of_files()
    if not recorded and not of_files:
        return
    declared = _declared()
    urns = [urn, *[await pulumi.Output.from_input(alias).future() or "" for alias in resource._aliases]]  # noqa: SLF001 - Pulumi has no public name for them
    mine = next((urn for urn in urns if urn in recorded or urn in of_files), None)
    if mine:
        declared.claimed.add(mine)
        return
    # A field at a time: one that is not known before the up says nothing about the others.
    plain = {key: await pulumi.Output.from_input(value).future() for key, value in props.items()}
    declared.appeared.append((urn, candidate(kind, qualified_name(urn), body(plain))))


def look_before_the_end() -> None:
    """Have a program judged when all is declared and nothing removed yet, if the SDK still lets us."""
    wait = getattr(runtime_stack, "_wait_for_shutdown", None)
    if wait is None or getattr(wait, "looks", False):
        return

    async def look_and_wait() -> None:
        # The engine removes what was not declared while the program waits here; it comes only after a program that
        # did not fail.
        _judge_program()
        await wait()

    look_and_wait.looks = True  # type: ignore[attr-defined]  # so that it is put in place once
    runtime_stack._wait_for_shutdown = look_and_wait  # noqa: SLF001 - there is no public place for it


def _judge_program() -> None:
    """Stop a program that would remove what looks moved, or too much.

    Raises:
        RunError: which ends the program with this message alone.
    """
    marks_in_state()  # a program that declares nothing has not read it yet
    declared, recorded = _declared(), objects_of_program()
    gone = {urn: outputs for urn, outputs in recorded.items() if urn not in declared.claimed}
    config = pulumi.Config(NAMESPACE)
    keys = (*POLICY_KEYS, CONFIRM_REMOVAL)
    settings = {key: value for key in keys if (value := config.get(key)) is not None}
    dropped = [urn for urn in objects_of_files() - declared.claimed if _place(urn) not in deployed_stages()]
    if not (gone or dropped) or policy(settings).on_removal == "retain" or chosen(os.environ) is not None:
        return
    agreed = confirmed(settings, os.environ)
    names = {qualified_name(urn): urn for urn in gone}
    moves = probable_moves(
        (of_record(outputs, qualified_name(urn)) for urn, outputs in sorted(gone.items())),
        (resource for _, resource in declared.appeared),
        (of_record(recorded[urn], qualified_name(urn)) for urn in sorted(declared.claimed & recorded.keys())),
    )
    appeared = {(resource.kind, resource.name): urn for urn, resource in declared.appeared}
    probable = [_with_option(move, names[move.old], appeared[move.kind, move.new]) for move in moves]
    removals = Removals.together(
        [to_confirm(probable, names, len(recorded), agreed), *_dropped_stages(dropped, agreed)]
    )
    if not removals.is_empty and not note_removals(removals, "the program"):
        raise pulumi.RunError("\n".join(removals.reasons(pulumi.get_stack())))


def _place(urn: str) -> str:
    return qualified_name(urn).rpartition("::")[0]


def _dropped_stages(urns: Collection[str], confirmed: Collection[str]) -> Iterator[Removals]:
    """What would go with stages that the program no longer deploys, by the URNs of what their files defined."""
    every = objects_of_files()
    for place in sorted({_place(urn) for urn in urns}):
        gone = [qualified_name(urn).rpartition("::")[2] for urn in urns if _place(urn) == place]
        yield to_confirm([], gone, sum(_place(urn) == place for urn in every), confirmed, place)


def _with_option(move: ProbableMove, old: str, new: str) -> ProbableMove:
    """The move with the resource option that says it."""
    same_place = old.rpartition("::")[0] == new.rpartition("::")[0]
    alias = f'pulumi.Alias(name="{old.rpartition("::")[2]}")' if same_place else f'"{old}"'
    line = f"opts=pulumi.ResourceOptions(aliases=[{alias}])"
    return replace(move, advice=f"declare {move.new} with this option", line=line)
