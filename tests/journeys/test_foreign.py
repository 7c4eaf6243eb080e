from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import FILES, write_stage
from tests.journeys.production_stage import FILES as PRODUCTION
from tests.journeys.production_stage import VARIABLES

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

SMOKE = """\
agent: ../agents/worker.md
environment: ../environments/box.yaml
budget_usd: 0.10
timeout_seconds: 20
send: Hello?
expect: {stop_reason: end_turn, reply: {contains: [Worker answers]}}
"""


def test_another_sane_server_is_as_good(stack: Stack, foreign_server: Server) -> None:
    """What a server adds to its answers, leaves out or reorders is no change; edits and drift are what they are."""
    write_stage(stack, {**PRODUCTION, **FILES})
    stack.env |= VARIABLES
    stack.write("stacks/dev/smoke/worker.yaml", SMOKE)
    assert stack.up().succeeded().tally == {"created": 17}
    foreign_server.writes()
    assert stack.refresh().succeeded().tally == {"unchanged": 17}
    worker, lead = stack.id("agents/worker"), stack.id("agents/lead")
    foreign_server.hand.beta.agents.update(worker, version=1, metadata={"seen-by": "somebody"})
    foreign_server.writes()
    assert stack.up().succeeded().tally == {"unchanged": 17}
    assert foreign_server.writes() == []

    stack.edit("agents/worker.md", "name: bash", "name: read")
    stack.edit("files/prices.csv", "a,b", "c,d")
    stack.edit("vaults/crm.yaml", "[api.example.com]", "[api.example.com, b.example.com]")
    stack.edit("deployments/nightly.md", "0 3 * * *", "0 4 * * *")
    stack.edit("environments/box.yaml", "[ruff, pytest]", "[pytest, ruff, mypy]")
    foreign_server.hand.beta.agents.update(lead, version=1, system="By hand.")
    run = stack.up().succeeded()
    change = 'UTC): system "You hand out the work." → "By hand."; '
    assert run.says("agent 'agents/lead'", "(version 1 → 2, last changed 20", change)
    now = foreign_server.agents()
    assert (now["Worker"].version, now["Lead"].version, now["Lead"].system) == (3, 3, "You hand out the work.")
    assert now["Worker"].metadata["seen-by"] == "somebody"
    assert foreign_server.environments()["box"].config.packages.pip == ["ruff", "pytest", "mypy"]
    assert stack.preview().succeeded().tally == {"unchanged": 17}

    stack.destroy().succeeded()
    gone = (foreign_server.agents(), foreign_server.environments(), foreign_server.skills())
    assert gone == ({}, {}, {})
    hand = foreign_server.hand.beta
    assert [list(kind.list()) for kind in (hand.vaults, hand.memory_stores, hand.deployments)] == [[], [], []]
