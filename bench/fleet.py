"""A fleet as real ones are: prompts of 900 characters, tools with an override, metadata, an environment per ten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Body = dict[str, Any]

RULES = (
    "Read the whole ticket before you answer, and say which of its statements you could check. ",
    "Never promise a refund, a date or a discount; name the person who can. ",
    "Quote the page of the handbook that you rely on, and keep a quotation below three lines. ",
    "Where two rules contradict each other, take the newer one and say so. ",
    "Write in the language of the customer, in sentences of at most twenty words. ",
    "Do not run a command that you cannot undo; write down what you would have run. ",
)
PROMPT_LENGTH = 900


def agent(number: int) -> Body:
    """The body of an agent."""
    text = f"You are desk {number} of the support team, and you answer for product line {number % 17}. "
    while len(text) < PROMPT_LENGTH:
        text += RULES[(number + len(text)) % len(RULES)]
    return {
        "name": f"Desk {number}",
        "model": "claude-haiku-5-5",
        "description": f"Answers tickets of product line {number % 17}.",
        "system": text[:PROMPT_LENGTH].strip(),
        "tools": [{"type": "agent_toolset_20260401", "configs": [{"name": "bash", "enabled": False}]}],
        "metadata": {"team": f"support-{number % 5}", "cost-centre": str(4000 + number % 40)},
    }


def environment(number: int) -> Body:
    """The body of an environment."""
    hosts = [f"api-{number}.example.com", "handbook.example.com"]
    return {
        "name": f"Room {number}",
        "config": {"type": "cloud", "networking": {"type": "limited", "allowed_hosts": hosts}},
    }


def fleet(agents: int) -> dict[str, dict[str, Body]]:
    """All bodies by kind and name."""
    return {
        "agents": {f"desk-{number}": agent(number) for number in range(agents)},
        "environments": {f"room-{number}": environment(number) for number in range((agents + 9) // 10)},
    }


def write_definitions(stage: Path, agents: int) -> Path:
    """Write the files of a stage; the one of its first agent."""
    for kind, bodies in fleet(agents).items():
        folder = stage / kind
        folder.mkdir(parents=True)
        for name, body in bodies.items():
            # JSON is YAML, and the file format of an agent is front matter with the prompt below it.
            front = {key: value for key, value in body.items() if key != "system"}
            text = f"---\n{json.dumps(front, indent=1)}\n---\n{body['system']}\n" if "system" in body else ""
            (folder / f"{name}.{'md' if text else 'yaml'}").write_text(text or json.dumps(body, indent=1), "utf-8")
    return stage / "agents" / "desk-0.md"
