"""The lockfile of skills that are fetched by URL: at which commit each is used, and what its files are.

It is edited by hand only to settle a merge: an entry is kept whole or not at all.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.document import decode, read_bytes
from pulumi_managed_agents.files.parsing import parse_json
from pulumi_managed_agents.files.written_files import changes_to, write_all
from pulumi_managed_agents.kinds.skill.github import COMMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.files.node import Node

LOCKFILE = "skills-lock.json"
"""Its name in a folder that stages share, and beside a program in Python."""
VERSION = 1
UPDATE = "managed-agents skills update"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class SkillPin:
    """What a URL stands for until it is updated.

    Attributes:
        ref: The branch, tag or commit in the URL.
        commit: The commit that it stood for.
        digest: Of the skill's files there.
        name: The name that its SKILL.md gives.
    """

    ref: str
    commit: str
    digest: str
    name: str

    @property
    def as_bytes(self) -> bytes:
        """The pin by itself, as stages hand it to each other."""
        return json.dumps(asdict(self), sort_keys=True).encode()


def lock_path(location: Location) -> Path:
    """Where a stage's lockfile is: beside its folder in ``stacks/``; in any other folder, which stages may share."""
    folder = location.folder
    if Path(os.path.abspath(folder.parent)) == Path(os.path.abspath(location.project_dir / "stacks")):  # noqa: PTH100 - links stay
        return folder.parent / f"{folder.name}.{LOCKFILE}"
    return folder / LOCKFILE


def read_pins(path: Path, shown: str) -> dict[str, SkillPin]:
    """The pins in a lockfile by URL; none if there is no file. Raises `InputError` with every finding."""
    return pins_in(read_bytes(path, shown), shown) if path.exists() else {}


def pins_in(content: bytes, shown: str) -> dict[str, SkillPin]:
    """The pins in a lockfile's content."""
    text = decode(content, shown)
    if clash := next((number for number, line in enumerate(text.split("\n"), 1) if line.startswith("<<<<<<< ")), 0):
        message = "git could not merge this: of each skill keep one entry, whole, and delete git's lines"
        raise InputError([Finding(shown, clash, "", message)])
    root = parse_json(text, shown)
    skills = root.child("skills") if root else None
    if root is None or skills is None or not isinstance(skills.value, dict):
        raise InputError(
            [Finding(shown, 1, "skills", f"is not an object; remove the file, and `{UPDATE}` writes a new one")]
        )
    if (version := root.plain().get("version")) != VERSION:
        raise InputError([Finding(shown, 1, "version", f"is {version!r}; this release reads {VERSION}")])
    findings: list[Finding] = []
    pins: dict[str, SkillPin] = {}
    for url, node in skills.value.items():
        wrong = list(_complaints(node))
        findings += [
            Finding(shown, node.line, f"skills.{url}", f"{why}; `{UPDATE} {url}` pins it again") for why in wrong
        ]
        if not wrong:
            pins[url] = SkillPin(**node.plain())
    if findings:
        raise InputError(findings)
    return pins


def pin_from(content: bytes) -> SkillPin:
    """A pin that another stage hands over."""
    return SkillPin(**json.loads(content))


def text_of(pins: Mapping[str, SkillPin]) -> bytes:
    """The content of a lockfile, an entry for each URL, in their order."""
    skills = {url: asdict(pins[url]) for url in sorted(pins)}
    return (json.dumps({"version": VERSION, "skills": skills}, indent=2, ensure_ascii=False) + "\n").encode()


def write_pins(path: Path, pins: Mapping[str, SkillPin]) -> None:
    """Write a lockfile whole, or leave it as it is; without pins there is none."""
    write_all(changes_to({path: text_of(pins) if pins else None}))


def _complaints(node: Node) -> Iterator[str]:
    entry = node.plain()
    fields = ("ref", "commit", "digest", "name")
    if (
        not isinstance(entry, dict)
        or set(entry) != set(fields)
        or not all(isinstance(entry[field], str) for field in fields)
    ):
        yield f"has to hold {', '.join(fields)}, each a text, and nothing else"
        return
    if not COMMIT.fullmatch(entry["commit"]):
        yield "commit is not the whole name of a commit"
    if not _DIGEST.fullmatch(entry["digest"]):
        yield "digest is not sha256: and 64 hex digits"


def without(pins: Mapping[str, SkillPin], dropped: Iterable[str]) -> dict[str, SkillPin]:
    """The pins of those URLs that are still used."""
    known = set(dropped)
    return {url: pin for url, pin in pins.items() if url in known}
