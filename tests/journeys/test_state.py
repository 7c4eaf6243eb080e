from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi.dynamic.dynamic import serialize_provider

from managed_agents_emulator.settings import DEFAULT_WORKSPACE
from pulumi_managed_agents.dynamic import Entry
from tests.journeys.journey_server import emulator
from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

CANARY = "sk-ant-canary-4f1e9c77"
ROTATED = f"{CANARY}-rotated"
COMMAND = Path(sys.executable).with_name("managed-agents")
PROMPT = "Canary 4f1e9c77."
PROGRAM = f"""\
import pulumi

from pulumi_managed_agents import Agent

Agent("triage", model="claude-haiku-5-5", system=pulumi.Output.secret("{PROMPT}"))
"""
SMOKE = """\
agent: ../agents/worker.md
environment: ../environments/box.yaml
budget_usd: 0.10
send: Hello
expect: {stop_reason: end_turn}
"""


def test_the_state_names_the_provider_in_one_short_plain_word(unserved: Stack) -> None:
    """Every resource carries the reference that the installed SDK would write, in clear, as users' states must."""
    references = {one["inputs"]["__provider"] for one in unserved.resources().values()}
    assert references == {serialize_provider(Entry())}
    assert all(len(reference) < 80 for reference in references)


def test_a_secret_prompt_is_nowhere_in_clear(stack: Stack, server: Server) -> None:
    """A secret Output may stand in any field: not in the state, however short, nor in what drift prints of it."""
    stack.write("__main__.py", PROGRAM)
    runs = [stack.up_with_preview("--diff").succeeded()]
    assert server.agents()["triage"].system == PROMPT
    exports = [stack.export()]

    server.hand.beta.agents.update(stack.id("triage"), version=1, system=f"{PROMPT} Really.")
    runs += [stack.preview("--diff").succeeded(), stack.refresh().succeeded()]
    assert all(run.says("agent 'triage'", "system another secret") for run in runs[1:])
    exports.append(stack.export())
    runs.append(stack.up().succeeded())
    assert server.agents()["triage"].system == PROMPT
    exports.append(stack.export())
    assert [text for text in [run.text for run in runs] + exports if PROMPT in text] == []


def test_the_key_is_told_to_the_server_alone(unserved: Stack) -> None:
    """A key from the stack's secret configuration is in no output, export, transcript, or other file.

    Rotated, it is a matter of configuration alone: nothing of the state is edited, and nothing is to do.
    """
    del unserved.env["ANTHROPIC_API_KEY"]
    unserved.write("stacks/dev/smoke/worker.yaml", SMOKE)
    with emulator(unserved.folder / "data", **{CANARY: DEFAULT_WORKSPACE}) as server:
        unserved.env["ANTHROPIC_BASE_URL"] = server.url
        unserved.pulumi("config", "set", "--secret", "managed-agents:apiKey", CANARY).succeeded()
        run = unserved.up_with_preview("--diff").succeeded()
        exported = unserved.export()
    with emulator(unserved.folder / "data", **{ROTATED: DEFAULT_WORKSPACE}) as server:
        unserved.env["ANTHROPIC_BASE_URL"] = server.url
        unserved.preview().stopped("(managed-agents:apiKey) is not accepted")
        unserved.pulumi("config", "set", "--secret", "managed-agents:apiKey", ROTATED).succeeded()
        rotated = unserved.preview().succeeded()
        doctor = subprocess.run(
            [COMMAND, "doctor", "dev"],
            cwd=unserved.project,
            env=unserved.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert rotated.tally.keys() == {"unchanged"}
    assert "ok   credential: managed-agents:apiKey\n" in doctor.stdout
    assert list(unserved.project.glob(".managed-agents/transcripts/dev/*.jsonl"))
    files = [path for path in unserved.folder.rglob("*") if path.is_file()]
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []
    assert CANARY not in run.text + exported + rotated.text + doctor.stdout + doctor.stderr
