"""Lockfiles of `ant apply`, as far as they say what a file is."""

from __future__ import annotations

import json


def agents_in_lockfile(text: str) -> list[str]:
    """Return the Markdown files that a lockfile calls agents, by their paths from its folder; none for another file."""
    if not ('"origin"' in text and '"resources"' in text):
        return []
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    resources = content.get("resources") if isinstance(content, dict) else None
    entries = resources.items() if isinstance(resources, dict) else ()
    return [
        file
        for file, entry in entries
        if file.endswith(".md") and isinstance(entry, dict) and entry.get("kind") == "agent"
    ]
