"""What can be wrong with one place of a body, before its file and line are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

FieldPath: TypeAlias = tuple[str | int, ...]
Severity: TypeAlias = Literal["error", "warning"]

LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class Problem:
    """One thing to say about one place; `path` are the keys and list positions the user wrote, from the top.

    A required field that is missing has the path it would have.
    """

    path: FieldPath
    message: str
    severity: Severity = "error"

    @property
    def field(self) -> str:
        """The path as people write it: ``tools[1].configs[0].name``; empty for the whole body."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{_printable(str(step))}" for step in self.path)
        return "".join(steps).removeprefix(".")


def quoted(name: str) -> str:
    """A name out of a file inside a message: in quotes, on one line, clipped."""
    return repr(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…")


def _printable(key: str) -> str:
    return key if key.isprintable() else repr(key)
