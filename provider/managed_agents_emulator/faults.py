"""Injected faults: what a client has to survive, and the requests that one of them holds.

Each fault belongs to requests whose method and path it matches and is used up after `times` of them.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from managed_agents_emulator.fields import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request


_MOST = 1000


class Fault(BaseModel):
    """One way in which matching requests go wrong; exactly one of the effects is set.

    `path` is a regular expression for the whole path. `status` answers with that error, and the error `code` if one is
    given, before anything happens; 429 carries `retry_after` seconds (`null` for a spend cap), 503 unless they are 0.
    `drop` closes the connection without an answer, before the request took effect or after it did. `hold` lets it take
    effect and never answers: the moment to kill a client. `stale` answers a read from the state at the time the fault
    was posted, `lag_ms` from the state so long ago, but not before that: a new object is not there yet, a deleted one
    still is.
    """

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: Pattern = ".*"
    times: int = Field(1, ge=1)
    latency_ms: int | None = Field(None, ge=0)
    status: int | None = Field(None, ge=400, le=599)
    code: str | None = None
    retry_after: float | None = 0
    drop: Literal["before", "after_commit"] | None = None
    hold: bool = False
    stale: bool = False
    lag_ms: int | None = Field(None, ge=1, le=60_000)
    stream_events: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _one_effect(self) -> Fault:
        flags = (self.hold or None, self.stale or None)
        effects = (self.latency_ms, self.status, self.drop, *flags, self.lag_ms, self.stream_events)
        if sum(effect is not None for effect in effects) != 1:
            raise ValueError("exactly one of latency_ms, status, drop, hold, stale, lag_ms, stream_events is needed")
        if self.code and not self.status:
            raise ValueError("a code belongs to a status")
        return self

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request is one of those that go wrong."""
        if self.stream_events is not None and not path.endswith("/stream"):
            return False
        if (self.stale or self.lag_ms) and method != "GET":
            return False
        return self.method in (None, method) and re.fullmatch(self.path, path) is not None


class Faults:
    """The faults still waiting for their requests."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def add(self, faults: list[Fault]) -> None:
        """Add faults behind those that are pending. Raises `ValueError` if that would be too many."""
        if len(self.pending) + len(faults) > _MOST:
            raise ValueError(f"at most {_MOST} faults can wait for their requests")
        self.pending += faults

    def clear(self) -> None:
        """Remove all faults."""
        self.pending = []

    def take(self, method: str, path: str) -> list[Fault]:
        """Find the faults of one request and count each of them down."""
        hit = [fault for fault in self.pending if fault.matches(method, path)]
        for fault in hit:
            fault.times -= 1
        self.pending = [fault for fault in self.pending if fault.times > 0]
        return hit


class HeldRequests:
    """Requests that took effect and get no answer, as long as their clients are there; others can wait for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()

    async def until_gone(self, request: Request) -> None:
        """Hold a request, whose body was read, until its client goes away or the server ends."""

        async def gone() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        task = asyncio.create_task(gone())
        await self._count(lambda: self._tasks.add(task))
        await asyncio.wait([task])
        await self._count(lambda: self._tasks.discard(task))

    async def at_least(self, number: int) -> int:
        """Wait until `number` requests are held at the same time, and say how many there are."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._tasks) >= number)
            return len(self._tasks)

    def release(self) -> None:
        """Let all held requests go."""
        for task in self._tasks:
            task.cancel()

    async def _count(self, change: Callable[[], None]) -> None:
        async with self._changed:
            change()
            self._changed.notify_all()
