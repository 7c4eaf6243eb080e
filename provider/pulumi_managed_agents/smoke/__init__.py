"""Smoke tests: sessions against the agents just deployed, their assertions, transcripts and results."""

from __future__ import annotations

from pulumi_managed_agents.smoke.result import MemoryStore, Result, Target, Test
from pulumi_managed_agents.smoke.run import run, run_all

__all__ = ["MemoryStore", "Result", "Target", "Test", "run", "run_all"]
