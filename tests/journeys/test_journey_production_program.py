from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.production_stage import CANARY

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

PROGRAM = f"""\
from pulumi_managed_agents import Agent, Credential, Deployment, Environment, File, MemoryStore, Vault

box = Environment("box")
triage = Agent("triage", model="claude-haiku-5-5")
vault = Vault("crm", metadata={{"team": "orders"}})
auth = {{"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example/sse", "token": "{CANARY}-token"}}
Credential("crm-server", vault=vault, auth=auth)
notes = MemoryStore("notes", memories=[{{"path": "/style.md", "content": "Be brief."}}])
prices = File("prices", file="prices.csv")
shop = {{"type": "github_repository", "url": "https://github.com/acme/shop", "authorization_token": "{CANARY}-git"}}
Deployment(
    "nightly",
    agent=triage,
    environment_id=box,
    initial_events=[{{"type": "user.message", "content": [{{"type": "text", "text": "Sum up."}}]}}],
    resources=[
        {{"type": "memory_store", "memory_store_id": notes, "access": "read_only"}},
        {{"type": "file", "file_id": prices, "mount_path": "prices.csv"}},
        shop,
    ],
    vault_ids=[vault],
    paused=True,
)
"""


def test_every_kind_in_a_program_of_ones_own(stack: Stack, server: Server) -> None:
    """References, files and secrets work without definition files; what is wrong is one line, without the secret."""
    stack.write("__main__.py", PROGRAM)
    stack.write("prices.csv", "a,b\n")
    run = stack.up_with_preview("--diff").succeeded()
    assert (run.tally, run.says("warning")) == ({"created": 9}, False)
    (deployment,) = server.hand.beta.deployments.list()
    assert (deployment.agent.id, deployment.agent.version, deployment.status) == (stack.id("triage"), 1, "paused")
    assert (deployment.environment_id, deployment.vault_ids) == (stack.id("box"), [stack.id("crm")])
    assert [resource.type for resource in deployment.resources] == ["memory_store", "file", "github_repository"]

    server.writes()
    assert stack.up().succeeded().tally == {"unchanged": 9}
    assert server.writes() == []
    rotated = PROGRAM.replace("-token", "-rotated").replace("paused=True", "paused=False")
    stack.write("__main__.py", rotated)
    again = stack.up("--diff").succeeded()
    assert again.tally == {"updated": 2, "unchanged": 7}
    assert len(server.writes()) == 2
    exported = stack.export()
    assert CANARY not in run.text + again.text + exported

    stack.write("__main__.py", PROGRAM.replace('"https://mcp.crm.example/sse"', "7"))
    wrong = stack.preview().stopped("'crm-server'", "auth.mcp_server_url: must be text")
    assert CANARY not in wrong.text
