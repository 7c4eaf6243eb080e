"""Requests that took effect and get no answer, so that whoever sent one can be killed at exactly that moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request


class Held:
    """The held requests whose clients are still there; others can wait for them to come."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()

    async def until_gone(self, request: Request) -> None:
        """Hold a request, whose body was read, until its client goes away or the server ends."""
        task = asyncio.create_task(_gone(request))
        await self._count(lambda: self._tasks.add(task))
        await asyncio.wait([task])
        await self._count(lambda: self._tasks.discard(task))

    async def at_least(self, number: int) -> int:
        """Wait until so many requests are held at the same time; how many there are."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._tasks) >= number)
            return len(self._tasks)

    def release(self) -> None:
        """Hold nothing any more."""
        for task in self._tasks:
            task.cancel()

    async def _count(self, change: Callable[[], None]) -> None:
        async with self._changed:
            change()
            self._changed.notify_all()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
