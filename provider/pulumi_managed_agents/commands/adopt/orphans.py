"""`managed-agents orphans`: live objects that carry a stage's mark and that its state does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.adopt.context import recorded_resources
from pulumi_managed_agents.commands.adopt.selection import Candidate, list_candidates, owner_of
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.output.reports import CommandResult
from pulumi_managed_agents.reconcile.apply import remove
from pulumi_managed_agents.reconcile.context import Context, Subject
from pulumi_managed_agents.reconcile.live import LiveCache
from pulumi_managed_agents.reconcile.mark import stack_of
from pulumi_managed_agents.reconcile.record import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pulumi_managed_agents.api import Client

UNSEEN = (
    "not seen: uploaded files, since the API keeps nothing with a file that could be a mark; "
    "what was adopted and not changed since, which has no mark yet"
)


@dataclass(frozen=True)
class Orphan:
    """A live object that bears the stage's mark and that its state does not record.

    Attributes:
        kind: Its kind.
        id: Its id.
        name: What it is called.
        mark: The mark that it bears: project, stage and resource.
        fate: What becomes of it with --archive.
    """

    kind: str
    id: str
    name: str
    mark: str
    fate: str


@dataclass(frozen=True)
class OrphansReport:
    """The objects that nothing manages any more.

    Attributes:
        stage: The stage.
        stateless: Whether its state records nothing at all, as after a wrong login.
        orphans: The objects.
        unseen: What could not be looked at, and why.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    stage: str
    stateless: bool
    orphans: tuple[Orphan, ...]
    unseen: str = UNSEEN
    schema_version: int = 1


@dataclass(frozen=True)
class Orphans:
    """Objects with their marks; `stateless` says that the state records nothing at all, as after a wrong login."""

    client: Client
    stage: str
    candidates: tuple[tuple[Candidate, str], ...]
    stateless: bool

    def result(self) -> CommandResult[OrphansReport]:
        """The list."""
        orphans = tuple(
            Orphan(candidate.facts.kind, candidate.id, candidate.label, mark, candidate.facts.fate)
            for candidate, mark in self.candidates
        )
        return CommandResult(tuple(self.lines()), OrphansReport(self.stage, self.stateless, orphans))

    def lines(self) -> Iterator[str]:
        """The list for a person."""
        for candidate, mark in self.candidates:
            yield f"{candidate}, made as {mark}: would be {candidate.facts.fate}"
        if not self.candidates:
            yield f"no orphans of stage {self.stage}"
        elif self.stateless:
            yield f"The state of {self.stage} records nothing at all. Is this the backend it is kept in?"
        yield f"({UNSEEN})"


def find_orphans(project: Path, stage: str, *, emulator: bool) -> Orphans:
    """Compare what is live with what the stage's state holds; changes nothing."""
    opened = open_stage(project, stage, emulator=emulator)
    client, recorded = opened.client(), recorded_resources(opened)
    client.expect(None if recorded.workspace == UNNAMED else recorded.workspace)
    stack = f"{opened.project.name}/{stage}"
    # The API keeps no metadata with a file, so that none carries a mark.
    marked = list_candidates(client, (facts for kind, facts in FACTS.items() if kind != "file"))
    unknown = [(candidate, owner_of(client, candidate)) for candidate in marked if candidate.id not in recorded.ids]
    ours = tuple((candidate, mark) for candidate, mark in unknown if stack_of(mark) == stack)
    return Orphans(client, stage, ours, stateless=not recorded.applied)


def remove_orphans(orphans: Orphans, confirm: Callable[[str], bool] | None) -> Iterator[str]:
    """Archive or delete each, as its kind does, after a question.

    `confirm` None answers it with yes, but not where the state is empty: then every live object of the stage would go.

    Raises:
        Refused: the answer is no, or this stage does not accept `--yes`.
    """
    if confirm is None and orphans.stateless:
        raise Refused("--yes is not taken while the stage's state records nothing: all of its live objects would go")
    if confirm and not confirm(f"Remove these {len(orphans.candidates)}?"):
        raise Refused("nothing was changed").with_cause_shown()
    context = Context(orphans.client, LiveCache(orphans.client))
    for candidate, _ in orphans.candidates:
        yield f"{candidate} {remove(context, Subject(candidate.facts, candidate.label), candidate.id)}"
