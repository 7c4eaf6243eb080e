"""Smoke tests: sessions against the agents just deployed, their assertions, transcripts and results.

What holds sessions is loaded at first use: a program that only declares them needs no HTTP client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.result import MemoryStore, Result, Target, Test

if TYPE_CHECKING:
    from pulumi_managed_agents.smoke.run import run_all

__all__ = ["MemoryStore", "Result", "Target", "Test", "run_all"]


def __getattr__(name: str) -> Any:
    if name == "run_all":
        from pulumi_managed_agents.smoke.run import run_all

        return run_all
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
