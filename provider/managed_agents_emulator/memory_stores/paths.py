"""Paths of memories: which are allowed, and what lies directly below one."""

from __future__ import annotations

import unicodedata

from managed_agents_emulator.store import Document


def check_path(path: str) -> str:
    """The path itself. Raises `ValueError` for one the API refuses."""
    segments = path.split("/")[1:]
    if not path.startswith("/") or not 1 <= len(segments) <= 20:
        raise ValueError("must start with / and have 1 to 20 segments")
    if any(segment in {"", ".", ".."} for segment in segments):
        raise ValueError("segments must not be empty, '.' or '..'")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in path):
        raise ValueError("must not contain control or format characters")
    if not unicodedata.is_normalized("NFC", path):
        raise ValueError("must be in Unicode Normalization Form C")
    if len(path.encode()) > 1024:
        raise ValueError("must have at most 1024 bytes")
    return path


def direct_children(memories: list[Document], prefix: str) -> list[Document]:
    """The memories directly below a prefix, and a `memory_prefix` for each deeper branch, in order of path."""
    found: dict[str, Document] = {}
    for memory in memories:
        head, deeper, _ = memory.body["path"].removeprefix(prefix).partition("/")
        path = prefix + head + deeper
        found[path] = memory
        if deeper:
            body = {"type": "memory_prefix", "path": path}
            found[path] = Document("memory_prefix", path, memory.workspace, body)
    return [found[path] for path in sorted(found)]
