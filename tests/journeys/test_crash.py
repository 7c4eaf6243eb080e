"""Provider and engine are killed between an API's answer and the state, for every kind there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import FILES as SMALL
from tests.journeys.journey_stage import write_stage
from tests.journeys.production_stage import DECLARED, FILES, MANAGED, VARIABLES

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

SKILL = "skills/notes/SKILL.md"
FIRST = dict.fromkeys(("agents", "environments", "skills", "vaults", "files", "memory_stores/[^/]+/memories"), 1)
THEN = {"deployments": 1, "vaults/[^/]+/credentials": 3}
PROVIDER = "pulumi.dynamic"

pytestmark = [needs_pulumi, pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes in /proc")]


def hold(server: Server, posts: dict[str, int]) -> None:
    """Let the next so many POSTs to each of these paths take effect and go without an answer."""
    faults = ({"method": "POST", "path": f"/v1/{path}", "times": times} for path, times in posts.items())
    server.inject(*(fault | {"hold": True} for fault in faults))


def counts(server: Server) -> dict[str, int]:
    """How many objects of each kind serve."""
    hand = server.hand
    vaults = list(hand.beta.vaults.list())
    stores = list(hand.beta.memory_stores.list())
    return {
        "agents": len(server.agents()),
        "environments": len(server.environments()),
        "skills": len(server.skills()),
        "files": len(list(hand.files.list())),
        "vaults": len(vaults),
        "credentials": sum(len(list(hand.beta.vaults.credentials.list(vault.id))) for vault in vaults),
        "stores": len(stores),
        "memories": sum(len(list(hand.beta.memory_stores.memories.list(store.id))) for store in stores),
        "deployments": len(list(hand.beta.deployments.list())),
    }


def test_every_kind_survives_kill_9(stack: Stack, server: Server) -> None:
    """With what was committed but not recorded, the next run goes on: nothing is made twice, and it ends clean."""
    stack.env |= VARIABLES
    write_stage(stack, {**FILES, SKILL: SMALL[SKILL]})
    hold(server, FIRST)
    run = stack.started("up", "--yes", "--skip-preview")
    server.holding(sum(FIRST.values()))
    assert run.kill(PROVIDER, when=lambda: stack.has_written(sum(FIRST.values()))).code

    hold(server, THEN)
    run = stack.started("up", "--yes", "--skip-preview")
    server.holding(sum(THEN.values()))
    assert run.kill(when=lambda: stack.has_written(sum(THEN.values()))).code
    once = {"agents": 1, "environments": 1, "skills": 1, "files": 1, "vaults": 1, "credentials": 3}
    once |= {"stores": 1, "memories": 1, "deployments": 1}
    assert counts(server) == once

    stack.pulumi("cancel", "--yes").succeeded()
    last = stack.up().succeeded()
    assert last.says("deployment 'deployments/nightly'", "made by an earlier run of this stack")
    assert counts(server) == once
    assert len({stack.id(name) for name in stack.resources()}) == MANAGED + 1 + 4
    server.writes()
    assert stack.up().succeeded().tally == {"unchanged": DECLARED + 1}
    assert server.writes() == []
