from __future__ import annotations

from typing import TYPE_CHECKING

from journey_stack import needs_pulumi

if TYPE_CHECKING:
    from journey_server import Server
    from journey_stack import Stack

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
    """The up fails with assertion, reply and transcript, other pins move, and only the red test runs again."""
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
