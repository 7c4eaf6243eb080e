"""A parsed value that remembers where it was written.

Findings have to name a file and a line long after parsing: overrides merge a second file into the first, lists
shift, prose becomes a field. So the tree itself carries the places, and plain data is taken from it at the end.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar, a dict of nodes or a list of nodes; `line` counts from 1 and is that of the key where there is one."""

    value: Any
    file: str
    line: int

    def plain(self) -> Any:
        """Return the value as plain, unshared dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def place(self, path: Iterable[str | int]) -> tuple[str, int]:
        """Return file and line of the field at `path`, or of its nearest parent that is written down."""
        node = self
        for step in path:
            child = node.child(step)
            if child is None:
                break
            node = child
        return node.file, node.line

    def child(self, step: str | int) -> Node | None:
        """Return the entry of a dict or list, or None if there is none."""
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            entry: Node = self.value[step]
            return entry
        return None


_WORD = re.compile(r"[\w-]+")


def field_name(path: Iterable[str | int]) -> str:
    """Spell a path as findings show it: ``tools[1].configs[0].name``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _WORD.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text
