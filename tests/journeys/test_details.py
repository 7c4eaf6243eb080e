"""What Pulumi's own previews and refreshes show of a change, and the options by which a program has a say in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Run, Stack

pytestmark = needs_pulumi

PROGRAM = """\
import pulumi

from pulumi_managed_agents import Agent, Credential, Environment, MemoryStore, Vault

Options = pulumi.ResourceOptions
schema = {"type": "object"}
custom = {"type": "custom", "name": "x", "description": "Does.", "input_schema": schema}
tools = [{"type": "agent_toolset_20260401"}, custom]


def leave_description(args):
    left = Options(ignore_changes=["description"])
    return pulumi.ResourceTransformResult(props=args.props, opts=Options.merge(args.opts, left))


Agent("healed", model="claude-haiku-5-5", system="Sort.", tools=tools[:1])
Agent("left", model="claude-haiku-5-5", system="Sort.", description="One.", opts=Options(ignore_changes=["system"]))
nested = Options(ignore_changes=["config.networking", "metadata.team"])
Environment("left", description="One.", config={"type": "cloud"}, metadata={"team": "orders"}, opts=nested)
MemoryStore("left", description="One.", metadata={"team": "orders"}, opts=Options(transforms=[leave_description]))
first = Options(replace_on_changes=["metadata.team"], delete_before_replace=True)
vault = Vault("vault", metadata={"team": "orders"}, opts=first)
auth = {"type": "static_bearer", "mcp_server_url": "https://crm.example/sse", "token": "canary-one"}
Credential("kept", vault=Vault("other"), auth=auth)
Credential("moving", vault=vault, auth=auth)
renewed = Options(replace_on_changes=["tools[1].description"])
Agent("renewed", model="claude-haiku-5-5", tools=tools, opts=renewed)
"""
EDITS = {"canary-one": "canary-two", "One.": "Two.", "orders": "others", "Does.": "Does it."}
UNCHANGED = 11
"""Nine objects, the workspace, and Pulumi's stack itself."""


def edited() -> str:
    program = PROGRAM
    for before, after in EDITS.items():
        program = program.replace(before, after)
    return program


def details(run: Run) -> dict[str, dict[str, str]]:
    """The kind of each change by path, of every resource that changes, as `--json` has them."""
    steps: list[dict[str, Any]] = json.loads(run.text[run.text.index("{") : run.text.rindex("}") + 1])["steps"]
    changing = [step for step in steps if step["op"] not in {"same", "read"}]
    assert all(one["inputDiff"] for step in changing for one in (step.get("detailedDiff") or {}).values())
    return {
        step["urn"].rpartition(":dynamic/managedagents:")[2]: {
            path: one["kind"] for path, one in (step.get("detailedDiff") or {}).items()
        }
        for step in changing
    }


def by_hand(stack: Stack, server: Server) -> None:
    """Somebody changes one agent that is healed, and three objects where the program lets go."""
    agents, ids = server.agents(), stack.by_urn()
    beta = server.hand.beta
    beta.agents.update(agents["healed"].id, version=1, system="By hand.", tools=[])
    beta.agents.update(agents["left"].id, version=1, system="By hand.")
    beta.environments.update(
        ids["Environment::left"]["id"],
        config={"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["a.com"]}},
        metadata={"team": "by hand"},
    )
    beta.memory_stores.update(ids["MemoryStore::left"]["id"], description="By hand.")


def left_alone(stack: Stack, server: Server) -> None:
    """What the program ignores is as somebody left it."""
    ids = stack.by_urn()
    box: Any = server.hand.beta.environments.retrieve(ids["Environment::left"]["id"]).to_dict()
    store = server.hand.beta.memory_stores.retrieve(ids["MemoryStore::left"]["id"])
    assert server.agents()["left"].system == store.description == "By hand."
    assert (box["config"]["networking"]["allowed_hosts"], box["metadata"]["team"]) == (["a.com"], "by hand")


def test_previews_and_refreshes_mark_what_changes(stack: Stack, server: Server) -> None:
    """Drift and edits by property, with what replaces; nothing of what is ignored, which an update leaves alone."""
    stack.write("__main__.py", PROGRAM)
    stack.up().succeeded()
    before = {name: one["id"] for name, one in stack.by_urn().items()}
    by_hand(stack, server)
    drift = {"Agent::healed": {"system": "update", "tools[0]": "add"}}
    assert details(stack.preview("--json").succeeded()) == drift

    seen = stack.pulumi("refresh", "--preview-only", "--expect-no-changes", "--diff")
    assert (seen.code, seen.noise) == (7, []), seen.text
    assert seen.says('~ system: "Sort." => "By hand."')
    assert seen.tally == {"to update": 1, "unchanged": UNCHANGED - 1}
    assert stack.refresh().succeeded().tally == {"updated": 1, "unchanged": UNCHANGED - 1}

    stack.write("__main__.py", edited())
    assert details(stack.preview("--json").succeeded()) == {
        "Agent::healed": {"system": "update", "tools[0]": "add"},
        "Agent::left": {"description": "update"},
        "Environment::left": {"description": "update"},
        "MemoryStore::left": {"metadata.team": "update"},
        "Vault::vault": {"metadata.team": "update-replace"},
        "Credential::kept": {"auth.token": "update"},
        "Credential::moving": {},
        "Agent::renewed": {"tools[1].description": "update-replace"},
    }

    server.writes()
    run = stack.up("--diff").succeeded()
    assert run.says("~ token: [secret] => [secret]")
    assert "canary" not in run.text + stack.export()
    left_alone(stack, server)
    healed = server.agents()["healed"]
    assert (healed.system, len(healed.tools)) == ("Sort.", 1)
    now = {name: one["id"] for name, one in stack.by_urn().items()}
    assert {name for name, id in before.items() if now[name] != id} == {
        "Agent::renewed",
        "Vault::vault",
        "Credential::moving",
    }
    writes = server.writes()
    assert writes.index(f"DELETE /v1/vaults/{before['Vault::vault']}") < writes.index("POST /v1/vaults")
    quiet = stack.pulumi("refresh", "--preview-only", "--expect-no-changes").succeeded()
    assert quiet.tally == {"unchanged": UNCHANGED}
    assert stack.preview("--expect-no-changes").succeeded().tally == {"unchanged": UNCHANGED}
