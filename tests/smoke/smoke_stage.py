"""The emulator's script for the smoke tests' tests, and a runner that keeps what was said."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents import smoke
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.api import Client

SCRIPT = """
rules:
- match: {message: "Where is order"}
  do:
  - reply: Let me look.
  - custom: {name: lookup_order, input: {id: 42}}
  - reply: "Order 42: $results"
- match: {message: "clean up"}
  do:
  - tool: {name: bash, input: {command: "rm -r build"}}
  - reply: "bash said: $results"
- match: {message: "read slowly"}
  do:
  - tool: {name: read, input: {file_path: /a}}
  - delay_ms: 600000
  - reply: Done.
- match: {message: "something dangerous"}
  do:
  - refusal: {explanation: That is dangerous.}
- match: {message: "something expensive"}
  do:
  - usage: {cost_cents: 1000}
  - reply: Costly.
- match: {message: "crash"}
  do:
  - error: {type: unknown_error, message: It broke., retry_status: terminal}
- match: {message: "too busy"}
  do:
  - error: {type: model_overloaded_error, message: Overloaded., retry_status: exhausted}
- match: {message: "hiccup"}
  do:
  - error: {type: model_overloaded_error, message: Overloaded., retry_status: retrying}
  - reply: Back again.
- match: {message: "chatter"}
  do:
  - reply: one
  - tool: {name: read, input: {file_path: /a}}
  - reply: two
  - tool: {name: read, input: {file_path: /b}}
  - reply: three
- match: {message: "write an essay"}
  do:
  - reply: Here.
  outcome: [needs_revision, satisfied]
- match: {message: "write it again"}
  do:
  - reply: Here.
  outcome: [needs_revision]
- match: {message: "write a report"}
  do:
  - file: {name: report.md, content: "Total: 42"}
  - reply: Done.
- match: {message: "write a bad essay"}
  do:
  - reply: Here.
  outcome: [failed]
"""

TOOLS = [
    {
        "type": "agent_toolset_20260401",
        "configs": [{"name": "bash", "permission_policy": {"type": "always_ask"}}],
    },
    {
        "type": "custom",
        "name": "lookup_order",
        "description": "Looks up an order.",
        "input_schema": {"type": "object"},
    },
]


class Stage:
    """Runs smoke tests and keeps what was said.

    The first line that holds `stop_at` stops the run; runs wait for seven others at a line that holds `meet_at`.
    """

    def __init__(self, client: Client, target: smoke.SmokeTarget, directory: Path) -> None:
        self.client = client
        self.target = target
        self.directory = directory
        self.said: list[str] = []
        self.stop = threading.Event()
        self.stop_at = "never"
        self.meet_at = "never"
        self.meeting = threading.Barrier(8, timeout=60)

    def test(self, name: str = "review", **body: Any) -> smoke.RunnableTest:
        """A test with such a file."""
        return smoke.RunnableTest(name, {"budget_usd": 0.25, "timeout_seconds": 120, **body}, self.target)

    def run(self, **body: Any) -> smoke.SmokeResult:
        """Run one such test, once."""
        KNOWN.add(["canary-value"])
        labels = {"stage": "dev"}
        return run(
            self.client,
            self.test(**body),
            directory=self.directory,
            say=self.say,
            stop=self.stop,
            labels=labels,
        )

    def run_all(self, *tests: smoke.RunnableTest, **options: Any) -> tuple[smoke.SmokeResult, ...]:
        """Run tests side by side."""
        return smoke.run_all(self.client, tests, directory=self.directory, say=self.say, stop=self.stop, **options)

    def say(self, line: str) -> None:
        """Keep a line of progress."""
        self.said.append(line)
        if self.stop_at in line:
            self.stop.set()
        if self.meet_at in line:
            self.meeting.wait()

    def sessions(self) -> dict[str, str | None]:
        """The sessions of this target that still exist, and when each was archived."""
        listed = self.client.sessions.list(agent_id=self.target.agent_id, include_archived="true")
        return {session["id"]: session["archived_at"] for session in listed}
