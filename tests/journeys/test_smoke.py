from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

from tests.journeys.journey_stack import Stack, needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server

pytestmark = needs_pulumi

TEST = """\
agent: ../agents/{agent}
environment: ../environments/box.yaml
budget_usd: 0.10
timeout_seconds: 20
send: What are you?
expect: {{stop_reason: end_turn, reply: {{contains: [{word}]}}}}
"""
HELPER = "name: Helper\nmodel: claude-haiku-5-5\nsystem: You help.\n"
SCRIPT = """
rules:
- {match: {agent: Worker}, do: [{reply: I am a worker.}]}
- {match: {agent: Helper}, do: [{reply: I am a helper.}]}
"""
TRANSCRIPT = ".managed-agents/transcripts/dev/worker-sesn_"


def served(stack: Stack) -> dict[str, int]:
    """The version each agent serves, as the release has it."""
    return {name: int(pin["version"]) for name, pin in stack.resources()["release"]["outputs"]["pins"].items()}


def test_a_red_test_holds_back_its_own_agent_until_it_is_green(deployed: tuple[Stack, Server]) -> None:
    """The up fails with assertion, reply and transcript, and only the red test runs again; then prod may take it."""
    stack, server = deployed
    server.script(SCRIPT)
    stack.write("stacks/dev/agents/helper.yaml", HELPER)
    stack.write("stacks/dev/smoke/worker.yaml", TEST.format(agent="worker.md", word="worker"))
    stack.write("stacks/dev/smoke/helper.yaml", TEST.format(agent="helper.yaml", word="helper"))
    first = stack.up().succeeded()
    assert first.says("smoke worker: passed")
    assert first.says("smoke helper: passed")

    server.script(SCRIPT.replace("I am a worker.", "I am a duck."))
    stack.edit("agents/worker.md", "You do the work.", "You quack.")
    stack.edit("agents/helper.yaml", "You help.", "You help more.")
    red = stack.up().stopped("smoke/worker.yaml: step 1: ", '"worker"', '"I am a duck."', TRANSCRIPT)
    assert red.says("smoke helper: passed")
    pins = served(stack)
    assert (pins["agents/worker"], pins["agents/helper"]) == (1, 2)
    assert len(list(stack.project.glob(TRANSCRIPT + "*.jsonl"))) == 2

    again = stack.up().stopped("smoke/worker.yaml: step 1: ")
    assert not again.says("smoke helper: running")

    server.script(SCRIPT)
    green = stack.up().succeeded()
    assert green.says("smoke worker: passed")
    assert not green.says("smoke helper: running")
    assert served(stack)["agents/worker"] == 2
    server.writes()
    assert stack.preview().succeeded().tally == {"unchanged": 10}
    assert server.writes() == []

    prod = Stack(stack.folder, stack.home, dict(stack.env), "prod")
    shutil.copytree(stack.definitions, prod.definitions)
    prod.init_stack()
    prod.configure(verifiedIn="dev")
    server.requests()
    refused = prod.up().stopped("stacks/prod/agents/lead.yaml: agents/lead: no smoke test is about it that runs in dev")
    assert not refused.says("error: ", "agents/worker")
    prod.configure(verifiedIn="nowhere")
    prod.preview().stopped("stacks/prod/agents/worker.md: agents/worker: nowhere has not proved it")
    assert server.requests() == []
    bound = re.search(r"\[{root: (\S+), digest: (\w{12}), effective: (\w{12}), ", refused.text)
    assert bound
    root, digest, effective = bound.groups()
    why = {"reason": "only hands out", "by": "the journey"}
    exemption = {"root": root, "digest": digest, "effective": effective, **why}
    prod.configure(verifiedIn="dev", unproven=json.dumps([exemption]))
    prod.preview().succeeded()


def test_a_run_that_leaves_steps_out_serves_nothing_unproven(deployed: tuple[Stack, Server]) -> None:
    """A coordinator that --target leaves out names its member's red version; a failed step leaves the pins alone."""
    stack, server = deployed
    server.script(SCRIPT)
    stack.write("stacks/dev/smoke/worker.yaml", TEST.format(agent="worker.md", word="worker"))
    stack.up().succeeded()
    assert (served(stack)["agents/worker"], served(stack)["agents/lead"]) == (1, 1)

    server.script(SCRIPT.replace("I am a worker.", "I am a duck."))
    stack.edit("agents/worker.md", "You do the work.", "You quack.")
    stack.up().stopped("smoke/worker.yaml: step 1: ")
    assert (served(stack)["agents/worker"], served(stack)["agents/lead"]) == (1, 1)

    server.script(SCRIPT)
    stack.edit("agents/worker.md", "You quack.", "You work.")
    urns = {name: one["urn"] for name, one in stack.resources().items()}
    some = [f"--target={urns[name]}" for name in ("agents/worker", "smoke-tests", "release", "proof")]
    stack.up(*some).succeeded()
    assert (served(stack)["agents/worker"], served(stack)["agents/lead"]) == (3, 1)

    stack.edit("agents/worker.md", "You work.", "You work hard.")
    server.inject({"method": "POST", "path": f"/v1/agents/{stack.id('agents/lead')}", "status": 400})
    stack.up("--continue-on-error").stopped("agents/lead")
    assert (served(stack)["agents/worker"], served(stack)["agents/lead"]) == (3, 1)
    stack.up().succeeded()
    assert served(stack)["agents/worker"] == 4
    assert served(stack)["agents/lead"] == int(stack.outputs()["agents/lead"]["version"])
