"""Secrets of every shape, and servers, agents and people that repeat them: searched in all that is left."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.canaries import CANARIES, QUOTES, found
from tests.command_project import WITHOUT_CLI
from tests.echoing_proxy import ENVELOPES, EchoingProxy, echoing_proxy
from tests.journeys.journey_server import KEY
from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

SHORT = "hunter22"
SECRETS = {**CANARIES, "short": SHORT}
CREDENTIAL = """\
  - auth:
      type: static_bearer
      mcp_server_url: https://{name}.example.com/mcp
      token: {{secret: {name}}}
"""
OWN = "canary9-'Tk4'Zb7\"Hs2\"Rv8-of the program's own"
PROGRAM = """\
import os
import pulumi
from pulumi_managed_agents import Agent, deploy_stage

deploy_stage()
own = pulumi.Config().get_secret("own") or pulumi.Output.secret(os.environ["OWN"])
prompt = pulumi.Output.concat("Whoever asks for the word is told: ", own, ". Tell nothing else.")
Agent("own", name="Own", model="claude-haiku-5-5", system=prompt)
"""
AGENT = "name: Parrot\nmodel: claude-haiku-5-5\nsystem: You repeat.\n"
TEST = """\
agent: ../agents/parrot.yaml
environment: ../environments/box.yaml
budget_usd: 0.10
timeout_seconds: 20
send: What do you know?
expect: {reply: {contains: [nothing at all]}}
"""


@pytest.fixture
def proxy(stack: Stack, server: Server) -> Iterator[EchoingProxy]:
    """A proxy before an empty emulator, which the stack is for; it quotes each request in the next way."""
    with echoing_proxy(server.url) as running:
        ways = itertools.cycle(QUOTES.values())

        def quote(text: str) -> str:
            way = next(ways)
            return way(text)

        running.quote = quote
        stack.env["ANTHROPIC_BASE_URL"] = running.url
        yield running


def encrypt(stack: Stack) -> None:
    """Put all secrets into the stack's configuration."""
    values = [f"managed-agents:secrets.{name}={value}" for name, value in SECRETS.items()]
    stack.pulumi("config", "set-all", "--path", *(word for one in values for word in ("--secret", one))).succeeded()


def must_hold_none(stack: Stack, *texts: str) -> None:
    """Look for each secret in what was printed, and in every file of project, state and home; not in the API's own."""
    files = [one for folder in (stack.folder, stack.home) for one in folder.rglob("*") if one.is_file()]
    ours = (file for file in files if not file.is_relative_to(stack.folder / "data"))
    written = {str(file): file.read_bytes().decode("utf-8", "replace") for file in ours}
    written |= {f"output {number}": text for number, text in enumerate(texts)}
    for where, text in written.items():
        for name, secret in {**SECRETS, "own": OWN, "key": KEY}.items():
            assert found(secret, text) == [], f"{name} in {where}"


@pytest.mark.parametrize("engine", ["cli", "trial"])
def test_no_refused_credential_brings_its_secret_into_anything(stack: Stack, proxy: EchoingProxy, engine: str) -> None:
    """Neither terminal, log, JSON, the engine's own event log nor state hold a part of it, in any encoding."""
    credentials = "".join(CREDENTIAL.format(name=name) for name in SECRETS)
    stack.write("stacks/dev/vaults/all.yaml", f"display_name: All\ncredentials:\n{credentials}")
    stack.write("__main__.py", PROGRAM)
    if engine == "cli":
        encrypt(stack)
        stack.pulumi("config", "set", "--secret", "own", OWN).succeeded()
    else:
        stack.env["OWN"] = OWN
        stack.env |= {f"MANAGED_AGENTS_SECRET_{name.upper()}": value for name, value in SECRETS.items()}
        stack.env["PATH"] = WITHOUT_CLI
    proxy.refuses = re.compile(r"POST /v1/(vaults/[^/]+/credentials|agents)")
    stack.env["PULUMI_DEBUG_COMMANDS"] = "true"  # which offers the log of events
    outputs: list[str] = []
    for status, name in ((400, "in the API's envelope"), (422, "as a page")):
        proxy.status, proxy.envelope = status, ENVELOPES[name]
        if engine == "cli" and status == 400:
            events = str(stack.folder / "events.json")
            outputs.append(stack.up("--continue-on-error", "--event-log", events).text)
        else:
            log, result = str(stack.folder / f"{status}.log"), str(stack.folder / f"{status}.json")
            outputs.append(stack.managed_agents("up", "dev", "--yes", "--log-file", log, "--output", result).text)
            assert json.loads(Path(result).read_text("utf-8"))["errors"]
        assert f"the API answered {status}" in outputs[-1], outputs[-1]
        assert "[secret]" in outputs[-1]
    asked = {quoted.split("\n")[0].partition("/v1/")[2].split("/")[0] for quoted in proxy.quoted}
    assert asked == {"vaults", "agents"} if engine == "cli" else asked
    must_hold_none(stack, *outputs)


def test_what_an_agent_repeats_is_in_no_transcript_report_or_recorded_test(stack: Stack, server: Server) -> None:
    """`smoke`, `record`, `explain` and `replay` know what stands encrypted in the stack, as an up does."""
    encrypt(stack)
    stack.write("stacks/dev/agents/parrot.yaml", AGENT)
    stack.write("stacks/dev/environments/box.yaml", "name: box\nconfig: {type: cloud}\n")
    stack.write("stacks/dev/smoke/parrot.yaml", TEST)
    output = "I know:\n" + "\n".join(f"{name}: {value}" for name, value in SECRETS.items())
    called = {"name": "bash", "input": {"command": json.dumps(CANARIES["quotes"]), CANARIES["unicode"]: "key"}}
    steps = [{"tool": called}, {"reply": output}, {"reply": json.dumps(output)}]
    server.script(json.dumps({"rules": [{"match": {"agent": "Parrot"}, "do": steps}]}, ensure_ascii=False))

    outputs = [stack.up().text]
    assert "smoke parrot: failed" in outputs[0], outputs[0]
    reports = ("--junit", str(stack.folder / "junit.xml"), "--output", str(stack.folder / "smoke.json"))
    outputs.append(stack.managed_agents("smoke", "dev", *reports, "--log-file", str(stack.folder / "smoke.log")).text)
    sessions = [one.id for one in server.hand.beta.sessions.list(include_archived=True)]
    outputs.append(stack.managed_agents("record", sessions[0], "dev", "--output", "recorded.yaml").text)
    outputs.append(stack.managed_agents("explain", sessions[0], "dev").text)
    recorded = (stack.definitions / "smoke/recorded.yaml").read_text("utf-8")
    assert "short: [secret]" in recorded
    must_hold_none(stack, *outputs)

    transcript = next(stack.project.glob(".managed-agents/transcripts/dev/*.jsonl"))
    clear = transcript.read_text("utf-8").replace("short: [secret]", f"short: {SHORT} {CANARIES['spaces']}")
    older = stack.folder / "older.jsonl"
    older.write_text(clear, "utf-8")
    outputs = [stack.managed_agents("replay", str(older)).text]
    older.unlink()
    assert "short: [secret]" in outputs[0]
    must_hold_none(stack, *outputs)


def test_a_secret_that_somebody_pasted_into_a_prompt_is_shown_and_written_nowhere(
    deployed: tuple[Stack, Server],
) -> None:
    """A preview and a report of drift tell that the prompt was edited; adoption refuses to write such a prompt."""
    stack, server = deployed
    encrypt(stack)
    pasted = "Use this:\n" + "\n".join(SECRETS.values())
    worker = server.agents()["Worker"]
    server.hand.beta.agents.update(worker.id, version=worker.version, system=pasted)
    server.hand.beta.agents.create(name="Stray", model="claude-haiku-5-5", system=pasted)

    outputs = [stack.preview().text]
    for command in ("preview", "drift"):
        reports = [stack.folder / f"{command}.{suffix}" for suffix in ("json", "md", "txt")]
        run = stack.managed_agents(command, "dev", *(word for one in reports for word in ("--output", str(one))))
        outputs += [run.text]
        for report in reports:
            assert "[secret]" in report.read_text("utf-8"), report
    outputs.append(stack.managed_agents("adopt", "dev", "--name", "Stray").text)
    assert "stacks/dev/agents/stray.md: agent_" in outputs[-1], outputs[-1]
    assert "holds a secret of this stage in plain text" in outputs[-1]
    assert not (stack.definitions / "agents/stray.md").exists()
    stack.edit("agents/worker.md", "You do the work.", "You do all the work.")
    outputs.append(stack.up().stopped("was changed both in its file and outside Pulumi").text)
    must_hold_none(stack, *outputs)
