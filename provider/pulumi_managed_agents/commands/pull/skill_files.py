"""The files of a skill of which somebody else uploaded a version, together with those on disk. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_managed_agents.reconcile.merged_text import merged_text

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class SkillFiles:
    """What becomes of the files, by name below the skill's directory.

    Attributes:
        writes: New contents; None removes a file.
        clashes: Those with clash markers.
        kept: Those that both sides changed and that cannot be merged: they stay, and why.
        merged: Those in which the changes of both sides are.
    """

    writes: dict[str, bytes | None] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)


def merged_files(base: Mapping[str, bytes], file: Mapping[str, bytes], live: Mapping[str, bytes]) -> SkillFiles:
    """Bring the live changes of a skill into its files; `base` is the version last applied."""
    files = SkillFiles()
    for name in sorted({*base, *file, *live}):
        was, here, there = base.get(name), file.get(name), live.get(name)
        # Nobody changed it live, or the file says the same already.
        if there in (here, was):
            continue
        if here == was:
            files.writes[name] = there
            continue
        texts = [_text(content) for content in (was if was is not None else b"", here, there)]
        if here is None or there is None:
            side = "removed here and changed live" if here is None else "changed here and removed live"
            files.kept[name] = side
        elif any(text is None for text in texts):
            files.kept[name] = "changed here and live, and no text that could be merged"
        else:
            merged = merged_text(*map(str, texts))
            content = merged.text.encode()
            (files.clashes if merged.clashes else files.merged).append(name)
            if content != here:
                files.writes[name] = content
    return files


def _text(content: bytes | None) -> str | None:
    """What a file says, or None if it is no text."""
    if content is None or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
