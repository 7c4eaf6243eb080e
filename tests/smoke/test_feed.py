from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.smoke.feed import Feed, NewEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Event = dict[str, Any]

LOG = [{"id": f"sevt_{number}", "type": "agent.thinking"} for number in range(4)]
END = {"id": "sevt_end", "type": "session.deleted"}


@st.composite
def connections(draw: st.DrawFn) -> tuple[list[Event], list[list[Event]]]:
    """A session's log, and what connections to it bring: history as of a moment, then the stream since it was opened.

    Each stream is opened at some point of the log, before its history is listed, and drops at a later one; the next is
    opened later still. The last lasts. A server may also tell a live event twice.
    """
    length = draw(st.integers(0, 12))
    log = [{"id": str(number)} for number in range(length)]
    points = sorted(draw(st.lists(st.integers(0, length), max_size=8)))
    brought = []
    for opened, dropped in zip(points[::2], points[1::2], strict=False):
        listed = draw(st.integers(opened, length))
        brought.append(log[:listed] + _stuttering(draw, log[opened : max(listed, dropped)]))
    last = draw(st.integers(points[-1] if points else 0, length))
    brought.append(log[: draw(st.integers(last, length))] + _stuttering(draw, log[last:]))
    return log, brought


def _stuttering(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    return [event for event in events for _ in range(draw(st.integers(1, 2)))]


@given(connections())
def test_any_connections_give_each_event_once_and_in_order(case: tuple[list[Event], list[list[Event]]]) -> None:
    """However streams drop and histories overlap, nothing is lost, repeated or swapped."""
    log, brought = case
    unseen = NewEvents()
    assert [event for connection in brought for event in unseen.of(connection)] == log


def test_previews_without_an_id_are_all_let_through() -> None:
    """What has no id cannot be distinguished, so none is taken for a repetition."""
    preview = {"type": "event_delta"}
    assert list(NewEvents().of([preview, preview])) == [preview, preview]


class Broken(httpx.SyncByteStream):
    """An event stream that tells some events and then breaks off."""

    def __init__(self, events: list[Event], ending: Callable[[], bytes]) -> None:
        self.events = events
        self.ending = ending

    def __iter__(self) -> Iterator[bytes]:
        for event in self.events:
            yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        yield self.ending()


def fails(error: Exception) -> Callable[[], bytes]:
    def fail() -> bytes:
        raise error

    return fail


def feed(*streams: Broken, status: int = 200) -> Feed:
    """A feed of a server whose connections bring these streams, and whose history grows by one event with each."""
    waiting = iter(streams)
    opened: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/stream"):
            opened.append(1)
            return httpx.Response(status, stream=next(waiting), headers={"content-type": "text/event-stream"})
        return httpx.Response(200, json={"data": LOG[: len(opened)], "next_page": None})

    client = Client(Settings("http://127.0.0.1", {}, "test"), transport=httpx.MockTransport(answer))
    return Feed(client, "sesn_1")


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(bytes, id="ended"),
        pytest.param(fails(httpx.ReadError("reset by peer")), id="dropped"),
        pytest.param(fails(httpx.ReadTimeout("silent")), id="silent"),
        pytest.param(lambda: b'event: error\ndata: {"type": "error", "error": {}}\n\n', id="broken off by the server"),
        pytest.param(lambda: b'event: agent.message\ndata: {"id": "sev\n\n', id="cut in the middle of an event"),
    ],
)
def test_a_lost_stream_is_followed_by_another(ending: Callable[[], bytes]) -> None:
    """What happened between two streams comes from the history."""
    followed = feed(Broken(LOG[:1], ending), Broken([], ending), Broken([LOG[3], END], bytes))
    assert [followed.next(timeout=60) for _ in range(5)] == [*LOG, END]
    assert followed.opened.is_set()


def test_a_session_that_cannot_be_followed_is_told_to_whoever_waits() -> None:
    """A refusal ends the feed; nobody waits for ever."""
    followed = feed(Broken([], bytes), status=404)
    with pytest.raises(ApiError, match="404"):
        followed.next(timeout=60)


def test_no_event_in_time_is_none() -> None:
    """A caller that waits gets the time back to look at its clock."""
    over = threading.Event()
    followed = feed(Broken([], lambda: b":" * over.wait(60)))
    assert followed.next(timeout=60) == LOG[0]
    assert followed.next(timeout=0.01) is None
    over.set()
    followed.close()
