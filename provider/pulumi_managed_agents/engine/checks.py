"""What was looked at, whether it is well, and what to type where it is not. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.results import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `advice` is what to type where it is not well."""

    name: str
    ok: bool
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f" -> {self.advice}" if self.advice else ""
        return f"{'ok  ' if self.ok else 'BAD '} {self.name}: {self.detail}{advice}"


def written(checks: Iterable[Check], form: str) -> str:
    """The checks in one of the forms ``text`` and ``json``."""
    found = list(checks)
    if form == "json":
        return as_json({"ok": all(one.ok for one in found), "checks": [asdict(one) for one in found]})
    return "".join(f"{one}\n" for one in found)
