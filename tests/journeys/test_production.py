from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import write_stage
from tests.journeys.production_stage import CANARY, DECLARED, FILES, SECRETS, SMOKE, VARIABLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

CRM, MAIL = "vaults/crm/mcp.crm.example/sse", "vaults/crm/mcp.mail.example/sse"
GREEN = "rules: [{match: {agent: Triage}, do: [{reply: I triage.}]}]"
RED = "rules: [{match: {agent: Triage}, do: [{reply: I quack.}]}]"


@pytest.fixture
def production(stack: Stack, server: Server) -> Stack:
    """A project with the whole stage, its secrets in the environment, and a smoke test that passes."""
    write_stage(stack, FILES)
    stack.write("stacks/dev/smoke/triage.yaml", SMOKE)
    stack.env |= VARIABLES
    server.script(GREEN)
    return stack


def holding(folder: Path, text: str) -> list[str]:
    """The files that hold a text."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_a_whole_stage_lives_its_life(production: Stack, server: Server) -> None:
    """Deployed, nothing to do, edited, healed, taken down; nothing but the server ever learns a secret.

    A vault that somebody archived or deleted comes back with all its credentials, and the deployment moves to it.
    """
    stack = production
    runs = [stack.up_with_preview("--diff").succeeded()]
    assert runs[-1].tally == {"created": DECLARED}
    deployment = server.hand.beta.deployments.retrieve(stack.id("deployments/nightly"))
    assert [resource.type for resource in deployment.resources] == ["memory_store", "file", "github_repository"]
    assert (deployment.agent.version, deployment.vault_ids) == (1, [stack.id("vaults/crm")])

    server.writes()
    runs.append(stack.up("--diff").succeeded())
    assert (runs[-1].tally, server.writes()) == ({"unchanged": DECLARED}, [])
    runs.append(stack.refresh().succeeded())
    assert runs[-1].tally == {"unchanged": DECLARED}

    stack.env["MANAGED_AGENTS_SECRET_CRM_TOKEN"] = f"{CANARY}-rotated"
    stack.edit("vaults/crm.yaml", "client_id: us", "client_id: them")
    stack.edit("files/prices.csv", "a,b", "c,d")
    before = {name: stack.id(name) for name in (MAIL, "files/prices.csv")}
    runs.append(stack.up("--diff").succeeded())
    assert runs[-1].tally == {"replaced": 2, "updated": 3, "unchanged": DECLARED - 5}
    assert server.writes().count(f"POST /v1/vaults/{stack.id('vaults/crm')}/credentials/{stack.id(CRM)}") == 1
    assert not set(before.values()) & {stack.id(name) for name in before}

    server.hand.beta.deployments.pause(stack.id("deployments/nightly"))
    server.hand.beta.memory_stores.update(stack.id("memory_stores/notes"), description="By hand.")
    server.hand.beta.vaults.archive(stack.id("vaults/crm"))
    runs.append(stack.up_with_preview("--diff").succeeded())
    assert runs[-1].says("deployment 'deployments/nightly'", "paused false → true", "will be put back")
    assert runs[-1].says("memory_store 'memory_stores/notes'", '"By hand."', "will be put back")
    assert runs[-1].says("vault 'vaults/crm'", "was archived outside Pulumi (20", "; a new one will be made")
    assert server.hand.beta.deployments.retrieve(stack.id("deployments/nightly")).status == "active"

    server.hand.beta.vaults.delete(stack.id("vaults/crm"))
    runs.append(stack.up("--diff").succeeded())
    (vault,) = server.hand.beta.vaults.list()
    assert len(list(server.hand.beta.vaults.credentials.list(vault.id))) == 3
    assert server.hand.beta.deployments.retrieve(stack.id("deployments/nightly")).vault_ids == [vault.id]
    assert stack.up().succeeded().tally == {"unchanged": DECLARED}

    exported = stack.pulumi("stack", "export").succeeded().text
    agent = stack.id("agents/triage")
    assert (holding(stack.folder, CANARY), [run for run in runs if CANARY in run.text]) == ([], [])
    assert CANARY not in exported
    runs.append(stack.destroy().succeeded())
    assert CANARY not in runs[-1].text
    assert runs[-1].says("agent 'agents/triage' archived for ever")
    assert server.hand.beta.agents.retrieve(agent).archived_at
    hand = server.hand.beta
    for left in (hand.vaults.list(), hand.memory_stores.list(), hand.deployments.list(), server.hand.files.list()):
        assert list(left) == []


def test_secrets_come_from_the_stacks_configuration_first(production: Stack, server: Server) -> None:
    """The stack's encrypted values beat the environment; without either nothing is declared, place by place."""
    stack = production
    stack.env = {key: value for key, value in stack.env.items() if key not in VARIABLES}
    server.writes()
    run = stack.up().stopped(
        "stacks/dev/vaults/crm.yaml:4: credentials[0].auth.token: ", "the secret 'CRM_TOKEN' has no value"
    )
    assert run.says("stacks/dev/deployments/nightly.md:", "'GITHUB'", "MANAGED_AGENTS_SECRET_GITHUB")
    assert server.writes() == []

    values = [f"--secret=managed-agents:secrets.{name}={value}" for name, value in SECRETS.items()]
    stack.pulumi("config", "set-all", "--path", *values).succeeded()
    stack.env["MANAGED_AGENTS_SECRET_CRM_TOKEN"] = "another"
    stack.up().succeeded()
    del stack.env["MANAGED_AGENTS_SECRET_CRM_TOKEN"]
    assert stack.preview().succeeded().tally == {"unchanged": DECLARED}
    assert holding(stack.folder, CANARY) == []

    stack.configure(secrets='{"CRM_TOKEN": "in clear"}')
    stack.preview().stopped("managed-agents:secrets holds CRM_TOKEN in clear")


def test_a_deployment_serves_what_is_proven(production: Stack, server: Server) -> None:
    """Before the first green test it waits; then a red one leaves it, a green one and a roll-back move it.

    The roll-back knows no secret and touches none: afterwards there is nothing to change.
    """
    stack = production
    server.script(RED)
    red = stack.up().stopped("smoke/triage.yaml: step 1: ")
    assert red.says("deployment 'deployments/nightly' waits")
    assert list(server.hand.beta.deployments.list()) == []

    server.script(GREEN)
    stack.up().succeeded()
    (deployment,) = server.hand.beta.deployments.list()
    assert deployment.agent.version == 1

    server.script(RED)
    stack.edit("agents/triage.md", "You triage.", "You quack.")
    stack.up().stopped("smoke/triage.yaml: step 1: ")
    assert server.hand.beta.deployments.retrieve(deployment.id).agent.version == 1

    server.script(GREEN)
    stack.up().succeeded()
    assert server.hand.beta.deployments.retrieve(deployment.id).agent.version == 2

    assert stack.managed_agents("rollback", "dev", "--pins", "--yes").code == 0
    assert server.hand.beta.deployments.retrieve(deployment.id).agent.version == 1
    assert stack.preview("--diff").succeeded().tally == {"unchanged": DECLARED}
