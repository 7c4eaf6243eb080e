from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.kinds.agent.facts import AGENT
from pulumi_managed_agents.kinds.environment.facts import ENVIRONMENT
from pulumi_managed_agents.reconcile.live import FRESH_FOR, LiveCache
from tests.kinds.one_of_each import KINDS
from tests.kinds.workspace_transport import Workspace, agent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.kinds.emulated_stack import EmulatedStack
    from tests.kinds.server_habits import Body

OURS, THEIRS = "shop/dev", "shop/prod"


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


def mark(number: int) -> str:
    return f"{OURS}/agents/{number}"


@pytest.mark.parametrize("order", ["oldest first", "newest first", "at random"])
def test_a_whole_stack_is_read_by_its_pages(order: str) -> None:
    """A stage of 200 agents costs two list requests, in whatever order they are asked for."""
    workspace = Workspace(agent(number, OURS) for number in range(200))
    live = LiveCache(workspace.client())
    numbers = {
        "oldest first": range(199, -1, -1),
        "newest first": range(200),
        "at random": random.sample(range(200), 200),
    }
    for number in numbers[order]:
        assert live.get(AGENT, f"agent_{number}", mark(number)) == agent(number, OURS)
    assert (workspace.pages, workspace.singles) == (2, [])


def test_a_stack_is_known_by_its_first_object() -> None:
    """Who asks without a mark pays one request more, since the first answer tells the stack."""
    workspace = Workspace(agent(number, OURS) for number in range(200))
    live = LiveCache(workspace.client())
    for number in range(199, -1, -1):
        live.get(AGENT, f"agent_{number}")
    assert (workspace.pages, workspace.singles) == (2, ["agent_199"])


@pytest.mark.parametrize("others", ["", THEIRS], ids=["made by hand", "another stack's"])
def test_one_agent_in_a_large_workspace_costs_two_requests(others: str) -> None:
    """A small stack does not page through what belongs to everybody else."""
    workspace = Workspace([*(agent(number, others) for number in range(5000)), agent(5000, OURS)])
    live = LiveCache(workspace.client())
    assert live.get(AGENT, "agent_5000", mark(5000)) == agent(5000, OURS)
    assert (workspace.pages, workspace.singles) == (1, ["agent_5000"])


def test_what_was_archived_promises_no_further_hits() -> None:
    """The archived predecessors of a stack are no reason to go through all of them."""
    old = [agent(number, OURS, archived_at="2026-01-01T00:00:00Z") for number in range(3000)]
    workspace = Workspace([*old, agent(3000, OURS)])
    LiveCache(workspace.client()).get(AGENT, "agent_3000", mark(3000))
    assert workspace.requests == 2


@settings(max_examples=60)
@given(
    owners=st.lists(st.sampled_from([OURS, THEIRS, ""]), min_size=1, max_size=12),
    run=st.integers(1, 60),
    data=st.data(),
)
def test_never_more_requests_than_resources(owners: list[str], run: int, data: st.DataObject) -> None:
    """Beyond one list page a stack never costs more requests than it has resources, however a workspace is mixed."""
    everyone = [agent(number, owners[number // run]) for number in range(len(owners) * run)]
    ours = [number for number in range(len(everyone)) if owners[number // run] == OURS] or [0]
    asked = data.draw(st.permutations(ours))
    workspace = Workspace(everyone)
    live = LiveCache(workspace.client())
    for number in asked:
        assert live.get(AGENT, f"agent_{number}", mark(number)) == everyone[number]
    assert workspace.requests <= len(asked) + 1


def test_many_threads_share_one_reading() -> None:
    """Threads that ask at once wait for one page, and get the same objects."""
    workspace = Workspace(agent(number, OURS) for number in range(150))
    live = LiveCache(workspace.client())
    with ThreadPoolExecutor(32) as threads:
        found = list(threads.map(lambda number: live.get(AGENT, f"agent_{number}", mark(number)), range(150)))
    assert found == [agent(number, OURS) for number in range(150)]
    assert (workspace.pages, workspace.singles) == (2, [])


class WaitingWorkspace(Workspace):
    """Answers what is asked of environments only when its list of agents has been read to the end."""

    def __init__(self, objects: Iterable[Body]) -> None:
        super().__init__(objects)
        self.was_read = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a list or a get of agents, and that there is no environment."""
        if request.url.path.startswith("/v1/environments"):
            assert self.was_read.wait(timeout=60)
            return httpx.Response(404, json={})
        answer = super().handle_request(request)
        if b'"next_page":null' in answer.content:
            self.was_read.set()
        return answer


def begun(workspace: Workspace) -> LiveCache:
    """A view that has opened the list of agents, and was then asked for an environment, which there is not."""
    live = LiveCache(workspace.client())
    live.open(AGENT)
    with pytest.raises(ApiError):
        live.get(ENVIRONMENT, "env_1", f"{OURS}/environments/1")
    return live


def test_a_list_that_the_stack_fills_is_read_ahead() -> None:
    """While one of its environments is asked for, so are the agents that are sure to be asked for next."""
    workspace = WaitingWorkspace(agent(number, OURS) for number in range(250))
    begun(workspace)
    assert workspace.pages == 3


def test_a_list_is_read_ahead_for_a_stack_that_is_about_to_ask() -> None:
    """Nobody has to ask for an object of the stack first."""
    workspace = WaitingWorkspace(agent(number, OURS) for number in range(250))
    live = LiveCache(workspace.client())
    live.open(AGENT)
    live.meet(OURS)
    assert workspace.was_read.wait(timeout=60)
    assert workspace.pages == 3


def test_a_list_that_others_fill_is_not_read_ahead() -> None:
    """A small stack does not page through what belongs to everybody else, not even in the background."""
    others = (agent(number, THEIRS if number % 2 else OURS) for number in range(250))
    workspace = WaitingWorkspace(others)
    workspace.was_read.set()
    begun(workspace)
    assert workspace.pages == 1


def test_a_failure_to_read_ahead_is_that_of_who_asks_next() -> None:
    """All attempts were made: who waits for an object does not wait for the same ones once more."""

    class Broken(WaitingWorkspace):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if "page" not in request.url.params:
                return answer
            self.was_read.set()
            return httpx.Response(400, json={})

    workspace = Broken(agent(number, OURS) for number in range(250))
    live = begun(workspace)
    with pytest.raises(ApiError):
        live.get(AGENT, "agent_249", mark(249))
    assert workspace.pages == 2


def test_single_objects_are_got_side_by_side() -> None:
    """A thread that waits for one object keeps no other from asking for the next."""
    both = threading.Barrier(2, timeout=60)

    class Slow(Workspace):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if request.url.path != "/v1/agents":
                both.wait()
            return answer

    workspace = Slow([*(agent(number) for number in range(200)), agent(200, OURS), agent(201, OURS)])
    live = LiveCache(workspace.client())
    live.open(AGENT)
    with ThreadPoolExecutor(2) as threads:
        found = threads.map(lambda number: live.get(AGENT, f"agent_{number}"), (200, 201))
        assert [one["id"] for one in found if one] == ["agent_200", "agent_201"]


def test_the_view_expires() -> None:
    """What is older than half a minute is read again; what is younger is not."""
    workspace, clock = Workspace([agent(0, OURS)]), Clock()
    live = LiveCache(workspace.client(), clock)
    live.get(AGENT, "agent_0")
    workspace.objects["agent_0"] = agent(0, OURS, version=2)
    clock.now += FRESH_FOR - 1
    assert live.get(AGENT, "agent_0") == agent(0, OURS, version=1)
    clock.now += 2
    assert live.get(AGENT, "agent_0") == agent(0, OURS, version=2)
    assert workspace.requests == 2


def test_own_writes_are_known_at_once() -> None:
    """The answer to a write replaces its entry, also when an older page comes in after it."""
    workspace = Workspace(agent(number, OURS) for number in range(150))
    live = LiveCache(workspace.client())
    written = agent(140, OURS, version=2)
    live.put(AGENT, written)
    live.all(AGENT)
    assert live.get(AGENT, "agent_140") == written
    assert workspace.requests == 2


def test_removed_objects_are_known_at_once() -> None:
    """What was removed is asked for again, and then gone."""
    workspace = Workspace([agent(0, OURS)])
    live = LiveCache(workspace.client())
    assert live.all(AGENT) == [agent(0, OURS)]
    del workspace.objects["agent_0"]
    live.drop(AGENT, "agent_0")
    assert live.all(AGENT) == []
    assert live.get(AGENT, "agent_0") is None


def test_reading_again_is_a_request() -> None:
    """Where the present moment counts the view is not asked, but takes over the answer."""
    workspace = Workspace([agent(0, OURS)])
    live = LiveCache(workspace.client())
    live.get(AGENT, "agent_0")
    workspace.objects["agent_0"] = agent(0, OURS, version=2)
    assert live.read_again(AGENT, "agent_0") == agent(0, OURS, version=2)
    assert live.get(AGENT, "agent_0") == agent(0, OURS, version=2)
    assert workspace.requests == 2


def test_all_are_on_any_page_but_not_among_the_archived() -> None:
    """A half-made object may be anywhere; archived ones are not it."""
    archived = agent(7, OURS, archived_at="2026-01-01T00:00:00Z")
    workspace = Workspace(
        [archived, *(agent(number) for number in range(1000, 1200)), {**agent(8, OURS), "id": "agent_8"}]
    )
    live = LiveCache(workspace.client())
    found = live.all(AGENT)
    assert AGENT.operations.find(live, AGENT, mark(8), {}, found) == agent(8, OURS)
    assert AGENT.operations.find(live, AGENT, mark(7), {}, found) is None
    assert (workspace.pages, workspace.singles) == (3, [])


def test_what_is_known_costs_a_first_page_at_most() -> None:
    """Of a kind that nobody asked about the newest are read, and then no more."""
    workspace = Workspace([agent(0, OURS, archived_at="2026-01-01T00:00:00Z"), *map(agent, range(1, 250))])
    live = LiveCache(workspace.client())
    known = live.known(AGENT)
    assert agent(0, OURS, archived_at="2026-01-01T00:00:00Z") not in known
    assert live.known(AGENT) == known
    assert (len(known), workspace.requests) == (99, 1)


def test_a_preview_of_a_large_stage_costs_ten_requests_at_most(
    stack: EmulatedStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 agents, 20 environments and 20 skills, asked for by 32 threads at once as the engine does."""
    monkeypatch.chdir(tmp_path)
    skill = KINDS["skill"].body(stack)
    stage: list[tuple[str, Body]] = [
        *(
            ("agent", {"name": f"Agent {n}", "model": "claude-haiku-5-5", "system": f"You are {n}."})
            for n in range(200)
        ),
        *(("environment", {"name": f"box-{n}"}) for n in range(20)),
        *(("skill", {**skill, "display_name": f"Skill {n}"}) for n in range(20)),
    ]
    first, later = stack.process(), stack.process()
    with ThreadPoolExecutor(32) as threads:
        made = list(threads.map(lambda n: stack.create(*stage[n], name=str(n), context=first), range(240)))
        stack.asked()
        plans = list(threads.map(lambda one: stack.look(one, context=later), random.sample(made, 240)))
    assert all(plan.is_empty for plan in plans)
    assert len(stack.asked()) <= 10
