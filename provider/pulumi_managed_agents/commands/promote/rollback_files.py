"""`managed-agents rollback STAGE`: the files of what was proven before, out of git, as a change to review."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.promote.closure_files import content_digest, parts_of
from pulumi_managed_agents.commands.promote.origins import as_text, path_of, read_origins
from pulumi_managed_agents.commands.promote.result import ChangedFile, EarlierFiles, RollbackReport, left
from pulumi_managed_agents.commands.promote.stage_copy import copied_stage, placed
from pulumi_managed_agents.commands.promote.stage_folder import released, stage_folder
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import command_line, stages
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.files.git import Git
from pulumi_managed_agents.files.names import nfc
from pulumi_managed_agents.files.written_files import changes_to, write_all
from pulumi_managed_agents.output.reports import CommandResult
from pulumi_managed_agents.release.ledger import in_order
from pulumi_managed_agents.review.status import proof_by
from pulumi_managed_agents.stage.skill_lock import lock_path, pins_in
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.commands.promote.closure_files import PromotablePart
    from pulumi_managed_agents.commands.promote.result import FileAction
    from pulumi_managed_agents.commands.promote.stage_folder import StageFolder
    from pulumi_managed_agents.release.receipt import Receipt

COMMITS = 50
"""How far git's history of the folder is searched for a content whose receipt names no commit that has it."""


@dataclass(frozen=True)
class Earlier:
    """A root's files as they were proven: by path below the stage folder, out of `commit`."""

    receipt: Receipt
    commit: str
    contents: Mapping[str, bytes]


def roll_back_files(root: Path, stage: str, only: Collection[str], *, emulator: bool) -> CommandResult[RollbackReport]:
    """Write the last proven content before the present one of each root into the working tree.

    Raises:
        InputError: a root is unknown, or the stage could not be used with what would be written.
        Refused: for none of them is an earlier content known, both proven and in git.
    """
    here = stage_folder(root, stage)
    receipts = released(open_stage(here.root, stage, emulator=emulator)).receipts
    result = go_back(here, receipts, only)
    up = command_line(f"up {stage}", emulator=emulator)
    then = f"Next: review with `git diff`, commit, then `{up}` makes it live as new versions and proves them"
    return CommandResult((*result.lines, then), result.record)


def go_back(here: StageFolder, receipts: Iterable[Receipt], only: Collection[str]) -> CommandResult[RollbackReport]:
    """The same, by the receipts of what was proven on the stage."""
    by_root, missing = _earlier(here, in_order(receipts), only)
    lines = [f"  {name} stays: {why}" for name, why in sorted(missing.items())]
    changes = _changes(here, by_root)
    if not changes:
        raise Refused("\n".join([f"no agent or deployment of {here.name} can go back; nothing was written", *lines]))
    # Tried on a copy first, so that nothing is written with which the stage could not be used.
    with copied_stage(here) as copy:
        copy.with_changes(changes, "the earlier files")
    actions: dict[str, FileAction] = {
        path: "removed" if content is None else "added" if here.read(path) is None else "changed"
        for path, content in changes.items()
    }
    write_all(changes_to(placed(here.location, changes) | _origins(here, by_root)))
    for name, earlier in sorted(by_root.items()):
        lines.append(f"  {name}: as proven at {earlier.receipt.finished_at}, from commit {earlier.commit[:12]}")
    lines += [f"  {'-' if content is None else '~'} {here.shown(path)}" for path, content in changes.items()]
    sharing = [
        name for name in stages(here.root) if name != here.name and stage_folder(here.root, name).folder == here.folder
    ]
    if sharing:
        lines.append(f"  {here.shown()} is shared with {', '.join(sharing)}: the change is theirs as well")
    report = RollbackReport(
        here.name,
        pins=False,
        restored=tuple(
            EarlierFiles(name, earlier.commit, proof_by(earlier.receipt)) for name, earlier in sorted(by_root.items())
        ),
        left=left(missing),
        files=tuple(ChangedFile(here.shown(path), action) for path, action in actions.items()),
        shared_with=tuple(sharing),
    )
    return CommandResult(tuple(lines), report)


def _earlier(
    here: StageFolder, receipts: Collection[Receipt], only: Collection[str]
) -> tuple[dict[str, Earlier], dict[str, str]]:
    """What each root goes back to, and why others stay."""
    _, roots = here.load()
    for name in sorted(set(only) - roots.keys()):
        raise InputError(f"no agent or deployment of {here.name} is called '{name}'{suggestion_or_some(name, roots)}")
    history = History(here, Git(here.root))
    by_root: dict[str, Earlier] = {}
    missing: dict[str, str] = {}
    for name in only or roots:
        own = (receipt for receipt in receipts if receipt.root == name and receipt.passed)
        proven = [receipt for receipt in own if receipt.digest != roots[name].digest]
        earlier = next(filter(None, map(history.find, proven)), None)
        if earlier:
            by_root[name] = earlier
        else:
            missing[name] = "no commit has the content that was proven" if proven else "nothing else was proven here"
    return by_root, missing


@dataclass(frozen=True)
class Snapshot:
    """A stage at a commit: its files by path below the folder, and its parts; nothing if it could not be read."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    parts: Mapping[str, PromotablePart] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """Git's history of a stage's folder; each commit is read once."""

    here: StageFolder
    git: Git
    read: dict[str, Snapshot] = field(default_factory=dict)

    def find(self, receipt: Receipt) -> Earlier | None:
        """The files that a receipt is about: from its commit, or from the newest one that has this content."""
        commits = [receipt.commit] if receipt.commit else []
        for commit in [*commits, *self.git.commits_of(self.here.folder, COMMITS)]:
            if commit not in self.read:
                self.read[commit] = self._snapshot(commit)
            snapshot = self.read[commit]
            part = snapshot.parts.get(receipt.root)
            if part and part.root and part.root.digest == receipt.digest:
                return Earlier(receipt, commit, {path: snapshot.files[path] for path in part.all_files})
        return None

    def _snapshot(self, commit: str) -> Snapshot:
        here = self.here
        files = files_at(self.git, commit, here)
        values = self.git.file_at(commit, here.root / "stacks" / f"{here.name}.values.yaml")
        with copied_stage(here, files, values) as copy:
            try:
                stage, roots = copy.load()
                return Snapshot(files, parts_of(stage, copy.project, roots))
            except InputError:
                return Snapshot()


def files_at(git: Git, commit: str, here: StageFolder) -> dict[str, bytes]:
    """What a stage was made of at a commit, by path below its folder; a skill by URL is its pin."""
    files = {nfc(path): content for path, content in git.files_at(commit, here.folder).items()}
    lock = lock_path(here.location)
    pins = pins_in(content, lock.name) if (content := git.file_at(commit, lock)) else {}
    return files | {url: pin.as_bytes for url, pin in pins.items()}


def _changes(here: StageFolder, by_root: Mapping[str, Earlier]) -> dict[str, bytes | None]:
    """What to write, and what to remove since only the present content needs it."""
    contents = {path: content for earlier in by_root.values() for path, content in earlier.contents.items()}
    stage, roots = here.load()
    present = parts_of(stage, here.root, roots)
    leaving = _files(present, by_root.keys()) - _files(present, present.keys() - by_root.keys()) - contents.keys()
    changes: dict[str, bytes | None] = {
        path: content for path, content in contents.items() if here.read(path) != content
    }
    return dict(sorted((changes | dict.fromkeys(leaving)).items()))


def _files(parts: Mapping[str, PromotablePart], names: Collection[str]) -> set[str]:
    return {path for name in names for path in parts[name].all_files}


def _origins(here: StageFolder, by_root: Mapping[str, Earlier]) -> dict[Path, bytes | None]:
    """What was promoted is the earlier content again, so that the next promotion takes it for its base."""
    path = path_of(here.root, here.name)
    origins = read_origins(path)
    for name in by_root.keys() & origins.keys():
        files = {file: content_digest(content) for file, content in by_root[name].contents.items()}
        origins[name] = replace(origins[name], digest=by_root[name].receipt.digest, files=files)
    return {path: as_text(origins).encode()} if origins else {}
