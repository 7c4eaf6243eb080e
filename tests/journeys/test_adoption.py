"""Taking over what somebody made by hand or with another tool, and clearing up what nothing records any more."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.reconcile.packed_record import unpacked
from tests.journeys.journey_server import local_emulator
from tests.journeys.journey_stack import Run, needs_pulumi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

SKILL = b"---\nname: notes\ndescription: How to take notes.\n---\nWrite them down.\n"
TOOLS: list[Any] = [
    {"type": "agent_toolset_20260401", "configs": [{"name": "bash", "permission_policy": {"type": "always_ask"}}]},
    {"type": "mcp_toolset", "mcp_server_name": "crm"},
    {"type": "custom", "name": "look_up", "description": "Looks up.", "input_schema": {"type": "object"}},
]
BOOKKEEPING = {"to create": 3}
"""The smoke tests, the release and the proof, which are no live objects."""


def managed_agents(stack: Stack, *arguments: str) -> Run:
    """Call our own command in the stack's project."""
    command = [sys.executable, "-m", "pulumi_managed_agents.cli", *arguments]
    done = subprocess.run(
        command, cwd=stack.project, env=stack.environment(), capture_output=True, text=True, check=False, timeout=300
    )
    return Run(done.returncode, done.stdout + done.stderr)


def pulumi_import(stack: Stack) -> Run:
    options = ("--yes", "--generate-code=false", "--protect=false")
    return stack.pulumi("import", "--file", "stacks/dev.import.json", *options).succeeded()


@pytest.fixture
def workspace(server: Server) -> Server:
    """A workspace that somebody has filled by hand."""
    hand = server.hand
    skill = hand.skills.create(files=[("notes/SKILL.md", SKILL), ("notes/a/b.txt", b"x")], display_name="Taking notes")
    network: Any = {
        "type": "limited",
        "allowed_hosts": ["b.example.com", "a.example.com"],
        "allow_package_managers": True,
    }
    network |= {"allow_mcp_servers": True}
    box = hand.beta.environments.create(
        name="Box one", config={"type": "cloud", "networking": network, "packages": {"pip": ["ruff"]}}
    )
    worker = hand.beta.agents.create(
        name="Worker",
        model="claude-haiku-5-5",
        system="You do the work.\n\n---\nAll of it.",
        tools=TOOLS,
        mcp_servers=[{"type": "url", "name": "crm", "url": "https://crm.example.com/mcp"}],
        skills=[{"type": "custom", "skill_id": skill.id}, {"type": "anthropic", "skill_id": "xlsx"}],
        metadata={"team": "12"},
    )
    members: list[Any] = [worker.id, {"type": "self"}]
    hand.beta.agents.create(name="Lead", model="claude-opus-5-5", multiagent={"type": "coordinator", "agents": members})
    hand.beta.agents.update(worker.id, version=1, description="Works.")
    vault = hand.beta.vaults.create(display_name="CRM")
    bearer: Any = {"type": "static_bearer", "mcp_server_url": "https://crm.example.com/mcp", "token": "of old"}
    hand.beta.vaults.credentials.create(vault.id, auth=bearer)
    store = hand.beta.memory_stores.create(name="Notes", description="What was said.")
    hand.beta.deployments.create(
        name="Nightly",
        agent=worker.id,
        environment_id=box.id,
        initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Sum up."}]}],
        schedule={"type": "cron", "expression": "0 3 * * *", "timezone": "UTC"},
        resources=[{"type": "memory_store", "memory_store_id": store.id}],
        vault_ids=[vault.id],
    )
    hand.beta.agents.archive(hand.beta.agents.create(name="Old", model="claude-opus-5-5").id)
    server.requests()
    return server


@pytest.fixture
def local(stack: Stack) -> Iterator[Server]:
    """The emulator that `--emulator` finds."""
    with local_emulator(stack.project) as running:
        yield running


def test_a_workspace_made_by_hand_is_adopted_edited_and_taken_away(stack: Stack, workspace: Server) -> None:
    """Adoption writes nothing to the API, the next preview changes nothing, the first edit marks what it edits."""
    stack.env["MANAGED_AGENTS_SECRET_CRM_EXAMPLE_COM_TOKEN"] = "of old"
    adopted = managed_agents(stack, "adopt", "dev", "--all", "--import").succeeded()
    assert not adopted.says("need a value")
    assert adopted.says("took 8 objects over into the state of dev; nothing was written to the API")
    assert adopted.says("Next: managed-agents preview dev")
    assert not (stack.project / "stacks/dev.import.json").exists()
    files = sorted(str(file.relative_to(stack.definitions)) for file in stack.definitions.rglob("*.*"))
    assert files == [
        "agents/lead.md",
        "agents/worker.md",
        "deployments/nightly.yaml",
        "environments/box-one.yaml",
        "memory_stores/notes.yaml",
        "skills/notes/SKILL.md",
        "skills/notes/a/b.txt",
        "vaults/crm.yaml",
    ]
    assert "- {path: ./worker.md, version: 1}" in (stack.definitions / "agents/lead.md").read_text(encoding="utf-8")
    assert "- ../skills/notes\n" in (stack.definitions / "agents/worker.md").read_text(encoding="utf-8")

    assert stack.preview().succeeded().tally == {**BOOKKEEPING, "unchanged": 10}
    auth = {"type": "static_bearer", "mcp_server_url": "https://mail.example.com/mcp", "token": "by hand"}
    assert workspace.writes() == []
    workspace.hand.beta.vaults.credentials.create(stack.id("vaults/crm"), auth=auth)  # type: ignore[arg-type]
    workspace.writes()
    by_hand = managed_agents(stack, "adopt", "dev", "--all").succeeded()
    assert by_hand.says("nothing to adopt")
    assert by_hand.says("not in its vault's file: credential vaults/crm/mail.example.com/mcp", "MAIL_EXAMPLE_COM_TOKEN")
    assert workspace.writes() == []

    stack.edit("agents/worker.md", "Works.", "Works well.")
    stack.env["MANAGED_AGENTS_SECRET_CRM_EXAMPLE_COM_TOKEN"] = "of today"
    assert stack.up().succeeded().tally == {"created": 3, "updated": 3, "unchanged": 7}
    worker = workspace.agents()["Worker"]
    assert (worker.version, worker.description) == (3, "Works well.")
    assert worker.metadata == {"team": "12", "pulumi-managed-agents": "journey/dev/agents/worker"}
    agent, deployment = f"POST /v1/agents/{worker.id}", f"POST /v1/deployments/{stack.id('deployments/nightly')}"
    credentials = f"POST /v1/vaults/{stack.id('vaults/crm')}/credentials/"
    credential = credentials + stack.id("vaults/crm/crm.example.com/mcp")
    assert sorted(workspace.writes()) == sorted([agent, deployment, credential])
    assert stack.preview().succeeded().tally == {"unchanged": 13}
    assert "of today" not in stack.export()

    stack.destroy().succeeded()
    assert (workspace.agents(), workspace.environments(), workspace.skills()) == ({}, {}, {})


def unsalted(outputs: dict[str, Any]) -> str:
    """Outputs as text, with neither the random salt of a record nor the digests that it makes unique."""
    return re.sub(r'"(#[0-9a-f]{16}|[0-9a-f]{32})"', '""', json.dumps(outputs, sort_keys=True))


def test_an_import_records_what_an_up_would_have_recorded(deployed: tuple[Stack, Server]) -> None:
    """Inputs and outputs in the import file are those of the provider, to the last character except the salts.

    The ids come from a lockfile, which is refused where it was written for another workspace.
    """
    stack, server = deployed
    recorded = stack.resources()
    origin = {"base_url": server.url, "workspace_id": "wrkspc_emulator"}
    paths = {name: f"./{one['inputs']['__resource']['file']}" for name, one in recorded.items() if "/" in name}
    entries = {path: {"kind": "x", "id": stack.id(name)} for name, path in paths.items()}
    lock = {"version": 1, "origin": origin, "resources": entries}
    stack.write("claude-lock.json", json.dumps(lock))
    stack.pulumi("state", "delete", "--all", "--yes").succeeded()

    managed_agents(stack, "adopt", "dev", "--from", "claude-lock.json").succeeded()
    written = json.loads((stack.project / "stacks/dev.import.json").read_text(encoding="utf-8"))["resources"]
    assert {one["name"]: one["inputs"] for one in written} == {
        name: recorded[name]["inputs"] for name in ["workspace", *paths]
    }
    assert {one["name"]: unsalted(unpacked(one["outputs"])) for one in written} == {
        name: unsalted(recorded[name]["outputs"]) for name in ["workspace", *paths]
    }

    stack.write("claude-lock.json", json.dumps({**lock, "origin": {**origin, "workspace_id": "wrkspc_other"}}))
    refused = managed_agents(stack, "adopt", "dev", "--from", "claude-lock.json")
    assert refused.code == 7
    assert refused.says("was written for workspace wrkspc_other")


def owned_skill(mark: str) -> list[tuple[str, bytes]]:
    """A skill's files with the mark of the stack that uploaded them."""
    return [("notes/SKILL.md", SKILL), ("notes/.managed-agents.json", json.dumps({"owner": mark}).encode())]


def test_what_belongs_to_another_stack_is_left_to_it(stack: Stack, server: Server) -> None:
    """By name it is refused, among all it is left alone, and it can be taken over on purpose."""
    mark = {"pulumi-managed-agents": "journey/prod/agents/theirs"}
    theirs = server.hand.beta.agents.create(name="Theirs", model="claude-opus-5-5", metadata=mark)
    skill = server.hand.skills.create(files=owned_skill("journey/prod/skills/notes"))
    refused = managed_agents(stack, "adopt", "dev", "--id", theirs.id, "--id", skill.id)
    assert refused.code == 7
    assert refused.says(f"agent 'Theirs' ({theirs.id}) belongs to journey/prod/agents/theirs", "--take-over")
    assert refused.says(f"skill 'notes' ({skill.id}) belongs to journey/prod/skills/notes", "--take-over")
    listing = json.loads(managed_agents(stack, "adopt", "dev", "--output-format", "json").succeeded().text)
    assert [(one["kind"], one["name"], one["mark"]) for one in listing["adoptable"]] == [
        ("agent", "Theirs", "journey/prod/agents/theirs"),
        ("skill", "notes", "journey/prod/skills/notes"),
    ]
    everything = managed_agents(stack, "adopt", "dev", "--all").succeeded()
    assert everything.says("left alone: agent 'Theirs'")
    assert everything.says("left alone: skill 'notes'")
    assert list(stack.definitions.rglob("*")) == []
    managed_agents(stack, "adopt", "dev", "--kind", "agent", "--name", "Theirs", "--take-over").succeeded()
    assert (stack.definitions / "agents/theirs.md").read_text(encoding="utf-8") == (
        "---\nname: Theirs\nmodel: {id: claude-opus-5-5, effort: high}\n---\n"
    )


def test_adopting_again_before_the_import_writes_no_second_file(stack: Stack, workspace: Server) -> None:
    """The import file then holds what both adoptions chose; the import waits for the values of secrets."""
    (vault,) = workspace.hand.beta.vaults.list()
    some = ("--id", workspace.agents()["Worker"].id, "--id", vault.id)
    assert managed_agents(stack, "adopt", "dev", *some).succeeded().says("need a value", "CRM_EXAMPLE_COM_TOKEN")
    again = managed_agents(stack, "adopt", "dev", "--all", "--import", "--output", "adopted.json")
    assert (again.code, again.says("error: nothing was imported yet: secrets have no value")) == (2, True)
    assert again.says("wrote adopted.json")
    report = json.loads((stack.project / "adopted.json").read_text(encoding="utf-8"))
    assert (report["import_file"], report["missing_secrets"]) == ("stacks/dev.import.json", ["CRM_EXAMPLE_COM_TOKEN"])
    assert {one["file"] for one in report["adopted"] if not one["new_file"]} == {
        "stacks/dev/agents/worker.md",
        "stacks/dev/vaults/crm.yaml",
    }
    names = json.loads((stack.project / "stacks/dev.import.json").read_text(encoding="utf-8"))["resources"]
    assert sorted(one["name"] for one in names) == [
        "agents/lead",
        "agents/worker",
        "deployments/nightly",
        "environments/box-one",
        "memory_stores/notes",
        "skills/notes",
        "vaults/crm",
        "vaults/crm/crm.example.com/mcp",
        "workspace",
    ]
    assert workspace.writes() == []


def test_a_program_takes_over_by_id(stack: Stack, workspace: Server) -> None:
    """By `import_` as by `adopt`: it becomes what the program declares, and the option may be taken out afterwards."""
    worker = workspace.agents()["Worker"].id
    head = "from pulumi_managed_agents import Agent\n\n"
    body = "name='Worker', model='claude-haiku-5-5', description='Declared.'"
    option = f"opts=pulumi.ResourceOptions(import_='{worker}')"
    mark = {"pulumi-managed-agents": "journey/prod/agents/theirs"}
    theirs = workspace.hand.beta.agents.create(name="Theirs", model="claude-opus-5-5", metadata=mark)
    workspace.writes()
    stack.write("__main__.py", f"import pulumi\n{head}Agent('theirs', {body}, {option.replace(worker, theirs.id)})\n")
    stack.up().stopped("belongs to")
    assert workspace.writes() == []
    stack.write("__main__.py", f"import pulumi\n{head}Agent('worker', {body}, {option})\n")
    assert stack.preview().succeeded().says("takes over", worker)
    assert stack.up().succeeded().tally == {"created": 1, "unchanged": 2}
    assert workspace.agents()["Worker"].description == "Declared."
    assert stack.id("worker") == worker
    assert workspace.writes() == [f"POST /v1/agents/{worker}"]
    stack.write("__main__.py", f"{head}Agent('worker', {body})\n")
    assert stack.preview().succeeded().tally == {"unchanged": 3}


def test_orphans_are_listed_and_archived_only_when_asked_to(deployed: tuple[Stack, Server]) -> None:
    """What the state knows, and what other stacks made, is none; with an empty state nobody can agree beforehand."""
    stack, server = deployed
    mark = {"pulumi-managed-agents": "journey/dev/agents/lost"}
    lost = server.hand.beta.agents.create(name="Lost", model="claude-opus-5-5", metadata=mark)
    server.hand.beta.agents.create(name="Nobody's", model="claude-opus-5-5")
    skill = server.hand.skills.create(files=owned_skill("journey/dev/skills/lost"), display_name="Lost")
    theirs = server.hand.skills.create(files=owned_skill("journey/prod/skills/notes"), display_name="Theirs")
    server.requests()
    listed = managed_agents(stack, "orphans", "dev").succeeded()
    assert [line for line in listed.text.splitlines() if ", made as " in line] == [
        f"agent 'Lost' ({lost.id}), made as journey/dev/agents/lost: would be archived for ever",
        f"skill 'Lost' ({skill.id}), made as journey/dev/skills/lost: would be deleted, with all its versions",
    ]
    assert server.writes() == []
    managed_agents(stack, "orphans", "dev", "--archive", "--yes").succeeded()
    assert sorted(server.agents()) == ["Lead", "Nobody's", "Worker"]
    assert (server.skills()["Theirs"].id, "Lost" in server.skills()) == (theirs.id, False)
    server.requests()
    stack.pulumi("state", "delete", "--all", "--yes").succeeded()
    refused = managed_agents(stack, "orphans", "dev", "--archive", "--yes")
    assert refused.code == 7
    assert refused.says("--yes is not taken while the stage's state records nothing")
    assert server.writes() == []


def test_a_stage_on_the_local_emulator_is_adopted_as_well(stack: Stack, local: Server) -> None:
    """The command that is shown next imports into the state that `--emulator` uses."""
    assert managed_agents(stack, "adopt", "dev", "--emulator").succeeded().says("Everything live is managed.")
    local.hand.beta.agents.create(name="Worker", model="claude-haiku-4-5")
    adopted = managed_agents(stack, "adopt", "dev", "--all", "--emulator").succeeded()
    command = next(line for line in adopted.text.splitlines() if line.startswith("Next: ")).removeprefix("Next: ")
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=stack.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert managed_agents(stack, "preview", "dev", "--emulator").succeeded().says("nothing to change")
