from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_server import KEY, emulator
from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

ELSEWHERE = ("this stage lives in workspace wrkspc_emulator", "belongs to wrkspc_other")
NEW = "name: New\nmodel: claude-haiku-5-5\n"


def test_a_key_that_is_not_accepted_is_one_line(unserved: Stack, tmp_path: Path) -> None:
    """The variable that holds the key is named, and the request; the key is not."""
    with emulator(tmp_path / "data", **{"sk-ant-another": "wrkspc_another"}) as strict:
        unserved.env["ANTHROPIC_BASE_URL"] = strict.url
        run = unserved.preview().stopped("401", "ANTHROPIC_API_KEY", "(request req_")
        assert KEY not in run.text
        assert strict.requests() == ["GET /v1/agents"]


def test_another_workspaces_key_changes_nothing(unserved: Stack) -> None:
    """Whatever the command, it stops naming both workspaces, before anything is written or forgotten."""
    before = unserved.outputs()
    unserved.write("stacks/dev/agents/new.yaml", NEW)
    unserved.edit("agents/worker.md", "You do the work.", "You do the work well.")
    with emulator(unserved.folder / "data", **{"sk-ant-other": "wrkspc_other"}) as other:
        unserved.env |= {"ANTHROPIC_BASE_URL": other.url, "ANTHROPIC_API_KEY": "sk-ant-other"}
        for command in (unserved.up, unserved.refresh, unserved.destroy):
            command().stopped(*ELSEWHERE)
        for ours in (("adopt", "dev", "--all"), ("orphans", "dev", "--archive", "--yes"), ("smoke", "dev")):
            run = unserved.managed_agents(*ours)
            assert (run.code, run.says(*ELSEWHERE)) == (1, True), run.text
        assert other.writes() == []
    assert unserved.outputs() == before


def test_a_server_that_is_not_there_is_one_line(unserved: Stack) -> None:
    """The host is named, and what to check, within a few seconds."""
    unserved.env["ANTHROPIC_BASE_URL"] = "http://127.0.0.1:9"
    unserved.preview().stopped("no answer from http://127.0.0.1:9", "ANTHROPIC_BASE_URL")


def test_a_failed_write_forgets_nothing_that_was_made(deployed: tuple[Stack, Server]) -> None:
    """A read is repeated after a 500 and a write after a 429; a failed write is reported, and the next run goes on."""
    stack, server = deployed
    stack.write("stacks/dev/agents/new.yaml", NEW)
    stack.edit("agents/lead.yaml", "./worker.md", "./worker.md, ./new.yaml")  # which has the new one made first
    server.inject(
        {"method": "GET", "path": "/v1/agents", "status": 500},
        {"method": "POST", "path": "/v1/agents", "status": 429, "retry_after": 0.1},
        {"method": "POST", "path": f"/v1/agents/{stack.id('agents/lead')}", "status": 500},
    )
    failed = stack.up().stopped("500", "(request req_")
    assert not failed.says("Retry-After")
    assert stack.id("agents/new") == server.agents()["New"].id

    stack.up().succeeded()
    assert (server.agents()["Lead"].version, server.agents()["New"].version) == (2, 1)


def test_a_lost_answer_makes_no_second_object(deployed: tuple[Stack, Server]) -> None:
    """What was committed without an answer is found in the same run; what a crash left unrecorded, in the next."""
    stack, server = deployed
    stack.write("stacks/dev/agents/new.yaml", NEW)
    stack.edit("agents/lead.yaml", "You hand out the work.", "You hand out all the work.")
    lost = {"method": "POST", "drop": "after_commit"}
    server.inject({**lost, "path": "/v1/agents"}, {**lost, "path": f"/v1/agents/{stack.id('agents/lead')}"})
    stack.up().succeeded()
    made = server.agents()["New"].id
    assert (stack.id("agents/new"), server.agents()["Lead"].version) == (made, 2)
    server.writes()

    urn = stack.resources()["agents/new"]["urn"]
    stack.pulumi("state", "delete", urn, "--yes", "--target-dependents").succeeded()
    assert stack.up().succeeded().says("agents/new", "made by an earlier run", made)
    assert stack.id("agents/new") == made
    # What it was made with is not known any more: it gets the same values once more, which changes nothing.
    assert server.writes() == [f"POST /v1/agents/{made}"]
    assert server.agents()["New"].version == 1
