"""`managed-agents promote FROM TO --backport`: take what was changed in the target back into the source.

A hotfix then goes the way of every change: it is proved in the source and promoted again. No proof is asked here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.promote.closure_files import content_digest, parts_of
from pulumi_managed_agents.commands.promote.file_changes import CONFLICTS, three_way
from pulumi_managed_agents.commands.promote.origins import as_text, came_from, path_of, read_origins
from pulumi_managed_agents.commands.promote.report import difference
from pulumi_managed_agents.commands.promote.result import ChangedFile, PromotionReport
from pulumi_managed_agents.commands.promote.selection import named, with_members
from pulumi_managed_agents.commands.promote.stage_copy import copied_stage, placed
from pulumi_managed_agents.commands.promote.stage_folder import stage_folder
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.errors import Conflict, InputError, Refused
from pulumi_managed_agents.files.git import Git
from pulumi_managed_agents.files.written_files import changes_to, write_all
from pulumi_managed_agents.output.reports import CommandResult

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.commands.promote.closure_files import PromotablePart
    from pulumi_managed_agents.commands.promote.file_changes import Verdict
    from pulumi_managed_agents.commands.promote.origins import Origins
    from pulumi_managed_agents.commands.promote.result import FileAction
    from pulumi_managed_agents.commands.promote.stage_folder import StageFolder


def backport(
    root: Path, source: str, target: str, only: Collection[str], *, emulator: bool, dry_run: bool
) -> CommandResult[PromotionReport]:
    """Write the target's changes into the source's files; what is taken, and what to type next.

    Raises:
        InputError: a stage cannot be read, or the source could not with what is taken back.
        Conflict: a file was changed on both sides.
        Refused: a file of the source would be overwritten that git does not have.
    """
    backporter = Backporter.of(stage_folder(root, source), stage_folder(root, target), only)
    taken = backporter.taken()
    files = tuple(ChangedFile(backporter.source.shown(path), backporter.action(path)) for path in taken)
    report = PromotionReport(source, target, backport=True, written=bool(taken) and not dry_run, files=files)
    if not taken:
        return CommandResult((f"{target} has no change that {source} lacks; nothing was written",), report)
    lines = []
    for path in taken:
        lines.append(f"{target} → {source}: {backporter.source.shown(path)}")
        lines += [f"    {line}" for line in difference(backporter.source, backporter.target, path)]
    if dry_run:
        return CommandResult((*lines, "Nothing was written (--dry-run)."), report)
    write_all(changes_to(backporter.changes(taken)))
    return CommandResult((*lines, *backporter.next_steps(emulator=emulator)), report)


@dataclass(frozen=True)
class Backporter:
    """Both sides, the parts to take back on each, and what was promoted last."""

    source: StageFolder
    target: StageFolder
    parts: Mapping[str, PromotablePart]
    present: Mapping[str, PromotablePart]
    origins: Origins
    git: Git

    @classmethod
    def of(cls, source: StageFolder, target: StageFolder, only: Collection[str]) -> Backporter:
        """Read both stages."""
        if source.shares_folder_with(target):
            raise InputError(f"{source.name} and {target.name} are made of the same files: nothing to take back")
        origins = read_origins(path_of(target.root, target.name))
        stage, roots = source.load()
        parts = parts_of(stage, source.root, roots)
        stage, roots = target.load()
        present = parts_of(stage, target.root, roots)
        chosen = with_members(parts, named(parts, only, {*origins, *present}))
        present = {name: part for name, part in present.items() if not only or name in chosen or name in only}
        return cls(source, target, chosen, present, origins, Git(source.root))

    def taken(self) -> list[str]:
        """The paths to take back; raises where the source would lose something, or could not be read with them."""
        verdicts = {path: verdict for path, verdict in self._verdicts().items() if verdict in CONFLICTS}
        both = [path for path, verdict in verdicts.items() if verdict == "both"]
        if both:
            differences = [
                line for path in both for line in [f"  {path}:", *difference(self.source, self.target, path)]
            ]
            advice = "write what should hold into both files, then promote again"
            raise Conflict("\n".join([f"changed on both sides since the last promotion; {advice}", *differences]))
        for path in verdicts:
            if not self.git.is_committed(self.source.path(path)):
                raise Refused(f"{self.source.shown(path)} has changes that are not committed; commit them first")
        taken = [*verdicts, *(self._needed_besides() if verdicts else [])]
        with copied_stage(self.source) as copy:
            copy.with_changes({path: self.target.read(path) for path in taken}, "what would be taken back")
        return taken

    def action(self, path: str) -> FileAction:
        """What happens to a file of the source that is taken back."""
        if self.target.read(path) is None:
            return "removed"
        return "added" if self.source.read(path) is None else "changed"

    def changes(self, taken: Collection[str]) -> dict[Path, bytes | None]:
        """The source's files, and the target's record, in which the change is the base from now on."""
        contents = {path: self.target.read(path) for path in taken}
        digests = {path: content_digest(content) for path, content in contents.items() if content is not None}
        origins = {
            name: replace(origin, files=_rebased(origin.files, taken, digests)) for name, origin in self.origins.items()
        }
        record = path_of(self.target.root, self.target.name)
        return placed(self.source.location, contents) | ({record: as_text(origins).encode()} if origins else {})

    def next_steps(self, *, emulator: bool) -> Iterator[str]:
        """Where the change has to go from here: to the first stage, which proves it."""
        source, target = self.source.name, self.target.name
        earlier = self.source.gate.verified_in or came_from(self.source.root, self.source.name)
        if earlier:
            onwards = command_line(f"promote {earlier} {source} --backport", emulator=emulator)
            yield f"Next: {source} takes only what {earlier} has proved, so take it there as well: `{onwards}`"
        else:
            up, promote = (
                command_line(words, emulator=emulator) for words in (f"up {source}", f"promote {source} {target}")
            )
            yield f"Next: review with `git diff`, then `{up}` proves it, and `{promote}` hands the proof over"

    def _verdicts(self) -> dict[str, Verdict]:
        """Every file that was promoted or would be."""
        names = self.parts.keys() | self.present.keys()
        earlier = {path for name in names if name in self.origins for path in self.origins[name].files}
        paths = earlier | {path for part in self.parts.values() for path in part.all_files}
        files = three_way(self.source, self.target, self.origins, self.git)
        return {path: files.verdict(path) for path in sorted(paths)}

    def _needed_besides(self) -> list[str]:
        """Files that the target's definitions need and the source has none of."""
        needed = {path for part in self.present.values() for path in part.files}
        return sorted(path for path in needed if self.source.read(path) is None)


def _rebased(files: Mapping[str, str], taken: Collection[str], digests: Mapping[str, str]) -> dict[str, str]:
    """The digests of an origin with those of the files that are taken back; what the target has removed is gone."""
    others = {path: digest for path, digest in files.items() if path not in taken}
    return others | {path: digests[path] for path in files if path in digests}
