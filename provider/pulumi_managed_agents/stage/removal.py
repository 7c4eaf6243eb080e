"""What a run removes for ever only after somebody confirmed it: probable moves, and too much of a stage at once.

Names are confirmed in the stage's configuration, or for one run by the variable.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.config.policy import names_in
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pulumi_managed_agents.stage.moves import ProbableMove

CONFIRM_REMOVAL = "confirmRemoval"
CONFIRMED = "MANAGED_AGENTS_CONFIRM_REMOVAL"
"""The variable with names that may be removed in this run, as a JSON list or one name; beside the setting."""
ALL = "all"
MANY = 5
"""In a stage of this many resources or more, removing more than half has to be confirmed."""
SHOWN = 4


@dataclass(frozen=True)
class Removals:
    """What a run would remove that somebody has to confirm.

    Attributes:
        moves: Probable moves whose old name nobody has confirmed.
        wholesale: Why so much at once has to be confirmed, or empty.
    """

    moves: tuple[ProbableMove, ...] = ()
    wholesale: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be confirmed."""
        return not (self.moves or self.wholesale)

    @classmethod
    def together(cls, several: Iterable[Removals]) -> Removals:
        """What the stages of a program, and the program itself, would remove."""
        every = list(several)
        moves = tuple(move for removals in every for move in removals.moves)
        return cls(moves, "; ".join(removals.wholesale for removals in every if removals.wholesale))

    def reasons(self, stage: str) -> list[str]:
        """Why the run stops, a line each, and what lets it go on."""
        lines = [move_line(move, stage) for move in self.moves]
        return [*lines, f"{self.wholesale}; if that is meant, {_confirmed_by(stage, ALL)}"] if self.wholesale else lines


def confirmed(config: Mapping[str, str], environment: Mapping[str, str]) -> frozenset[str]:
    """The names that may be removed, ``all`` among them if it was said; `config` is without namespace.

    Raises:
        InputError: the setting, or the variable, is no list of names.
    """
    setting = names_in(config.get(CONFIRM_REMOVAL, "[]"), f"managed-agents:{CONFIRM_REMOVAL}", '["agents/old"]')
    return frozenset([*setting, *names_in(environment.get(CONFIRMED) or "[]", CONFIRMED, '["agents/old"]')])


def as_variable(names: Iterable[str]) -> str:
    """Names as the variable holds them."""
    return json.dumps(sorted(names))


def to_confirm(
    moves: Iterable[ProbableMove],
    removed: Collection[str],
    recorded: int,
    confirmed: Collection[str],
    within: str = "",
) -> Removals:
    """What is left to confirm: `removed` are the names that go, `recorded` is the number of recorded resources.

    `within` are the types of the parents of a stage that is inside a component.
    """
    if ALL in confirmed:
        return Removals()
    open_moves = tuple(move for move in moves if move.old not in confirmed)
    explained = {*confirmed, *(move.old for move in open_moves)}
    return Removals(open_moves, wholesale([name for name in removed if name not in explained], recorded, within))


def wholesale(removed: Collection[str], recorded: int, within: str = "") -> str:
    """Why to remove so much has to be confirmed, in words; an empty string if it need not be."""
    everything = len(removed) >= recorded
    if not removed or not (everything or (recorded >= MANY and 2 * len(removed) > recorded)):
        return ""
    names = sorted(removed)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    share = f"all {recorded} resources" if everything and recorded > 1 else "the only resource"
    if not everything:
        share = f"{len(names)} of {counted(recorded, 'resource')}"
    place = f"the stage inside {within}" if within else "the stage"
    return f"{share} of {place} would be removed ({', '.join(names[:SHOWN])}{more})"


def move_line(move: ProbableMove, stage: str) -> str:
    """What is to be said of a probable move before anything is lost."""
    return (
        f"{move.kind.replace('_', ' ')} {move.old} would be removed, and {move.new} looks like it under another name "
        f"({move.same}); if so, {move.advice}: `{move.line}`; to remove it all the same, "
        f"{_confirmed_by(stage, move.old)}"
    )


def _confirmed_by(stage: str, name: str) -> str:
    return (
        f"add --confirm-removal {name} to `managed-agents up {stage}`, or set "
        f"managed-agents:{CONFIRM_REMOVAL} to {name if name == ALL else json.dumps([name])}"
    )
