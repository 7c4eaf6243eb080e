"""What stands in users' states and programs, and so may never move."""

from __future__ import annotations

import base64
import inspect
import json
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import ResourceProvider

import pulumi_managed_agents
from pulumi_managed_agents.dynamic import Entry
from tests.recorded_states.recorded_state import CODES, TRIAGE_ANSWERS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.recorded_states.recorded_state import Left

PROVIDER = "gASVLgAAAAAAAACMHXB1bHVtaV9tYW5hZ2VkX2FnZW50cy5keW5hbWljlIwFRW50cnmUk5QpgZQu"
MANAGED = {"Agent", "Credential", "Deployment", "Environment", "File", "MemoryStore", "Skill", "Vault"}
STAGE_WIDE = {"Workspace", "SmokeTests", "Release", "Proof"}
TYPES = {f"pulumi-python:dynamic/managedagents:{title}" for title in MANAGED | STAGE_WIDE}
PARAMETERS = {
    "Agent": "name model system description tools mcp_servers skills multiagent metadata execution_identity adopt",
    "Credential": "vault auth display_name metadata",
    "Deployment": "name agent environment_id initial_events description schedule resources vault_ids budget paused "
    "metadata adopt",
    "Environment": "name description config metadata scope adopt",
    "File": "file filename expires_in_seconds",
    "MemoryStore": "name description memories strict_memories metadata adopt",
    "Skill": "directory display_name adopt",
    "Vault": "display_name metadata adopt",
}
"""The parameters of each class beside the resource's name and its options."""
READ_ALL = """
import base64, json, pickle, sys
from pulumi.dynamic import Config, ConfigureRequest
for one in json.load(open(sys.argv[1]))["resources"]:
    provider = pickle.loads(base64.b64decode(one["outputs"]["__provider"]))
    provider.configure(ConfigureRequest(Config({}, "shop")))
    result = provider.read(one["id"], one["outputs"])
    print(json.dumps([one["type"], result.id == one["id"], result.outs, result.inputs]))
"""


def resources(state: Path) -> dict[str, dict[str, Any]]:
    """The resources in a state, of the trial engine or exported from the Pulumi CLI, by URN."""
    found = json.loads(state.read_text("utf-8"))
    return {one["urn"]: one for one in found.get("deployment", found)["resources"]}


def hidden(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties that Pulumi does not show: the names of all, with the text of the provider."""
    return {key: value if key == "__provider" else "" for key, value in properties.items() if key.startswith("__")}


def test_the_provider_is_where_every_state_says_it_is() -> None:
    """The text in a state is a reference to `pulumi_managed_agents.dynamic.Entry`, the same in all of them."""
    loaded = pickle.loads(base64.b64decode(PROVIDER))  # noqa: S301 - a text of this module
    states = [state for code in CODES for state in code.glob("*/*.json")]
    found = {one.get("outputs", {}).get("__provider") for state in states for one in resources(state).values()}

    assert type(loaded) is Entry
    assert isinstance(loaded, ResourceProvider)
    assert found - {None} == {PROVIDER}


def test_a_stage_is_recorded_as_it_was(left: Left) -> None:
    """What is deployed again has the URNs, the types, the provider and the hidden properties of what was recorded."""
    before = resources(left.state_of("dev"))
    left.project.output_of("destroy", "dev", "--emulator", "--yes")
    left.server.script(TRIAGE_ANSWERS)
    left.project.output_of("up", "dev", "--emulator", "--yes")
    after = resources(left.state_of("dev"))

    assert {one["type"] for one in after.values()} == TYPES
    assert after.keys() == before.keys()
    for side in ("inputs", "outputs"):
        then = {urn: hidden(one[side]) for urn, one in before.items()}
        assert {urn: hidden(one[side]) for urn, one in after.items()} == then
        missing = {urn: one[side].keys() - after[urn][side].keys() for urn, one in before.items()}
        assert {urn: names for urn, names in missing.items() if names} == {}


def test_what_a_refresh_sees_is_kept_apart_from_what_was_applied(left: Left) -> None:
    """The provider that a state names, loaded as Pulumi loads it, reads every resource in it."""
    state = left.state_of("dev")
    command = [sys.executable, "-c", READ_ALL, str(state)]
    environment = {**left.project.environment, "MANAGED_AGENTS_EMULATOR": left.server.url}
    done = subprocess.run(
        command, cwd=left.project.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    recorded = list(resources(state).values())

    assert len(answers) == len(recorded)
    for one, (type_, same_object, outputs, inputs) in zip(recorded, answers, strict=True):
        is_managed = type_.rpartition(":")[2] in MANAGED
        assert same_object
        assert {key: value for key, value in outputs.items() if key != "__observed"} == one["outputs"]
        assert ("__observed" in outputs) == is_managed
        assert not is_managed or inputs.keys() >= one["inputs"].keys() - {"__provider"}


def test_the_public_names_are_there() -> None:
    """The package offers these names and no class has lost a parameter."""
    look_ups = {name for name in pulumi_managed_agents.__all__ if name.startswith("get_")}
    assert set(pulumi_managed_agents.__all__) == MANAGED | look_ups | {
        "deploy_stage",
        "inputs",
        "LiveObject",
        "Provider",
        "Stage",
    }
    for name, parameters in PARAMETERS.items():
        signature = inspect.signature(getattr(pulumi_managed_agents, name))
        assert next(iter(signature.parameters)) == "resource_name"
        assert set(signature.parameters) >= {"opts", *parameters.split()}
    assert list(inspect.signature(pulumi_managed_agents.deploy_stage).parameters) == ["stage", "definitions", "opts"]
