"""What can be promoted, with its files: each root with its closure, and definitions that belong to no root."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from pulumi_managed_agents.files.names import nfc
from pulumi_managed_agents.kinds.skill.bundle import IGNORE_FILE
from pulumi_managed_agents.release.root import closure
from pulumi_managed_agents.stage import references_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import SmokeFile, Stage

PROMOTED_WITH_OTHERS = ("agent", "deployment", "credential")
"""Kinds that are roots, or are written in the file of another definition."""


@dataclass(frozen=True)
class PromotablePart:
    """A root with its closure, or a definition that no root uses (`root` is None) with its own.

    `members` are resource names, its own included. `files` are the paths below the stage folder of all that the
    definitions need, `tests` those of the smoke tests about any agent among the members, with what these need.
    """

    name: str
    root: Root | None
    members: frozenset[str]
    files: frozenset[str]
    tests: frozenset[str] = frozenset()

    @property
    def all_files(self) -> frozenset[str]:
        """What is promoted with it."""
        return self.files | self.tests


def parts_of(stage: Stage, project_dir: Path, roots: Mapping[str, Root]) -> dict[str, PromotablePart]:
    """Everything of a stage as parts, by name."""
    files = _Files(stage, project_dir)
    parts = {name: files.part(name, root) for name, root in roots.items()}
    covered = frozenset[str]().union(*(part.all_files for part in parts.values()))
    others = [files.part(defined.name) for defined in stage.definitions if defined.kind not in PROMOTED_WITH_OTHERS]
    return parts | {part.name: part for part in others if not part.files <= covered}


def content_digest(content: bytes) -> str:
    """The digest that shows whether a file changed; line endings and Unicode form of a text do not count."""
    with suppress(UnicodeDecodeError):
        content = nfc(content.decode("utf-8").replace("\r\n", "\n")).encode()
    return sha256(content).hexdigest()


class _Files:
    """Which files are behind the names of a stage's definitions."""

    def __init__(self, stage: Stage, project_dir: Path) -> None:
        self._stage = stage
        self._folder = project_dir / stage.folder
        self._definitions = {definition.name: definition for definition in stage.definitions}

    def part(self, name: str, root: Root | None = None) -> PromotablePart:
        """A root or another definition with its closure."""
        members = frozenset(closure(self._definitions, name))
        tests = [test for test in self._stage.smoke if test.agent in members] if root else []
        test_files = frozenset[str]().union(*map(self._of_test, tests))
        return PromotablePart(name, root, members, self._of(members), test_files)

    def _of(self, names: Iterable[str]) -> frozenset[str]:
        files: set[str] = set()
        for name in names:
            definition = self._definitions[name]
            files.update(definition.files)
            # The ignore file is no part of the bundle, but decides what is.
            ignore = f"{name}/{IGNORE_FILE}"
            if definition.bundle and (self._folder / ignore).exists():
                files.add(ignore)
        return frozenset(files)

    def _of_test(self, test: SmokeFile) -> frozenset[str]:
        used = {reference.target for _, reference in references_in(test.body)} & self._definitions.keys()
        members = {name for target in used for name in closure(self._definitions, target)}
        return self._of(members) | frozenset(test.files)
