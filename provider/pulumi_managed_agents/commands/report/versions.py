"""How definition files came to be what they are: each commit that git has of them, its diff and the power it gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import decode, parse
from pulumi_managed_agents.files.names import TEMPLATE_SUFFIX
from pulumi_managed_agents.kinds.power import full_power, widened
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.wording import text_difference
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.stage.reader import fill

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.files.git import FileCommit, Git

VERSIONS = 20
"""How many of them are shown of one file."""

Body = dict[str, Any]


@dataclass(frozen=True)
class FileVersion:
    """What one commit made of a file: the lines of a diff, and what it lets the agent do that it could not before.

    The file's values and overrides are not in it, and of a template nothing is known of power.
    """

    commit: str
    author: str
    at: str
    subject: str
    what: str
    diff: tuple[str, ...]
    power: tuple[str, ...] = ()
    narrows: tuple[str, ...] = ()


def versions(git: Git, history: Iterable[FileCommit], files: Mapping[Path, str]) -> dict[Path, list[FileVersion]]:
    """The newest versions of files, given with the kind of each, newest first, as the history has them."""
    commits: dict[Path, list[tuple[FileCommit, str]]] = {file: [] for file in files}
    for commit in history:
        for file, blob in commit.blobs.items():
            if file in commits and len(commits[file]) <= VERSIONS:
                commits[file].append((commit, blob))
    contents = git.contents(blob for pairs in commits.values() for _, blob in pairs)
    return {file: list(_versions(pairs, contents, file, files[file])) for file, pairs in commits.items()}


def _versions(
    commits: list[tuple[FileCommit, str]], contents: Mapping[str, bytes], file: Path, kind: str
) -> Iterable[FileVersion]:
    """Each commit beside the one before it; the last one of many is only what the next one is compared with."""
    texts = [_text(contents.get(blob, b""), file) for _, blob in commits]
    bodies = [_body(text, file, kind) for text in texts]
    for place, (commit, blob) in enumerate(commits[:VERSIONS]):
        was, now = (texts[place + 1] if place + 1 < len(texts) else ""), texts[place]
        before, after = (bodies[place + 1] if place + 1 < len(texts) else {}), bodies[place]
        what = "removed" if not blob else "changed" if was else "added"
        power, narrows = _power(kind, before, after)
        diff = text_difference("", was, now).diff
        yield FileVersion(commit.id, commit.author, commit.at, commit.subject, what, diff, power, narrows)


def _text(content: bytes, file: Path) -> str:
    """A version of a file as text, without secrets; empty if it is not text."""
    try:
        return KNOWN.scrubber().text(decode(content, file.name))
    except InputError:
        return ""


def _body(text: str, file: Path, kind: str) -> Body:
    """What a file says, in its effective form; empty if that is not known."""
    if not text or file.name.endswith(TEMPLATE_SUFFIX):
        return {}
    try:
        body: Body = fill(parse(text, file.name, file.name), kind).plain()
        return FACTS[kind].effective(body, body, "")
    except (InputError, LookupError, TypeError, AttributeError):  # a commit may hold anything
        return {}


def _power(kind: str, before: Body, after: Body) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What somebody gained, and what they lost again, by the rules of the review."""
    try:
        if not (before and after):
            return ((full_power(kind, after),) if after else ()), ()
        pairs = ((before, after), (after, before))
        gained, lost = (tuple(dict.fromkeys(text for _, text in widened(kind, *pair))) for pair in pairs)
        return gained, lost
    except (LookupError, TypeError, AttributeError, ValueError):
        return (), ()
