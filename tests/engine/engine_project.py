"""A project on disk, and what the tests of the engines ask about it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.reconcile.mark import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Event, ResourceStep, RunOutcome
    from pulumi_managed_agents.engine.pulumi_cli import PulumiCli
    from pulumi_managed_agents.engine.trial import TrialEngine


ENGINES = ("trial", pytest.param("cli", marks=pytest.mark.pulumi_cli))
"""What a test that is for both engines is parametrized with."""


@dataclass
class Project:
    """A project on disk: its program, the API behind its provider, and the engine that runs it."""

    root: Path
    new_engine: Callable[[Path], TrialEngine | PulumiCli]
    events: list[Event] = field(default_factory=list)

    @cached_property
    def engine(self) -> TrialEngine | PulumiCli:
        """The engine under test."""
        return self.new_engine(self.root)

    def run(self, operation: str, program: str | None = None, *arguments: Any) -> RunOutcome:
        """Run an operation, with another program if one is given."""
        if program is not None:
            header = "import pulumi\nfrom pulumi import ResourceOptions as Options\nfrom ledger import Entry\n"
            (self.root / "__main__.py").write_text(header + program, "utf-8")
        (self.root / "calls.jsonl").unlink(missing_ok=True)
        self.events = []
        outcome: RunOutcome = getattr(self.engine, operation)(self.events.append, *arguments)
        return outcome

    def calls(self, *kinds: str) -> list[str]:
        """The calls that the provider got in the last run, as ``kind name``, in order; by default those that write."""
        wanted_kinds = kinds or ("create", "update", "delete")
        return [f"{call['kind']} {call['name']}" for call in self.arguments() if call["kind"] in wanted_kinds]

    def arguments(self) -> list[dict[str, Any]]:
        """The calls that the provider got in the last run, whole."""
        path = self.root / "calls.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def live(self) -> dict[str, dict[str, Any]]:
        """What the API holds, by id."""
        return {path.stem: json.loads(path.read_text("utf-8")) for path in (self.root / "api").glob("*.json")}

    def recorded(self) -> dict[str, dict[str, Any]]:
        """What the state holds, by the name in the URN; the stack aside."""
        entries = [entry for entry in self.engine.resources() if entry["type"] != STACK_TYPE]
        return {entry["urn"].split("::", 3)[3]: entry for entry in entries}


def operations(outcome: RunOutcome) -> dict[str, str]:
    """What was done to each resource, the stack aside."""
    return {step.name: step.op for step in outcome.steps if step.type != STACK_TYPE}


def ended(outcome: RunOutcome, name: str) -> ResourceStep:
    """The last step of a resource."""
    return [step for step in outcome.steps if step.name == name][-1]
