"""Pulumi's options and commands that have nothing to do with us work on our resources as on any."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.journeys.journey_stack import Stack, needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server

pytestmark = needs_pulumi

PROGRAM = """\
import pulumi

from pulumi_managed_agents import Agent, Environment, MemoryStore

Options = pulumi.ResourceOptions
slow = pulumi.CustomTimeouts(create="1m")
store = MemoryStore("store", opts=Options(retain_on_delete=True, custom_timeouts=slow))
Environment("box", name="Box", opts=Options(replacement_trigger="one"))
hidden = Options(additional_secret_outputs=["system"], depends_on=[store])
Agent("agent", model="claude-haiku-5-5", system="A canary.", opts=hidden)
"""
MOVED = PROGRAM.replace('Environment("box"', 'Environment("sandbox"').replace('"one"', '"two"')
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"


def urn(title: str, name: str) -> str:
    return f"urn:pulumi:dev::journey::pulumi-python:dynamic/managedagents:{title}::{name}"


def test_options_and_commands_of_pulumis_own(stack: Stack, server: Server) -> None:
    """A state that was renamed in and moved through a file, a saved plan, a trigger, a target, a secret output."""
    stack.write("__main__.py", PROGRAM)
    made = stack.up().succeeded()
    assert made.says("warning", "store: custom_timeouts has no effect")
    assert SECRET_SIGNATURE in stack.outputs()["agent"]["system"]
    box = stack.id("box")

    stack.pulumi("state", "rename", urn("Environment", "box"), "sandbox", "--yes").succeeded()
    stack.pulumi("stack", "export", "--file", "state.json").succeeded()
    stack.pulumi("stack", "import", "--file", "state.json").succeeded()
    stack.write("__main__.py", MOVED)
    plan = stack.preview("--save-plan", "plan.json").succeeded()
    assert plan.tally == {"to replace": 1, "unchanged": 4}
    assert stack.up("--plan", "plan.json").succeeded().tally == {"replaced": 1, "unchanged": 4}
    assert list(server.environments()) == ["Box"]
    assert stack.id("sandbox") == server.environments()["Box"].id != box

    assert stack.refresh("--run-program").succeeded().tally == {"unchanged": 5}
    target = ("--target", urn("MemoryStore", "store"), "--target-dependents")
    assert stack.destroy(*target).succeeded().tally == {"deleted": 2, "unchanged": 3}
    assert (list(server.agents()), len(list(server.hand.beta.memory_stores.list()))) == ([], 1)


TWO_STACKS = """\
import pulumi

from pulumi_managed_agents import Agent, Credential, Environment, MemoryStore, Vault

auth = {"type": "static_bearer", "mcp_server_url": "https://crm.example/sse", "token": "canary"}
Credential("token", vault=Vault("crm"), auth=auth)
MemoryStore("kept")
MemoryStore("moving")
member = Agent("member", model="claude-haiku-5-5", system="One.")
Agent("lead", model="claude-haiku-5-5", multiagent={"type": "coordinator", "agents": [member]})
pulumi.export("member", {"id": member.id, "version": member.version})
"""
FAILING = TWO_STACKS.replace('MemoryStore("kept")', 'Environment("taken", name="Taken")').replace("One.", "Two.")
OTHER = """\
import pulumi

from pulumi_managed_agents import Agent, MemoryStore

dev = pulumi.StackReference("organization/journey/dev").require_output("member")
member = {"type": "agent", "id": dev["id"], "version": dev["version"].apply(int)}
MemoryStore("moving")
Agent("other", model="claude-haiku-5-5", multiagent={"type": "coordinator", "agents": [member]})
"""


def test_states_that_are_protected_moved_and_made_smaller(stack: Stack, server: Server) -> None:
    """Another secrets provider, what one failure leaves to be done, two stacks with a reference, a part destroyed."""
    stack.env["PULUMI_CONFIG_PASSPHRASE"] = "a passphrase"
    stack.write("__main__.py", TWO_STACKS)
    stack.up().succeeded()
    stack.pulumi("stack", "change-secrets-provider", "passphrase").succeeded()
    stack.pulumi("state", "protect", urn("MemoryStore", "kept"), "--yes").succeeded()

    server.hand.beta.environments.create(name="Taken")
    stack.write("__main__.py", FAILING)
    failed = stack.up("--continue-on-error")
    assert (failed.tally, failed.noise) == ({"updated": 2, "unchanged": 5, "errored": 3}, []), failed.text
    assert failed.says("environment 'taken': ", "has the name 'Taken' in this workspace")
    assert failed.says("MemoryStore::kept", "cannot be deleted")
    assert server.agents()["lead"].multiagent.agents[0].version == 2
    assert "canary" not in failed.text + stack.export()

    stack.pulumi("state", "unprotect", urn("MemoryStore", "kept"), "--yes").succeeded()
    stack.pulumi("state", "delete", urn("Agent", "lead"), "--yes").succeeded()
    other = Stack(stack.folder, stack.home, stack.env, "other")
    other.pulumi("stack", "init", "other", "--secrets-provider", "passphrase").succeeded()
    there = ("--source", "dev", "--dest", "organization/journey/other")
    moving = stack.id("moving")
    stack.pulumi("state", "move", *there, urn("MemoryStore", "moving"), "--yes").succeeded()
    stack.write("__main__.py", TWO_STACKS.replace('MemoryStore("moving")\n', "").replace("One.", "Two."))
    lead = server.agents()["lead"].id
    found = stack.up().succeeded()
    assert found.says("agent 'lead' exists already, made by an earlier run of this stack", lead)
    assert found.tally == {"created": 1, "unchanged": 6}
    stack.write("__main__.py", OTHER)
    assert other.up().succeeded().tally == {"created": 2, "unchanged": 2}
    assert other.id("moving") == moving
    assert server.agents()["other"].multiagent.agents[0].id == stack.id("member")

    refused = stack.destroy("--target", urn("Vault", "crm"))
    assert refused.says("Credential::token", "was not specified in --target list")
    only = stack.destroy("--target", urn("Vault", "crm"), "--target-dependents").succeeded()
    assert only.tally == {"deleted": 2, "unchanged": 5}
    assert not list(server.hand.beta.vaults.list())
    assert set(server.agents()) == {"member", "lead", "other"}


INLINE = """\
import json

import pulumi
from pulumi import automation

from pulumi_managed_agents import Agent, Environment, deploy_stage, get_models


def program():
    box = Environment("box")
    agent = Agent("inline", model=get_models()[0].id, metadata={"box": box.id})
    pulumi.export("pins", {"inline": agent.version})


def ran(stack):
    try:
        done = stack.up()
        return {"changes": done.summary.resource_changes, "pins": done.outputs["pins"].value}
    except automation.errors.CommandError as error:
        return {"error": str(error)}


stack = automation.create_or_select_stack("inline", project_name="inline", program=program)
first_runs = [ran(stack), ran(stack)]
stack.workspace.program = lambda: deploy_stage(definitions="stacks/bad")
print(json.dumps([*first_runs, ran(stack)]))
"""


def test_a_program_of_the_automation_api(stack: Stack, server: Server) -> None:
    """It deploys, then has nothing to do; mistakes in files are reported as in any program, and it goes on."""
    stack.write("stacks/bad/agents/bad.md", "---\nname: Bad\nmodl: claude-haiku-5-5\n---\nHello.\n")
    stack.write("inline.py", INLINE)
    # As in an activated virtual environment: an inline program's provider is run by the Python that is found first.
    given = {"PATH": f"{Path(sys.executable).parent}:{stack.environment()['PATH']}", "PULUMI_CONFIG_PASSPHRASE": "any"}
    environment = {key: value for key, value in stack.environment().items() if key != "PULUMI_STACK"} | given
    command = [sys.executable, "inline.py"]
    done = subprocess.run(command, cwd=stack.project, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    first, second, bad = json.loads(done.stdout)
    assert first == {"changes": {"create": 4}, "pins": {"inline": 1}}
    assert second == {"changes": {"same": 4}, "pins": {"inline": 1}}
    assert "stacks/bad/agents/bad.md:2: model: is required" in bad["error"]
    assert "Traceback" not in bad["error"]
    assert set(server.agents()) == {"inline"}
