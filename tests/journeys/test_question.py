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


def answered(stack: Stack, answer: str, *options: str) -> tuple[int, str]:
    """Run an up at a terminal where somebody has typed an answer: the exit code, and all that was shown."""
    terminal, stdin = pty.openpty()
    os.write(terminal, f"{answer}\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_managed_agents.cli", "up", "dev", *options],
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
    return done.returncode, done.stdout


def asked(stack: Stack, answer: str) -> tuple[int, str, str]:
    """The same: the exit code, what was shown before the question, and what after it."""
    code, shown = answered(stack, answer)
    found = QUESTION.search(shown)
    assert found, shown
    return code, shown[: found.start()], shown[found.end() :]


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
    code, before, after = asked(stage, "n")
    assert (code, after.strip(), server.writes()) == (7, "nothing was changed", [])
    changes: list[Callable[[], None]] = [
        lambda: None,
        lambda: edited(stage),
        lambda: drifted(stage, server),
        lambda: stage.edit("smoke/triage.yaml", "[triage]", "[I triage]"),
    ]
    for change in changes:
        change()
        shown = stage.managed_agents("preview", "dev").succeeded()
        runs = runs_of_the_engine(stage)
        code, before, after = asked(stage, "y")
        assert code == 0, after
        assert review_in(before) == review_in(shown.text)
        assert runs_of_the_engine(stage) == runs + 1
        assert CANARY not in before + after + stage.export()
    assert stage.managed_agents("preview", "dev").says("nothing to change")


def test_a_deployment_that_waits_is_asked_about_as_a_preview_shows_it(stage: Stack, server: Server) -> None:
    """It has no object yet, and gets one as soon as its agent has passed."""
    server.script(GREEN.replace("triage", "quack"))
    assert asked(stage, "y")[0] == 4
    server.script(GREEN)
    shown = stage.managed_agents("preview", "dev").succeeded()
    code, before, after = asked(stage, "y")
    assert (code, review_in(before)) == (0, review_in(shown.text)), after
    assert [one.name for one in server.hand.beta.deployments.list()] == ["Nightly"]


def test_nobody_is_asked_where_the_up_would_stop(stage: Stack, server: Server) -> None:
    """The review is shown with the reason, as by a preview, and nothing is written; what only moved is asked about."""
    assert asked(stage, "y")[0] == 0
    drifted(stage, server)
    stage.configure(onDrift="fail")
    shown = stage.managed_agents("preview", "dev")
    server.writes()
    code, text = answered(stage, "y")
    assert (code, server.writes()) == (shown.code, [])
    assert "An up would stop (refused)." in text
    assert review_in(shown.text)[:-1] == review_in(text)[:-1]
    assert not QUESTION.search(text)

    stage.configure(onDrift="heal")
    (stage.definitions / "agents/worker.md").rename(stage.definitions / "agents/helper.md")
    stage.edit("agents/lead.yaml", "./worker.md", "./helper.md")
    code, text = answered(stage, "n")
    assert (code, server.writes()) == (7, []), text
    assert "Probably only moved: agents/worker. Remove the old one for ever all the same? [y/N]: " in text
