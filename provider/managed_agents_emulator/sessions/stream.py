"""Live event streams: who listens to a session, and how events look on the wire."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from managed_agents_emulator.store import Json

_PING_SECONDS = 15


@dataclass(eq=False)
class Subscription:
    """One open stream: events that wait to be sent (None ends it), and which previews it asked for."""

    previews: frozenset[str]
    queue: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)


class Streams:
    """The open streams of all sessions."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[Subscription]] = defaultdict(set)

    def subscribe(self, session: str, previews: frozenset[str]) -> Subscription:
        """Open a stream of what happens in a session from now on."""
        subscription = Subscription(previews)
        self._open[session].add(subscription)
        return subscription

    def unsubscribe(self, session: str, subscription: Subscription) -> None:
        """Close a stream."""
        self._open[session].discard(subscription)
        if not self._open[session]:
            del self._open[session]

    def publish(self, session: str, event: Json) -> None:
        """Send an event to the session's listeners."""
        for subscription in self._open.get(session, ()):
            subscription.queue.put_nowait(event)

    def end(self, session: str) -> None:
        """End the streams of a session after what they still have to send."""
        for subscription in self._open.get(session, ()):
            subscription.queue.put_nowait(None)

    def close(self) -> None:
        """End all streams."""
        for session in list(self._open):
            self.end(session)


@dataclass(frozen=True)
class Framing:
    """How a stream is written: whether frames name their type, and after how many events it breaks (None for never)."""

    typed: bool
    break_after: int | None
    break_connection: Callable[[], None]


async def frames(streams: Streams, session: str, subscription: Subscription, framing: Framing) -> AsyncIterator[bytes]:
    """Write the stream's bytes until it is ended or broken."""
    sent = 0
    try:
        while framing.break_after is None or sent < framing.break_after:
            try:
                event = await asyncio.wait_for(subscription.queue.get(), _PING_SECONDS)
            # So that neither a proxy nor a client takes a quiet stream for a dead one.
            except TimeoutError:
                yield _frame("ping", {"type": "ping"})
                continue
            if event is None:
                return
            for preview in _previews(event, subscription.previews):
                yield _frame(preview["type"] if framing.typed else "message", preview)
            yield _frame(event["type"] if framing.typed else "message", event)
            sent += 1
        framing.break_connection()
        await asyncio.sleep(0)
    finally:
        streams.unsubscribe(session, subscription)


def _frame(name: str, data: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def _previews(event: Json, types: frozenset[str]) -> Iterator[Json]:
    if event["type"] not in types:
        return
    yield {"type": "event_start", "event": {"type": event["type"], "id": event["id"]}}
    for index, block in enumerate(event.get("content", [])):
        delta = {"type": "content_delta", "index": index, "content": block}
        yield {"type": "event_delta", "event_id": event["id"], "delta": delta}
