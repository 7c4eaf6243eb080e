"""The result of a promotion or a rollback as JSON for programs, under names that do not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.commands.promote.report import changed_files
from pulumi_managed_agents.release.rollback import Move  # noqa: TC001 - the schema is made from it
from pulumi_managed_agents.review.status import Proof, proof_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.commands.promote.report import Promotion

FileAction = Literal["added", "changed", "removed"]
ACTIONS: Mapping[str, FileAction] = {"+": "added", "~": "changed", "-": "removed"}


@dataclass(frozen=True)
class ChangedFile:
    """A file that changes.

    Attributes:
        file: The file, from the project's folder.
        action: What happens to it.
    """

    file: str
    action: FileAction


@dataclass(frozen=True)
class Left:
    """What stays as it is.

    Attributes:
        name: Its name.
        reason: Why, as a clause.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Promoted:
    """What is handed to the next stage.

    Attributes:
        name: Its name.
        digest: The digest of an agent's or a deployment's definitions; empty for what no proof covers.
        proof: What proves it; null if it is allowed without proof, or none covers it.
    """

    name: str
    digest: str
    proof: Proof | None


@dataclass(frozen=True)
class PromotionReport:
    """A promotion, or with --backport what is taken back.

    Attributes:
        source: The stage that has proved what is promoted.
        target: The stage that takes it.
        backport: Whether changes of the target are taken into the files of the source instead.
        written: Whether the files are written; not with --dry-run, nor where nothing changes.
        promoted: What is handed over.
        removed: What is gone from the source, and so from the target.
        left: What is not promoted, and why.
        files: The definition files that change.
        refusals: What the target's gate still refuses then, a line each.
        known: What else the gate has to say, a line each.
        namesakes: Names in both stages that may clash, a line each.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    source: str
    target: str
    backport: bool
    written: bool
    promoted: tuple[Promoted, ...] = ()
    removed: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    files: tuple[ChangedFile, ...] = ()
    refusals: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    namesakes: tuple[str, ...] = ()
    schema_version: int = 1


@dataclass(frozen=True)
class EarlierFiles:
    """An agent or a deployment whose files are put back.

    Attributes:
        name: Its name.
        commit: The git commit that they are taken from.
        proof: What proves that content.
    """

    name: str
    commit: str
    proof: Proof


@dataclass(frozen=True)
class RollbackReport:
    """A roll-back: of files, or with --pins of what serves.

    Attributes:
        stage: The stage.
        pins: Whether pins and deployments moved, and no definition file.
        moved: With --pins: the agents that serve an earlier version.
        restored: Without: what is put back.
        left: What stays as it is, and why.
        files: The definition files that changed; with --pins the stack file that keeps the decision.
        shared_with: Stages that are made of the same files.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    stage: str
    pins: bool
    moved: tuple[Move, ...] = ()
    restored: tuple[EarlierFiles, ...] = ()
    left: tuple[Left, ...] = ()
    files: tuple[ChangedFile, ...] = ()
    shared_with: tuple[str, ...] = ()
    schema_version: int = 1


def left(reasons: Mapping[str, str]) -> tuple[Left, ...]:
    """What stays, in the order of the names."""
    return tuple(Left(name, reason) for name, reason in sorted(reasons.items()))


def promotion_report(promotion: Promotion, *, written: bool) -> PromotionReport:
    """A promotion that was worked out, and perhaps written."""
    selection, judgement = promotion.selection, promotion.judgement
    promoted = []
    for name, part in sorted(selection.chosen.items()):
        receipt = promotion.receipts.get(name)
        promoted.append(Promoted(name, part.root.digest if part.root else "", proof_by(receipt) if receipt else None))
    return PromotionReport(
        source=promotion.source.name,
        target=promotion.target.name,
        backport=False,
        written=written and bool(promotion.changes),
        promoted=tuple(promoted),
        removed=tuple(selection.gone),
        left=left(selection.skipped),
        files=tuple(
            ChangedFile(promotion.target.shown(path), ACTIONS[sign]) for sign, path in changed_files(promotion)
        ),
        refusals=tuple(map(str, judgement.refusals)),
        known=tuple(map(str, judgement.known)),
        namesakes=promotion.name_collisions,
    )
