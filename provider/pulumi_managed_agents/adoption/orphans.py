"""`managed-agents orphans`: live objects that carry a stage's mark and that its state does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.adoption.held import held_by
from pulumi_managed_agents.adoption.selection import Candidate, listed
from pulumi_managed_agents.dynamic.process import UNNAMED
from pulumi_managed_agents.engine.opening import open_stage
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.kinds import FACTS, reconcile
from pulumi_managed_agents.kinds.live import Live
from pulumi_managed_agents.kinds.mark import mark_of, stack_of
from pulumi_managed_agents.kinds.plan import Subject
from pulumi_managed_agents.kinds.reconcile import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pulumi_managed_agents.api import Client


@dataclass(frozen=True)
class Orphans:
    """What was found; `stateless` says that the stage's state records nothing at all, as after a wrong login."""

    client: Client
    stage: str
    found: tuple[Candidate, ...]
    stateless: bool

    def lines(self) -> Iterator[str]:
        """The list for a person."""
        for one in self.found:
            yield f"{one}, made as {mark_of(one.live)}: would be {reconcile.REMOVED[one.facts.removal]}"
        if not self.found:
            yield f"no orphans of stage {self.stage}"
        elif self.stateless:
            yield f"The state of {self.stage} records nothing at all. Is this the backend it is kept in?"
        unmarked = [facts.kind for facts in FACTS.values() if not facts.marked]
        if unmarked:
            yield f"(not looked for, since they carry no metadata: {'s and '.join(unmarked)}s)"


def find_orphans(project: Path, stage: str, *, emulator: bool) -> Orphans:
    """Compare what is live with what the stage's state holds; changes nothing."""
    opened = open_stage(project, stage, emulator=emulator)
    client, held = opened.client(), held_by(opened)
    client.expect(None if held.workspace == UNNAMED else held.workspace)
    stack = f"{opened.project.name}/{stage}"
    marked = listed(client, (facts for facts in FACTS.values() if facts.marked))
    found = tuple(one for one in marked if stack_of(mark_of(one.live)) == stack and one.id not in held.ids)
    return Orphans(client, stage, found, stateless=not held.applied)


def remove_orphans(orphans: Orphans, confirm: Callable[[str], bool] | None) -> Iterator[str]:
    """Archive or delete each, as its kind does, after a question.

    `confirm` None answers it with yes, but not where the state is empty: then every live object of the stage would go.

    Raises:
        Refused: the answer is no, or may not be given beforehand.
    """
    if confirm is None and orphans.stateless:
        raise Refused("--yes is not taken while the stage's state records nothing: all of its live objects would go")
    if confirm and not confirm(f"Remove these {len(orphans.found)}?"):
        raise Refused("nothing was changed")
    world = World(orphans.client, Live(orphans.client))
    for one in orphans.found:
        yield f"{one} {reconcile.remove(world, Subject(one.facts, one.label), one.id)}"
