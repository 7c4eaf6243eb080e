"""Smoke tests: sessions against the agents just deployed, their assertions, transcripts and results.

`run_all` is loaded at first use, because a program that only declares tests needs no HTTP client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.result import AttachedStore, RunnableTest, SmokeResult, SmokeTarget

if TYPE_CHECKING:
    from pulumi_managed_agents.smoke.run import run_all

__all__ = ["AttachedStore", "RunnableTest", "SmokeResult", "SmokeTarget", "run_all"]


def __getattr__(name: str) -> Any:
    if name == "run_all":
        from pulumi_managed_agents.smoke.run import run_all

        return run_all
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
