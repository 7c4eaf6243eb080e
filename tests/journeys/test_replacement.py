"""Resources that the user has Pulumi replace: of every kind, with all that uses them, also after an interruption."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.journey_server import Server, emulator
from tests.journeys.journey_stack import Stack, needs_pulumi
from tests.journeys.journey_stage import FILES as SMALL
from tests.journeys.journey_stage import write_stage
from tests.journeys.production_stage import FILES, SMOKE, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = needs_pulumi

TRIAGE = """\
---
name: Triage
model: claude-haiku-5-5
tools: [{type: agent_toolset_20260401}]
skills: [../skills/notes]
---
You triage.
"""
STAGE = {
    **FILES,
    "agents/triage.md": TRIAGE,
    "agents/lead.yaml": SMALL["agents/lead.yaml"].replace("worker", "triage"),
    "skills/notes/SKILL.md": SMALL["skills/notes/SKILL.md"],
    "smoke/triage.yaml": SMOKE.replace("[triage]", "[Triage]"),
}
AGENT, BOX, NOTES, PRICES = "agents/triage", "environments/box", "memory_stores/notes", "files/prices.csv"
SKILL, VAULT, KEY, NIGHTLY = "skills/notes", "vaults/crm", "vaults/crm/API_KEY", "deployments/nightly"
LEAD = "agents/lead"
DECLARED = 16
"""Eleven objects, the workspace, the smoke tests, the release, the proof, and Pulumi's stack itself."""


@pytest.fixture(scope="session")
def made(blank: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stage with one of each kind, deployed; the emulator's state lies beside it."""
    stack = blank.copy_to(tmp_path_factory.mktemp("one-of-each"))
    stack.env |= VARIABLES
    write_stage(stack, STAGE)
    with emulator(stack.folder / "data") as server:
        stack.env["ANTHROPIC_BASE_URL"] = server.url
        stack.up().succeeded()
    return stack


@pytest.fixture
def one_of_each(made: Stack, tmp_path: Path) -> Iterator[tuple[Stack, Server]]:
    """A copy of that stage, and the emulator that holds its objects."""
    stack = made.copy_to(tmp_path / "copy")
    with emulator(stack.folder / "data") as server:
        stack.env["ANTHROPIC_BASE_URL"] = server.url
        yield stack, server


def options(stack: Stack, option: str, *names: str) -> list[str]:
    """The option once for each of these resources."""
    resources = stack.resources()
    return [word for name in names for word in (option, resources[name]["urn"])]


def live(server: Server) -> dict[str, list[str]]:
    """The ids of what serves, by the collection it is in."""
    hand = server.hand
    vaults = [vault.id for vault in hand.beta.vaults.list()]
    return {
        "agents": [one.id for one in hand.beta.agents.list()],
        "environments": [one.id for one in hand.beta.environments.list()],
        "skills": [one.id for one in hand.skills.list(source="custom")],
        "files": [one.id for one in hand.files.list()],
        "vaults": vaults,
        "credentials": [one.id for vault in vaults for one in hand.beta.vaults.credentials.list(vault)],
        "stores": [one.id for one in hand.beta.memory_stores.list()],
        "deployments": [one.id for one in hand.beta.deployments.list()],
    }


def is_whole(stack: Stack, server: Server) -> None:
    """What is recorded is what serves and nothing else does; all that use an object have it; nothing is left to do."""
    ids = {name: stack.id(name) for name in stack.resources()}
    found = [id for serving in live(server).values() for id in serving]
    own = {"workspace", "smoke-tests", "release", "proof"}
    assert sorted(id for name, id in ids.items() if name not in own) == sorted(found)
    agents = server.agents()
    assert [skill.skill_id for skill in agents["Triage"].skills] == [ids[SKILL]]
    assert [one.id for one in agents["Lead"].multiagent.agents] == [ids[AGENT]]
    (nightly,) = server.hand.beta.deployments.list()
    store, file, _ = (resource.to_dict() for resource in nightly.resources)
    used = (nightly.agent.id, nightly.environment_id, *nightly.vault_ids, store["memory_store_id"], file["file_id"])
    assert used == (ids[AGENT], ids[BOX], ids[VAULT], ids[NOTES], ids[PRICES])
    assert stack.outputs()["release"]["pins"][AGENT]["id"] == ids[AGENT]
    (test,) = stack.outputs()["smoke-tests"]["tests"].values()
    assert (test["agent_id"], test["environment_id"]) == (ids[AGENT], ids[BOX])
    assert stack.preview().succeeded().tally == {"unchanged": DECLARED}


def test_what_others_use_is_replaced_and_they_follow(one_of_each: tuple[Stack, Server]) -> None:
    """Each is a new object, and the old one is gone; a line says beforehand what is lost with it."""
    stack, server = one_of_each
    names = (SKILL, NOTES, VAULT, PRICES, BOX)
    before = {name: stack.id(name) for name in (*names, KEY)}
    run = stack.up(*options(stack, "--target-replace", *names), "--target-dependents").succeeded()
    assert run.says("memory_store 'memory_stores/notes'", before[NOTES], "with everything that agents have written")
    assert run.tally == {"updated": 5, "replaced": 8, "unchanged": 3}
    assert [name for name, id in before.items() if stack.id(name) == id] == []
    is_whole(stack, server)


def test_what_uses_others_is_replaced(one_of_each: tuple[Stack, Server]) -> None:
    """An agent at once, its roster, its deployment and a credential by a taint.

    As long as the new agent fails its test the old one serves.
    """
    stack, server = one_of_each
    names = (AGENT, KEY, NIGHTLY, LEAD)
    before = {name: stack.id(name) for name in names}
    stack.edit("smoke/triage.yaml", "[Triage]", "[Nobody]")
    stack.up(*options(stack, "--replace", AGENT)).stopped("smoke/triage.yaml", 'should contain "Nobody"')
    assert stack.outputs()["release"]["pins"][AGENT] == {"id": before[AGENT], "version": 1}
    assert [one.agent.id for one in server.hand.beta.deployments.list()] == [before[AGENT]]
    assert before[AGENT] in live(server)["agents"]

    stack.edit("smoke/triage.yaml", "[Nobody]", "[Triage]")
    stack.configure(onDrift="fail")
    stack.pulumi("state", "taint", *options(stack, "", KEY, LEAD, NIGHTLY)[1::2], "--yes").succeeded()
    run = stack.up_with_preview().succeeded()
    assert not run.says("outside Pulumi")
    assert [name for name, id in before.items() if stack.id(name) == id] == []
    is_whole(stack, server)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes in /proc")
def test_a_replacement_survives_kill_9(one_of_each: tuple[Stack, Server]) -> None:
    """Killed when new objects were made and not recorded: the next up ends with exactly one of each."""
    stack, server = one_of_each
    names = (AGENT, BOX, PRICES, NOTES, KEY)
    before = {name: stack.id(name) for name in names}
    posts = ("agents", "environments", "files", "memory_stores/[^/]+/memories", "vaults/[^/]+/credentials")
    server.inject(*({"method": "POST", "path": f"/v1/{path}", "hold": True} for path in posts))
    run = stack.started("up", "--yes", "--skip-preview", *options(stack, "--replace", *names))
    server.holding(len(posts))
    assert run.kill(when=lambda: stack.has_written(len(posts))).code

    stack.pulumi("cancel", "--yes").succeeded()
    stack.configure(onDrift="fail")
    last = stack.up().succeeded()
    for name in names:
        assert last.says(f"'{name}'", f"an earlier run began to replace {before[name]}")
        assert last.says(f"'{name}'", "made by an earlier run of this stack")
    assert not last.says("outside Pulumi")
    assert [name for name, id in before.items() if stack.id(name) == id] == []
    is_whole(stack, server)


PROGRAM = """\
import pulumi

from pulumi_managed_agents import Credential, Environment, Vault

Options = pulumi.ResourceOptions
other = pulumi.ProviderResource("pulumi-python", "other", {"managed-agents:onDrift": "fail"})
Environment("box", name="box", opts=Options(provider=other))
Environment("sink", name="sink", opts=Options(provider=other, delete_before_replace=True))
vault = Vault("crm", opts=Options(provider=other))
auth = {"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example/sse", "token": "canary"}
Credential("server", vault=vault, auth=auth, opts=Options(provider=other, deleted_with=vault))
"""


def test_a_program_of_ones_own(stack: Stack, server: Server) -> None:
    """With a provider of its own, and with options that say how to replace: what fails at first is gone on with."""
    stack.write("__main__.py", PROGRAM)
    stack.up().succeeded()
    before = {name: stack.id(name) for name in ("box", "sink", "crm", "server")}
    server.inject({"method": "POST", "path": "/v1/environments", "status": 400})
    stack.up(*options(stack, "--replace", "box")).stopped("the API answered 400")
    assert {*server.environments()} == {f"replaced {before['box']}", "sink"}

    run = stack.up(*options(stack, "--replace", "crm")).succeeded()
    assert run.says("environment 'box'", f"an earlier run began to replace {before['box']}")
    assert not run.says("outside Pulumi")

    server.inject({"method": "POST", "path": "/v1/environments", "status": 400})
    stack.up(*options(stack, "--replace", "sink")).stopped("the API answered 400")
    assert [*server.environments()] == ["box"]
    assert stack.up().succeeded().says("environment 'sink' is gone: an earlier run began to replace it, or ")
    now = {name: stack.id(name) for name in before}
    assert [name for name, id in before.items() if now[name] == id] == []
    found = live(server)
    assert {*now.values()} == {*found["environments"], *found["vaults"], *found["credentials"]}
    assert stack.preview().succeeded().tally.keys() == {"unchanged"}
