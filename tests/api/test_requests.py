from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.errors import ApiError, WrongWorkspace
from tests.api.scripted_transport import KEY, WORKSPACE, Network, answer, connect, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

BETA = "managed-agents-2026-04-01"


@pytest.mark.parametrize(
    ("call", "method", "path", "beta"),
    [
        pytest.param(lambda c: c.agents.create({}), "POST", "/v1/agents", BETA, id="create"),
        pytest.param(lambda c: c.agents.get("a"), "GET", "/v1/agents/a", BETA, id="get"),
        pytest.param(lambda c: c.agents.update("a", {}), "POST", "/v1/agents/a", BETA, id="update"),
        pytest.param(lambda c: c.agents.archive("a"), "POST", "/v1/agents/a/archive", BETA, id="archive"),
        pytest.param(
            lambda c: list(c.agents.versions("a")), "GET", "/v1/agents/a/versions?limit=100", BETA, id="versions"
        ),
        pytest.param(lambda c: c.environments.delete("e"), "DELETE", "/v1/environments/e", BETA, id="delete"),
        pytest.param(lambda c: c.skills.get("s"), "GET", "/v1/skills/s", None, id="skills need no beta"),
        pytest.param(
            lambda c: c.skills.content("s", "1"), "GET", "/v1/skills/s/versions/1/content", None, id="content"
        ),
        pytest.param(lambda c: c.sessions.send("s", []), "POST", "/v1/sessions/s/events", BETA, id="send"),
    ],
)
def test_each_call_is_one_request(call: Callable[[Client], Any], method: str, path: str, beta: str | None) -> None:
    """Methods, paths and beta headers are those of the API; version and credential go with every request."""
    client, network = connect(answer())
    call(client)
    (request,) = network.requests
    assert (request.method, request.url.raw_path.decode()) == (method, path)
    assert request.headers.get("anthropic-beta") == beta
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert request.headers["x-api-key"] == KEY


def test_a_list_follows_its_pages() -> None:
    """All objects of all pages come in order; the filters go with every page, the cursor with all but the first."""
    pages = [
        answer(200, {"data": [{"id": n}], "next_page": cursor}) for n, cursor in (("a", "p2"), ("b", "p3"), ("c", None))
    ]
    client, network = connect(*pages)
    assert [one["id"] for one in client.agents.list(include_archived=True)] == ["a", "b", "c"]
    queries = [dict(request.url.params) for request in network.requests]
    assert queries == [
        {"limit": "100", "include_archived": "true"},
        {"limit": "100", "include_archived": "true", "page": "p2"},
        {"limit": "100", "include_archived": "true", "page": "p3"},
    ]


def test_a_list_is_read_as_far_as_it_is_used() -> None:
    """Who stops at the first object pays for one page."""
    client, network = connect(answer(200, {"data": [{"id": "a"}], "next_page": "p2"}))
    next(client.agents.list())
    assert len(network.requests) == 1


def test_events_are_distinguished_by_their_json() -> None:
    """Frames are read whatever they are called; pings and comments are passed over."""
    frames = (
        ': hello\n\nevent: message\ndata: {"type": "agent.message"}\n\n'
        'event: session.status_idle\ndata: {"type":\ndata: "session.status_idle"}\n\nevent: ping\n\n'
    )
    client, network = connect(httpx.Response(200, text=frames, headers={"content-type": "text/event-stream"}))
    with client.sessions.stream("s") as events:
        assert [event["type"] for event in events] == ["agent.message", "session.status_idle"]
    assert network.requests[0].headers["accept"] == "text/event-stream"


def test_a_refused_stream_is_reported_as_any_refusal() -> None:
    """A stream that cannot be opened fails before its block is entered."""
    client, _ = connect(refusal(404, "not_found_error", "No such session."))
    with pytest.raises(ApiError, match=r"No such session.*req_7"), client.sessions.stream("s"):
        pytest.fail("the stream is not open")


def test_the_workspace_is_learnt_from_any_answer() -> None:
    """Answers name their workspace, also those that refuse; who knows it asks no more."""
    client, network = connect(
        refusal(404, anthropic_workspace_id="wrkspc_1"), answer(anthropic_workspace_id="wrkspc_1")
    )
    with pytest.raises(ApiError):
        client.agents.get("gone")
    assert client.workspace == "wrkspc_1"
    assert client.identify() == "wrkspc_1"
    client.expect("wrkspc_1")
    assert len(network.requests) == 1
    client.agents.page()
    assert network.requests[1].headers[WORKSPACE] == "wrkspc_1"


def test_threads_that_need_the_workspace_at_the_same_time_ask_once() -> None:
    """An engine that takes a stage down begins with dozens of calls, each of which needs to know where it is."""
    together, asked_again = threading.Barrier(16, timeout=60), threading.Event()

    class Slow(Network):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answered = super().handle_request(request)
            if len(self.requests) > 1:
                asked_again.set()
            asked_again.wait(0.1)  # time for the others to ask, if they do
            return answered

    network = Slow([answer(anthropic_workspace_id="wrkspc_1")])
    client = Client(Settings("https://api.test", {"x-api-key": KEY}, "ANTHROPIC_API_KEY"), transport=network)

    def identified() -> str | None:
        together.wait()
        return client.identify()

    with ThreadPoolExecutor(together.parties) as pool:
        asked = [pool.submit(identified) for _ in range(together.parties)]
    assert {one.result() for one in asked} == {"wrkspc_1"}
    assert len(network.requests) == 1


def test_another_workspace_is_found_before_anything_is_written() -> None:
    """A stage of one workspace and a credential of another stop at the first question, which is a read."""
    client, network = connect(answer(anthropic_workspace_id="wrkspc_2"))
    with pytest.raises(WrongWorkspace, match=r"wrkspc_1.*ANTHROPIC_API_KEY.*wrkspc_2"):
        client.expect("wrkspc_1")
    assert {request.method for request in network.requests} == {"GET"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(None, "what provider 'eu' manages lives in workspace wrkspc_1", id="recorded"),
        pytest.param("wrkspc_1", "provider 'eu' is for workspace wrkspc_1", id="said by the program"),
    ],
)
def test_a_provider_of_another_workspace_is_reported_by_its_name(given: str | None, message: str) -> None:
    """And whether what it manages is elsewhere, or the program names another workspace than its credential's."""
    client, _ = connect(answer(anthropic_workspace_id="wrkspc_2"), workspace=given, provider="eu")
    with pytest.raises(
        WrongWorkspace, match=rf"^{message}, but the credential \(ANTHROPIC_API_KEY\) belongs to wrkspc_2"
    ):
        client.expect("wrkspc_1")


def test_a_404_of_another_workspace_is_not_taken_for_gone() -> None:
    """What another workspace does not have may well exist in the stage's own."""
    client, _ = connect(answer(anthropic_workspace_id="wrkspc_1"), refusal(404, anthropic_workspace_id="wrkspc_2"))
    client.expect("wrkspc_1")
    with pytest.raises(WrongWorkspace):
        client.agents.get("agent_1")


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refused_workspace_name_is_reported_as_such(status: int) -> None:
    """Where the API refuses the header itself and names no workspace, the credential's own is asked for and told."""
    client, network = connect(refusal(status), answer(anthropic_workspace_id="wrkspc_2"), workspace="wrkspc_1")
    with pytest.raises(WrongWorkspace, match=r"wrkspc_1.*wrkspc_2"):
        client.agents.create({"name": "a"})
    assert [(request.method, request.headers.get(WORKSPACE)) for request in network.requests] == [
        ("POST", "wrkspc_1"),
        ("GET", None),
    ]


def test_a_server_that_names_no_workspace_is_asked_once() -> None:
    """Not every server says where an answer comes from; that is no reason to ask for every resource."""
    client, network = connect(answer())
    for _ in range(5):
        client.expect("wrkspc_1")
    assert len(network.requests) == 1
