"""A program of a project `shop`, run by the trial engine against an emulator."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.trial import TrialEngine
from tests.journeys.journey_server import KEY, Server, emulator
from tests.quick_start.beginning import quick_start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Event, RunOutcome


@dataclass
class TrialProgram:
    """A program on disk with its stage `dev`; `events` are those of the last run."""

    folder: Path
    server: Server
    events: list[Event] = field(default_factory=list)

    def write(self, files: dict[str, str]) -> None:
        """Write files of the project."""
        for name, text in files.items():
            path = self.folder / "project" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    @property
    def engine(self) -> TrialEngine:
        """The engine for the project as it is on disk."""
        own = {"PATH": os.environ["PATH"], "ANTHROPIC_BASE_URL": self.server.url, "ANTHROPIC_API_KEY": KEY}
        env = quick_start() | own
        return TrialEngine(project_dir=self.folder / "project", stage="dev", state_dir=self.folder / "state", env=env)

    def run(self, operation: str) -> RunOutcome:
        """Run an operation of the engine."""
        self.events.clear()
        outcome: RunOutcome = getattr(self.engine, operation)(self.events.append)
        return outcome

    def succeeded(self, operation: str) -> RunOutcome:
        """The same, of one that must succeed."""
        outcome = self.run(operation)
        assert outcome.ok, self.events
        return outcome

    def recorded(self) -> dict[str, dict[str, Any]]:
        """What the state holds, by the last types and the name of the URN."""
        prefix = "pulumi-python:dynamic/managedagents:"
        return {one["urn"].split("::", 2)[2].replace(prefix, ""): one for one in self.engine.resources()}


@contextmanager
def trial_program(folder: Path) -> Iterator[TrialProgram]:
    """A project without a program yet, and an empty workspace, for the length of the block."""
    with emulator(folder / "data") as server:
        program = TrialProgram(folder, server)
        runtime = f"{{name: python, options: {{virtualenv: {json.dumps(sys.prefix)}}}}}"
        program.write({"Pulumi.yaml": f"name: shop\nstackConfigDir: stacks\nruntime: {runtime}\n"})
        (folder / "project/stacks").mkdir()
        yield program
