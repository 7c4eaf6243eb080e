"""`managed-agents promote FROM TO`: hand what one stage has proved to the next, as a change to review.

Only files are written, and only when everything is sure: values, configuration and what is live stay as they are.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.promote.closure_files import content_digest, parts_of
from pulumi_managed_agents.commands.promote.file_changes import three_way
from pulumi_managed_agents.commands.promote.origins import Origin, as_text, path_of, read_origins
from pulumi_managed_agents.commands.promote.report import (
    Promotion,
    lines,
    must_have_no_conflicts,
    name_collisions,
    pull_request,
)
from pulumi_managed_agents.commands.promote.result import PromotionReport, promotion_report
from pulumi_managed_agents.commands.promote.selection import Proofs, Selection, Selector
from pulumi_managed_agents.commands.promote.stage_copy import copied_stage, placed
from pulumi_managed_agents.commands.promote.stage_folder import receipts_from, stage_folder
from pulumi_managed_agents.engine.project import command_line, read_project
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.files.git import Git
from pulumi_managed_agents.files.written_files import changes_to, content_of, write_all
from pulumi_managed_agents.output.reports import CommandResult
from pulumi_managed_agents.release.judgement import judge
from pulumi_managed_agents.release.ledger import in_order, ledger_path, read_receipts, write_receipts
from pulumi_managed_agents.release.receipt import digest_of as digest_of_digests

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pulumi_managed_agents.commands.promote.closure_files import PromotablePart
    from pulumi_managed_agents.commands.promote.file_changes import FileChanges
    from pulumi_managed_agents.commands.promote.stage_copy import StageCopy
    from pulumi_managed_agents.commands.promote.stage_folder import StageFolder
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Stage

RECEIPTS_KEPT = 5
"""Receipts of a root in the target's ledger: for the present content and for going back."""


def promote(
    root: Path,
    source: str,
    target: str,
    only: Collection[str],
    *,
    emulator: bool,
    dry_run: bool = False,
    pr_body: str | None = None,
) -> CommandResult[PromotionReport]:
    """Promote what is proven, or with `dry_run` only report; all that a person should know.

    `pr_body` is where the body of a pull request goes: a file, or ``-`` for standard output. Raises as `prepare` does.
    """
    promotion = prepare(root, source, target, only, emulator=emulator)
    # The lines compare with the files as they are before the change.
    unseen = filter(None, [read_project(root.resolve(), target).unseen])
    result = CommandResult(
        (*lines(promotion, written=not dry_run), *unseen), promotion_report(promotion, written=not dry_run)
    )
    body = pull_request(promotion)
    if not dry_run:
        write_all(changes_to(promotion.changes))
    if pr_body == "-":
        sys.stdout.write(body)
    elif pr_body:
        Path(pr_body).write_text(body, encoding="utf-8")
    return result


def prepare(root: Path, source: str, target: str, only: Collection[str], *, emulator: bool) -> Promotion:
    """Work out what a promotion would write.

    Raises:
        InputError: a stage cannot be read, or the target could not with what is promoted.
        Conflict: the target was changed since the last promotion; holds the difference.
        Refused: the target's gate takes nothing from the source, or nothing that is named is proven there.
    """
    with ExitStack() as stack:
        folders = stage_folder(root, source), stage_folder(root, target)
        context = PromotionContext.read(*folders, stack, emulator=emulator)
        selection = context.selector.select(only)
        must_have_no_conflicts(context.source, context.target, selection.file_changes.conflicts, emulator=emulator)
        if not selection.chosen and not selection.gone:
            raise Refused(_nothing(context.source, context.target, selection))
        return context.promotion(selection)


@dataclass(frozen=True)
class PromotionContext:
    """All that a promotion depends on: the source as it is (`stage`), and a copy of the target to try changes on."""

    source: StageFolder
    stage: Stage
    target: StageFolder
    selector: Selector
    copy: StageCopy
    now: datetime
    emulator: bool

    @classmethod
    def read(cls, source: StageFolder, target: StageFolder, stack: ExitStack, *, emulator: bool) -> PromotionContext:
        """Read everything a promotion depends on; the copy lives as long as `stack`."""
        _must_be_in_order(source, target, emulator=emulator)
        origins = read_origins(path_of(target.root, target.name))
        stage, roots = source.load()
        copy = stack.enter_context(copied_stage(target))
        now = datetime.now(UTC)
        present: dict[str, PromotablePart] = {}
        if target.folder.is_dir():
            target_stage, target_roots = copy.load()
            present = parts_of(target_stage, copy.project, target_roots)
        proofs = Proofs(
            replace(target.gate, verified_in=source.name),
            tuple(receipts_from(source, target, emulator=emulator)),
            command_line(f"up {source.name}", emulator=emulator),
            source.shown(),
            now,
        )
        selector = Selector(
            parts=parts_of(stage, source.root, roots),
            present=present,
            origins=origins,
            three_way=three_way(source, target, origins, Git(source.root)),
            proofs=proofs,
            after=lambda changes: _target_after(changes, copy, source)[1],
        )
        return cls(source, stage, target, selector, copy, now, emulator)

    def promotion(self, selection: Selection) -> Promotion:
        """What is written for a selection."""
        receipts = {
            name: receipt
            for name, part in selection.chosen.items()
            if part.root and (receipt := self.selector.proofs.receipt(part.root))
        }
        files, target = selection.file_changes, self.target
        contents = {path: self.source.read(path) for path in files.writes} | dict.fromkeys(files.removes)
        changes = placed(target.location, contents)
        changes |= self._records(selection, receipts)
        stage, roots = _target_after(files, self.copy, self.source)
        issued = self.selector.proofs.receipts
        spell = partial(command_line, emulator=self.emulator)
        new = {target.shown(path) for path in files.writes if target.read(path) is None}
        return Promotion(
            source=self.source,
            target=target,
            selection=selection,
            receipts=receipts,
            changes={path: content for path, content in changes.items() if content != content_of(path)},
            judgement=judge(stage, roots, issued, target.gate, self.now, spell, only=selection.chosen),
            name_collisions=tuple(name_collisions(self.stage, stage, new)),
            emulator=self.emulator,
        )

    def _records(self, selection: Selection, receipts: Mapping[str, Receipt]) -> dict[Path, bytes | None]:
        """The target's receipts and where its roots came from."""
        stage, root = self.target.name, self.target.root
        origins = {name: origin for name, origin in self.selector.origins.items() if name not in selection.gone}
        now, commit = self.now.isoformat(timespec="seconds"), Git(root).head()
        for name, part in selection.chosen.items():
            files = {path: content_digest(self.source.read(path) or b"") for path in sorted(part.all_files)}
            fresh = Origin(self.source.name, part.root.digest if part.root else "", now, commit, files)
            origins[name] = origins[name] if fresh.same_as(origins.get(name)) else fresh
        ledger, draft = ledger_path(root, stage), ledger_path(self.copy.project, stage)
        # Written in the copy: the real ledger changes with all other files, or not at all.
        write_receipts(draft, merged_receipts(read_receipts(ledger), receipts.values(), self.selector.proofs.receipts))
        return {path_of(root, stage): as_text(origins).encode(), ledger: draft.read_bytes()}


def _must_be_in_order(source: StageFolder, target: StageFolder, *, emulator: bool) -> None:
    if source.name == target.name:
        raise InputError(f"'{source.name}' cannot be promoted to itself")
    verified_in = target.gate.verified_in
    if verified_in and verified_in != source.name:
        right = command_line(f"promote {verified_in} {target.name}", emulator=emulator)
        raise Refused(
            f"{target.name} takes only what {verified_in} has proved (managed-agents:verifiedIn), so nothing from "
            f"{source.name}; `{right}`"
        )


def _nothing(source: StageFolder, target: StageFolder, selection: Selection) -> str:
    reasons = "\n".join(f"  {name}: {reason}" for name, reason in sorted(selection.skipped.items()))
    what = f"nothing can be promoted from {source.name} to {target.name}, and nothing was written"
    return f"{what}:\n{reasons}" if reasons else f"{what}: {source.shown()} holds no definitions"


def _target_after(changes: FileChanges, copy: StageCopy, source: StageFolder) -> tuple[Stage, dict[str, Root]]:
    """The target as it would be with these changes."""
    contents = {path: source.read(path) for path in changes.writes} | dict.fromkeys(changes.removes)
    return copy.with_changes(contents, "what would be promoted")


def merged_receipts(ledger: Iterable[Receipt], new: Collection[Receipt], issued: Iterable[Receipt]) -> list[Receipt]:
    """Merge new receipts into the ledger; the issuer's latest copy wins (`issued` are all that it has).

    A failure is taken over for all that the ledger holds of the same content, whichever tests failed.
    """
    # To write an edited receipt again would make it look as if nobody had edited it.
    merged = {_subject(receipt): receipt for receipt in ledger if not receipt.edited}
    for receipt in (*issued, *new):
        subject = _subject(receipt)
        revokes = not receipt.passed and any(known[:3] == subject[:3] for known in merged)
        if subject in merged or revokes or receipt in new:
            merged[subject] = max(receipt, merged.get(subject, receipt), key=lambda copy: copy.finished)
    by_root = groupby(in_order(merged.values()), key=lambda receipt: receipt.root)
    return [receipt for _, receipts in by_root for receipt in list(receipts)[:RECEIPTS_KEPT]]


def _subject(receipt: Receipt) -> tuple[str, str, str, str]:
    """What a receipt is about: the content of a root on a stage, and with which tests and environments."""
    ran_in = {name: content.digest for name, content in receipt.ran_in.items()}
    return receipt.root, receipt.digest, receipt.stage, digest_of_digests({**receipt.tests, **ran_in})
