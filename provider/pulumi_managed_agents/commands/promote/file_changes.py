"""What a promotion would do to the target's files, by a comparison three ways: source, target, last promoted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.commands.promote.closure_files import content_digest
from pulumi_managed_agents.commands.promote.origins import base_of
from pulumi_managed_agents.stage.definition import is_url
from pulumi_managed_agents.stage.skill_lock import pin_from

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from pulumi_managed_agents.commands.promote.origins import Origins
    from pulumi_managed_agents.commands.promote.stage_folder import StageFolder
    from pulumi_managed_agents.files.git import Git

Verdict = Literal["same", "write", "remove", "keep", "changed", "both", "unknown"]
"""What becomes of the target's file, and why.

``same``: it has the content already. ``write``, ``remove``: nobody else touched it. ``keep``: it is the target's own.
``changed``: the target changed it, the source did not. ``both``: each changed it. ``unknown``: the two differ, and
nothing shows which is newer.
"""

CONFLICTS: tuple[Verdict, ...] = ("changed", "both", "unknown")


def verdict(
    source: str | None, target: str | None, base: str | None, known_earlier: Callable[[], bool] = lambda: False
) -> Verdict:
    """Judge one file by the digests of both stages and of what was last promoted; None if there is no such file.

    `known_earlier` is called only without a base: whether the target's content is an earlier one of the source's file.
    """
    if source == target:
        return "same"
    if target == base:
        return "remove" if source is None else "write"
    # It was never promoted: the file is the target's own.
    if base is None and source is None:
        return "keep"
    if base is None:
        return "write" if known_earlier() else "unknown"
    return "changed" if source == base else "both"


@dataclass(frozen=True)
class ThreeWay:
    """How to read a file of both stages, and the digests of what was last promoted, by path.

    `known_earlier` says whether the target's content of a path is an earlier one of the source's file.
    """

    source: Callable[[str], bytes | None]
    target: Callable[[str], bytes | None]
    base: Mapping[str, str]
    known_earlier: Callable[[str], bool] = lambda _: False

    def verdict(self, path: str) -> Verdict:
        """Judge one file."""
        source, target = self.source(path), self.target(path)
        source_digest, target_digest = _digest(source), _digest(target)
        # They differ in line endings alone: no edit, and brought in line.
        if source is not None and source_digest == target_digest and source != target:
            return "write"
        return verdict(source_digest, target_digest, self.base.get(path), lambda: self.known_earlier(path))


def three_way(source: StageFolder, target: StageFolder, origins: Origins, git: Git) -> ThreeWay:
    """Both stages as their files are, with the base in `origins`; git knows the source's earlier contents."""

    def known_earlier(path: str) -> bool:
        content = target.read(path)
        if is_url(path) and content is not None:
            return git.ever_held(source.path(path), pin_from(content).commit)
        return content is not None and git.earlier_contents(source.path(path), content)

    return ThreeWay(source.read, target.read, base_of(origins), known_earlier)


@dataclass(frozen=True)
class FileChanges:
    """The paths to write and to remove; `conflicts` maps those that stop the promotion to why."""

    writes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    conflicts: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def touched(self) -> frozenset[str]:
        """Every path that changes."""
        return frozenset((*self.writes, *self.removes))


def file_changes(
    source_files: Iterable[str], gone: Iterable[str], still_used: Collection[str], three_way: ThreeWay
) -> FileChanges:
    """Judge the `source_files`, to be as in the source, and those `gone` from what earlier promotions brought.

    `still_used` are the target's files that other parts need: they stay.
    """
    leaving = set(gone) - set(source_files) - set(still_used)
    verdicts = {path: three_way.verdict(path) for path in sorted(set(source_files))}
    # Judged as if the source had none, even where it still has the file for others.
    verdicts |= {
        path: verdict(None, _digest(three_way.target(path)), three_way.base.get(path)) for path in sorted(leaving)
    }
    return FileChanges(
        writes=tuple(path for path, outcome in verdicts.items() if outcome == "write"),
        removes=tuple(path for path, outcome in verdicts.items() if outcome == "remove"),
        conflicts={path: outcome for path, outcome in verdicts.items() if outcome in CONFLICTS},
    )


def _digest(content: bytes | None) -> str | None:
    return None if content is None else content_digest(content)
