"""Lockfiles of `ant apply`, as far as they say what a file is, or at which commit a skill was taken."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import read_bytes
from pulumi_managed_agents.kinds.skill.github import COMMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.kinds.skill.github import GitHub

_HASHES = ("hash", "remote_hash")
_COMMIT_INSIDE = re.compile(rf"(?<![0-9a-f]){COMMIT.pattern}(?![0-9a-f])")


def agents_in_lockfile(text: str) -> list[str]:
    """The Markdown files that a lockfile calls agents, by their paths from its folder; none for another file."""
    resources = _content(text).get("resources")
    entries = resources.items() if isinstance(resources, dict) else ()
    return [
        file
        for file, entry in entries
        if file.endswith(".md") and isinstance(entry, dict) and entry.get("kind") == "agent"
    ]


def _content(text: str) -> dict[str, Any]:
    """What a lockfile says; nothing for another file."""
    # Any JSON file of a folder may be asked about, and few are lockfiles: most are excluded without parsing.
    if not ('"origin"' in text and '"resources"' in text):
        return {}
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def commits_of_ant_apply(location: Location, github: GitHub) -> dict[str, str]:
    """The commits at which lockfiles of `ant apply` hold skills, by URL: those in the folder, and above it."""
    folder, project = location.folder.resolve(), location.project_dir.resolve()
    above = (
        folder.parents[: len(folder.relative_to(project).parts)]
        if folder.is_relative_to(project)
        else folder.parents[:1]
    )
    files = [*sorted(folder.glob("*.json")), *(folder_above / "claude-lock.json" for folder_above in above)]
    commits: dict[str, str] = {}
    for file in files:
        with suppress(InputError, ValueError, RecursionError):
            for url, commit in _commits(_content(read_bytes(file, file.name).decode()), github):
                # A lockfile inside the folder is nearer to its files than one above.
                commits.setdefault(url, commit)
    return commits


def _commits(value: Any, github: GitHub, owner: str = "") -> Iterator[tuple[str, str]]:
    """Each URL that is a key, or a value beside others, with the commit that is with it."""
    if isinstance(value, list):
        for entry in value:
            yield from _commits(entry, github)
    if not isinstance(value, dict):
        return
    texts = [text for key, text in value.items() if isinstance(text, str) and key not in _HASHES]
    urls = [owner, *texts] if owner else texts
    commit = next((match[0] for text in texts if (match := _COMMIT_INSIDE.search(text))), "")
    for text in urls if commit else ():
        if github.is_url(text):
            with suppress(InputError):
                yield github.parse(text).key, commit
    for key, entry in value.items():
        if isinstance(entry, str) and github.is_url(key) and COMMIT.fullmatch(entry):
            with suppress(InputError):
                yield github.parse(key).key, entry
        yield from _commits(entry, github, key if github.is_url(key) else owner)
