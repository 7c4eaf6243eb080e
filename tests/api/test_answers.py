"""Whatever a server answers is bounded and has types, or ends with a sentence that names the request."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pulumi_managed_agents.api import Client, Settings, answers, paging
from pulumi_managed_agents.dynamic.state_entry import outputs
from pulumi_managed_agents.errors import ApiError, Unreachable
from pulumi_managed_agents.kinds.registry import FACTS
from tests.api.scripted_transport import KEY, answer, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"id": None}, "`id` that is not an id"),
        ({"id": 7}, "`id` that is not an id"),
        ({"id": "agent_1/../agent_2"}, "`id` that is not an id"),
        ({"id": "agent_1\n::set-output"}, "`id` that is not an id"),
        ({"id": "a" * 300}, "`id` that is not an id"),
        ({"id": ["agent_1"]}, "`id` that is not an id"),
        ({"id": "agent_1", "version": {"number": 1}}, "`version` that is not a number or a text"),
        ({"id": "agent_1", "version": True}, "`version` that is not a number or a text"),
        ({"id": "skill_1", "latest_version_id": {"id": "1"}}, "`latest_version_id` that is not a text"),
        ({"id": "agent_1", "updated_at": 1700000000}, "`updated_at` that is not a text"),
        ({"id": "agent_1", "archived_at": True}, "`archived_at` that is not a text"),
        ({"id": "agent_1", "metadata": ["a"]}, "`metadata` that is not an object"),
        ({"id": "agent_1", "name": {"first": "A"}}, "`name` that is not a text"),
        ({"id": "agent_1", "system": "half \ud83d"}, "text with half a character"),
        ({"id": "agent_1", "tools": [{"\udc00": 1}]}, "text with half a character"),
        ({"id": "e_1", "type": "agent.message", "content": 7}, "`content` that is not a list or a text"),
        ({"id": "e_1", "type": "agent.message", "content": [7]}, "`content` that is not a list of objects"),
        ({"id": "e_1", "type": "session.status_idle", "stop_reason": 7}, "`stop_reason` that is not an object"),
        ({"data": {"id": "agent_1"}}, "`data` that is not a list of objects"),
        ({"data": "agent_1"}, "`data` that is not a list of objects"),
        ({"data": None}, "`data` that is not a list of objects"),
        ({"data": [1, 2]}, "`data` that is not a list of objects"),
        ({"data": [{"id": "agent_1"}, {"id": 2}]}, r"`data\[1\].id` that is not an id"),
        ({"data": [], "next_page": 2}, "`next_page` that is not a text"),
    ],
)
def test_an_answer_of_the_wrong_types_is_reported_with_its_request(body: Any, message: str) -> None:
    """What we go by has a type; where it has not, the message says what, of which request."""
    content = json.dumps(body).encode()  # which spells half a character out
    client, _ = connect(httpx.Response(200, content=content, headers={"request-id": "req_7"}))
    with pytest.raises(
        ApiError, match=rf"answered with something unexpected: {message}.* \(GET /v1/agents, request req_7\)$"
    ):
        client.agents.page()


@pytest.mark.parametrize(
    "text", [b"", b"null", b"[]", b'"agent"', b"12", b"{", b'{"id": NaN}', b'{"a": -Infinity}', DEEP]
)
def test_what_is_no_object_is_not_the_apis(text: bytes) -> None:
    """A body that is no JSON object says that somebody else answered."""
    client, _ = connect(httpx.Response(200, content=text))
    with pytest.raises(ApiError, match="something that is not the API's"):
        client.agents.page()


def test_a_deep_answer_is_refused_before_anybody_walks_it() -> None:
    """JSON that can be read but is nested deeper than any definition is refused."""
    value: Any = "leaf"
    for _ in range(200):
        value = {"schema": value}
    client, _ = connect(answer(200, {"id": "agent_1", "input_schema": value}))
    with pytest.raises(ApiError, match="nested more than 100 deep"):
        client.agents.get("agent_1")


def test_a_field_that_every_object_has_may_not_be_missing() -> None:
    """Code that needs the id of an object without one says so, instead of failing with a traceback."""
    client, _ = connect(answer(200, {"name": "Triage"}), answer(200, {"data": [{"name": "Triage"}]}))
    with pytest.raises(
        ApiError, match=r"an object without `id` \(POST /v1/agents\); what was sent may have been applied"
    ):
        client.agents.create({"name": "Triage"})["id"]
    with pytest.raises(ApiError, match=r"an object without `id` \(GET /v1/agents\)$"):
        [live["id"] for live in client.agents.list()]


def test_an_agent_without_a_version_is_not_recorded() -> None:
    """Tests and pins go by it, so that its absence is reported where it is seen, as the API's doing."""
    client, _ = connect(answer(200, {"id": "agent_1", "name": "Triage", "model": {"id": "claude-opus-5-5"}}))
    with pytest.raises(ApiError, match=r"an object without `version` \(POST /v1/agents\)"):
        outputs(FACTS["agent"], {"name": "Triage"}, client.agents.create({"name": "Triage"}))


def test_a_list_that_turns_in_a_circle_ends() -> None:
    """A cursor that was followed before is not followed again."""
    client, network = connect(
        answer(200, {"data": [], "next_page": "p2"}),
        answer(200, {"data": [], "next_page": "p3"}),
        answer(200, {"data": [], "next_page": "p2"}),
    )
    with pytest.raises(ApiError, match=r"a page that names an earlier one as the next \(GET /v1/agents\)"):
        list(client.agents.list())
    assert len(network.requests) == 3


def test_a_list_without_an_end_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """New cursors for ever are followed for a while only."""
    monkeypatch.setattr(paging, "MOST_PAGES", 20)
    script = [answer(200, {"data": [], "next_page": f"p{number}"}) for number in range(1000)]
    client, network = connect(*script)
    with pytest.raises(ApiError, match="a list that goes on after 20 pages"):
        list(client.agents.list())
    assert len(network.requests) == 20


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_body_over_the_limit_is_not_kept(packed: bool) -> None:
    """The limit is that of the unpacked body, so that a small answer cannot fill the memory."""
    body = b" " * (answers.LARGEST_BODY + 1)
    content = gzip.compress(body, 1) if packed else body
    client = streaming(content, {"content-encoding": "gzip"} if packed else {})
    with pytest.raises(ApiError, match=r"unexpected: more than 64 MB \(GET /v1/agents/agent_1\)"):
        client.agents.get("agent_1")


def test_a_body_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece may come in time and the whole of it never."""
    monkeypatch.setattr(answers, "LONGEST_WAIT", 0.0)
    client, _ = connect(answer(200, {"id": "agent_1"}))
    with pytest.raises(ApiError, match="a body that had not ended after 0 s"):
        client.agents.get("agent_1")


def test_an_event_without_an_end_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """One event may not grow for ever; many events may."""
    monkeypatch.setattr("pulumi_managed_agents.api.stream.LONGEST_EVENT", 100_000)
    event = f"data: {json.dumps({'type': 'agent.message', 'text': 'x' * 1000})}\n\n".encode()
    client = streaming(event * 1000 + b"data: x" * 100_000, {"content-type": "text/event-stream"})
    with client.sessions.stream("sesn_1") as events:
        followed = iter(events)
        assert len([next(followed) for _ in range(1000)]) == 1000
        with pytest.raises(ApiError, match="an event of a stream without an end"):
            next(followed)


@pytest.mark.parametrize("frame", ["[]", "7", '"agent.message"', '{"type": 7}', '{"id": {}}'])
def test_an_event_that_is_none_ends_the_stream(frame: str) -> None:
    """An event is an object with a type and an id that are texts."""
    client, _ = connect(httpx.Response(200, text=f"data: {frame}\n\n", headers={"content-type": "text/event-stream"}))
    with client.sessions.stream("sesn_1") as events, pytest.raises(ApiError):
        list(events)


class Broken(httpx.BaseTransport):
    """Breaks off in the middle of the body, so many times; then answers."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.asked = 0

    def handle_request(self, _: httpx.Request) -> httpx.Response:
        """Answer an agent, or half of one."""
        self.asked += 1
        self.left -= 1
        return httpx.Response(200, stream=Half() if self.left >= 0 else httpx.ByteStream(b'{"id": "agent_1"}'))


class Half(httpx.SyncByteStream):
    """A body that ends before its end."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id": '
        raise httpx.RemoteProtocolError("peer closed connection")


def test_a_body_that_breaks_off_is_asked_for_again() -> None:
    """What is read may be read again; after a while the request is named."""
    client = Client(Settings("https://api.test", {"x-api-key": KEY}, "key"), transport=Broken(2), backoff=0)
    assert client.agents.get("agent_1")["id"] == "agent_1"
    client = Client(Settings("https://api.test", {"x-api-key": KEY}, "key"), transport=Broken(9), backoff=0)
    with pytest.raises(Unreachable, match=r"peer closed connection \(GET /v1/agents/agent_1\)"):
        client.agents.get("agent_1")


def test_a_write_whose_answer_breaks_off_is_not_sent_again() -> None:
    """It may have been applied."""
    network = Broken(9)
    client = Client(Settings("https://api.test", {"x-api-key": KEY}, "key"), transport=network, backoff=0)
    with pytest.raises(Unreachable, match=r"\(POST /v1/agents\); what was sent may have been applied"):
        client.agents.create({"name": "a"})
    assert network.asked == 1


def test_an_id_is_one_step_of_a_path() -> None:
    """An id out of a file or a state cannot lead a request to another path."""
    client, network = connect(answer(200, {"id": "agent_1"}))
    client.agents.get("../skills?x=1")
    assert network.requests[0].url.raw_path == b"/v1/agents/..%2Fskills%3Fx%3D1"


def streaming(content: bytes, headers: dict[str, str]) -> Client:
    """A client of a server that sends this body in pieces."""
    network = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=Bytes(content)))
    return Client(Settings("https://api.test", {"x-api-key": KEY}, "ANTHROPIC_API_KEY"), transport=network, backoff=0)


class Bytes(httpx.SyncByteStream):
    """A body in pieces, as a network gives it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._content), 64 * 1024):
            yield self._content[start : start + 64 * 1024]
