"""`managed-agents up` at a terminal: one run of the engine, which asks before it writes what a preview shows."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import FILES as SMALL
from tests.journeys.journey_stage import write_stage
from tests.journeys.production_stage import CANARY, FILES, SMOKE, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

GREEN = "rules: [{match: {agent: Triage}, do: [{reply: I triage.}]}]"
QUESTION = re.compile(r"^(?:.* (?:deleted|for ever): .*)?Deploy 'dev' to .*\[y/N\]: ", re.MULTILINE)
"""With what is gone for ever before it."""


@pytest.fixture
def stage(stack: Stack, server: Server) -> Stack:
    """A stage of every kind, whose program the command can run itself."""
    stack.run_in(sys.prefix)
    write_stage(stack, FILES | SMALL)
    stack.write("stacks/dev/smoke/triage.yaml", SMOKE)
    stack.env |= {**VARIABLES, "COLUMNS": "100"}
    server.script(GREEN)
    return stack


def runs_of_the_engine(stack: Stack) -> int:
    """How many runs of the engine that could write a state remembers."""
    return len(list((stack.folder / "backend").rglob("*.history.json")))


def asked(stack: Stack, answer: str) -> tuple[int, str, str]:
    """Answer the question of an up: the exit code, what was shown before the question, and what after it."""
    terminal, stdin = pty.openpty()
    os.write(terminal, f"{answer}\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_managed_agents.cli", "up", "dev"],
        cwd=stack.project,
        env=stack.environment(),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    os.close(stdin)
    os.close(terminal)
    found = QUESTION.search(done.stdout)
    assert found, done.stdout
    return done.returncode, done.stdout[: found.start()], done.stdout[found.end() :]


def review_in(text: str) -> list[str]:
    """The review among what was shown, line by line."""
    return [line.rstrip() for line in text[text.index("Stage dev") :].strip().splitlines()]


def edited(stack: Stack) -> None:
    """Edit a prompt, a secret, a file that is replaced; add an agent with a deployment, and drop another agent."""
    stack.edit("agents/worker.md", "You do the work.", "You do the work well.")
    stack.env["MANAGED_AGENTS_SECRET_CRM_TOKEN"] = f"{CANARY}-rotated"
    stack.edit("files/prices.csv", "a,b", "c,d")
    stack.write("stacks/dev/agents/extra.md", "---\nname: Extra\nmodel: claude-haiku-5-5\n---\nYou are extra.\n")
    nightly = FILES["deployments/nightly.md"].replace("Nightly", "Weekly").replace("triage.md", "extra.md")
    stack.write("stacks/dev/deployments/weekly.md", nightly)
    (stack.definitions / "agents/lead.yaml").unlink()


def drifted(stack: Stack, server: Server) -> None:
    """Somebody pauses a deployment, edits an agent by hand and archives a vault."""
    agent = server.agents()["Triage"]
    server.hand.beta.agents.update(agent.id, version=agent.version, description="By hand.", system="By hand.")
    server.hand.beta.deployments.pause(stack.id("deployments/nightly"))
    server.hand.beta.vaults.archive(stack.id("vaults/crm"))


def test_what_is_asked_is_what_a_preview_shows(stage: Stack, server: Server) -> None:
    """For a first up, for edits, for drift, and for a test alone; a no changes nothing, and a yes is no further run."""
    changes: list[Callable[[], None]] = [
        lambda: None,
        lambda: edited(stage),
        lambda: drifted(stage, server),
        lambda: stage.edit("smoke/triage.yaml", "[triage]", "[I triage]"),
    ]
    for change in changes:
        change()
        shown = stage.managed_agents("preview", "dev").succeeded()
        server.writes()
        code, before, after = asked(stage, "n")
        assert review_in(before) == review_in(shown.text)
        assert (code, after.strip(), server.writes()) == (7, "nothing was changed", [])

        runs = runs_of_the_engine(stage)
        code, before, after = asked(stage, "y")
        assert code == 0, after
        assert review_in(before) == review_in(shown.text)
        assert runs_of_the_engine(stage) == runs + 1
        assert stage.managed_agents("preview", "dev").says("nothing to change")
        assert CANARY not in before + after + stage.export()
