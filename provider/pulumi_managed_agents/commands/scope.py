"""How far an up or a preview may go: what may be removed although it looks moved."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.review.phrases import names_of
from pulumi_managed_agents.stage.removal import CONFIRMED, as_variable, confirmed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.review.review import StageReview


@dataclass(frozen=True)
class Scope:
    """What the person at the command line said beforehand.

    Attributes:
        confirmed: The names that may be removed although they look moved, or ``all``.
    """

    confirmed: frozenset[str] = frozenset()

    def variables(self) -> dict[str, str]:
        """The same for the program, beside what this process's own environment says."""
        names = confirmed({}, os.environ) | self.confirmed
        return {CONFIRMED: as_variable(names)} if names else {}

    def with_moves_confirmed(self, review: StageReview, confirm: Callable[[str], bool]) -> Scope:
        """The same once each probable move was asked about.

        Raises:
            Refused: one of them is not to be removed.
        """
        if not review.moves:
            return self
        names = names_of(tuple(move.old for move in review.moves))
        if not confirm(f"Probably only moved: {names}. Remove what it was, for ever, all the same?"):
            raise Refused("nothing was changed")
        return replace(self, confirmed=self.confirmed | {move.old for move in review.moves})


WHOLE = Scope()
