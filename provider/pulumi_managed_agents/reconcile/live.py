"""The live objects of one workspace, read once per process and shared by all its resources.

A kind is listed page by page as long as that pays, and single objects are got where the workspace is large and the
stack small: apart from a first page there are never more requests than objects asked for. The view expires after half
a minute (a smoke test may take minutes), and every write of ours refreshes its entry. Safe to share among threads;
kinds are read side by side, and so are single objects.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.reconcile.mark import mark_of, stack_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body

FRESH_FOR = 30.0
PAGE = 100


@dataclass
class _KindCache:
    """What is known of one kind; `cursor` is None once the list is exhausted, `requests` counts requests."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    objects: dict[str, Body] = field(default_factory=dict)
    cursor: str | None = ""
    since: float = 0.0
    asked: set[str] = field(default_factory=set)
    requests: int = 0


class LiveCache:
    """A shared, expiring view of a workspace."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._caches: dict[tuple[str, str], _KindCache] = {}
        self._lock = threading.Lock()
        self._stacks: set[str] = set()
        self._contents: dict[tuple[str, str], Body] = {}

    def get(self, facts: Facts, id: str, mark: str = "") -> Body | None:
        """The object as it is now (at most half a minute old), or None when it is gone.

        `mark` is the asker's; it tells which other objects of a page will be asked for.
        """
        cache = self._cache(facts)
        with cache.lock:
            self._learn(mark)
            cache.asked.add(id)
            while id not in cache.objects and self._pays_to_list(cache):
                self._read_page(facts, cache)
            found = cache.objects.get(id)
            cache.requests += found is None
        return found or self._get_single(facts, cache, id)

    def read_again(self, facts: Facts, id: str) -> Body | None:
        """The object as it is at this moment."""
        return self._get_single(facts, self._cache(facts), id)

    def open(self, facts: Facts) -> None:
        """Read a kind's first page, unless something of it is known already."""
        cache = self._cache(facts)
        with cache.lock:
            if cache.cursor == "":
                self._read_page(facts, cache)

    def all(self, facts: Facts) -> list[Body]:
        """Every unarchived object of a kind."""
        cache = self._cache(facts)
        with cache.lock:
            while cache.cursor is not None:
                self._read_page(facts, cache)
            return [one for one in cache.objects.values() if not is_gone(one)]

    def known(self, facts: Facts) -> list[Body]:
        """The unarchived objects of a kind that were read so far, which are the newest ones at least."""
        self.open(facts)
        cache = self._cache(facts)
        with cache.lock:
            return [one for one in cache.objects.values() if not is_gone(one)]

    def inspect(self, facts: Facts, live: Body) -> Body:
        """The object with what only its content tells, if its kind has any; each version is opened once."""
        if not facts.itemised:
            return live
        version = (live["id"], str(live.get("latest_version_id")))
        if version not in self._contents:
            self._contents[version] = facts.operations.inspect(self._client, live)
        return {**self._contents[version], **live}

    def forget(self, facts: Facts) -> None:
        """Drop what is known of a kind, so that the next question reaches the API."""
        with self._lock:
            self._caches.pop((facts.kind, facts.scope), None)

    def put(self, facts: Facts, live: Body) -> None:
        """Take over the answer to a write of ours."""
        cache = self._cache(facts)
        with cache.lock:
            cache.objects[live["id"]] = live

    def drop(self, facts: Facts, id: str) -> None:
        """Let go of an object that is no longer what it was."""
        cache = self._cache(facts)
        with cache.lock:
            cache.objects.pop(id, None)

    def _cache(self, facts: Facts) -> _KindCache:
        with self._lock:
            cache = self._caches.get((facts.kind, facts.scope))
            if cache is None or self._clock() - cache.since > FRESH_FOR:
                cache = self._caches[facts.kind, facts.scope] = _KindCache(since=self._clock())
            return cache

    def _learn(self, mark: str) -> None:
        if mark:
            self._stacks.add(stack_of(mark))

    def _pays_to_list(self, cache: _KindCache) -> bool:
        """Whether a further page, and a single object should it not be there, stay within what all objects may cost."""
        ours = {id for id, one in cache.objects.items() if stack_of(mark_of(one)) in self._stacks and not is_gone(one)}
        return cache.cursor is not None and cache.requests + 2 <= len(cache.asked | ours) + 1

    def _read_page(self, facts: Facts, cache: _KindCache) -> None:
        filters: dict[str, Any] = {"limit": PAGE, **facts.list_filters}
        page = self._page(facts, **filters, **({"page": cache.cursor} if cache.cursor else {}))
        # Setting entries of our own writes aside: they are newer than any list.
        cache.objects = {one["id"]: one for one in page.get("data") or []} | cache.objects
        cache.cursor = page.get("next_page") or None
        cache.requests += 1

    def _page(self, facts: Facts, **filters: Any) -> Body:
        """One page; an empty one where the object that the kind lives in is gone."""
        try:
            page: Body = facts.endpoints(self._client).page(**filters)
        except ApiError as error:
            if not (facts.parent and error.status == 404):
                raise
            return {"data": []}
        return page

    def _get_single(self, facts: Facts, cache: _KindCache, id: str) -> Body | None:
        """Ask for one object, outside the lock: others need not wait."""
        try:
            live: Body = facts.endpoints(self._client).get(id)
        except ApiError as error:
            if error.status != 404:
                raise
            self.drop(facts, id)
            return None
        with cache.lock:
            cache.objects[id] = live
            self._learn(mark_of(live))
        return live


def is_gone(live: Body | None) -> bool:
    """Whether an object no longer serves: deleted or archived."""
    return live is None or bool(live.get("archived_at"))
