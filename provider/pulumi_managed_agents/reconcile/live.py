"""The live objects of one workspace, read once per process and shared by all its resources.

A kind is listed page by page as long as that pays, and single objects are got where the workspace is large and the
stack small: apart from a first page there are never more requests than objects asked for. The view expires after half
a minute (a smoke test may take minutes), and every write of ours refreshes its entry. Safe to share among threads;
kinds are read side by side, and so are single objects. Once a stack is known, a list that its objects fill is read
ahead, so that nobody waits for page after page.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.paging import Cursor
from pulumi_managed_agents.errors import ApiError, ManagedAgentsError
from pulumi_managed_agents.reconcile.mark import mark_of, stack_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body

FRESH_FOR = 30.0
PATIENCE = 3.0
"""How many seconds an object is looked at again where the API answers from before our own write."""
FIRST_PAUSE = 0.05
"""How long the first pause between two looks is; each further one is twice as long."""
PAGE = 100


@dataclass
class _KindCache:
    """What has been read of one kind; `list` says where that list goes on, `requests` counts what it cost.

    `failure` is why no more of it could be read ahead, until somebody has been told.
    """

    facts: Facts
    latest_page: Sequence[Body] = ()
    failure: ManagedAgentsError | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    objects: dict[str, Body] = field(default_factory=dict)
    list: Cursor = field(default_factory=lambda: Cursor("GET the list of a kind"))
    since: float = 0.0
    asked: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    requests: int = 0


class LiveCache:
    """The objects of a workspace, by kind; `patience` is how long to wait for one that the API does not show yet."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic, patience: float = PATIENCE) -> None:
        self._client = client
        self._clock = clock
        self._caches: dict[tuple[str, str], _KindCache] = {}
        self._lock = threading.Lock()
        self._stacks: set[str] = set()
        self._contents: dict[tuple[str, str], Body] = {}
        self._patience = patience

    def get(self, facts: Facts, id: str, mark: str = "") -> Body | None:
        """The object as it is now (at most half a minute old), or None when it is gone.

        `mark` is the asker's; it shows which other objects of a page will be asked for.
        """
        cache = self._cache(facts)
        if mark:
            self.meet(stack_of(mark))
        with cache.lock:
            cache.asked.add(id)
            while id not in cache.objects and self._pays_to_list(cache):
                if failure := cache.failure:  # which took all the attempts that there are
                    cache.failure = None
                    raise failure
                self._read_page(facts, cache)
            cached = cache.objects.get(id)
            cache.requests += cached is None
        return cached or self._get_single(facts, cache, id)

    def read_again(self, facts: Facts, id: str) -> Body | None:
        """The object as it is at this moment."""
        return self._get_single(facts, self._cache(facts), id)

    def look_again(self, facts: Facts, id: str, is_behind: Callable[[Body | None], bool]) -> Body | None:
        """The object once it is no longer `is_behind`, or as it is after the longest wait.

        After an object that was behind for all that time, no other one is waited for.
        """
        pause, end = FIRST_PAUSE, self._clock() + self._patience
        while is_behind(seen := self.read_again(facts, id)):
            if self._clock() + pause > end:
                self._patience = 0.0
                break
            time.sleep(pause)
            pause *= 2
        return seen

    def open(self, facts: Facts) -> None:
        """Read a kind's first page, unless something of it is known already."""
        cache = self._cache(facts)
        with cache.lock:
            if cache.list.next == "":
                self._read_page(facts, cache)

    def all(self, facts: Facts) -> list[Body]:
        """Every unarchived object of a kind."""
        cache = self._cache(facts)
        with cache.lock:
            while cache.list.next is not None:
                self._read_page(facts, cache)
            return [live for live in cache.objects.values() if not is_gone(live)]

    def known(self, facts: Facts) -> list[Body]:
        """The unarchived objects of a kind that were read so far, which are the newest ones at least."""
        self.open(facts)
        cache = self._cache(facts)
        with cache.lock:
            return [live for live in cache.objects.values() if not is_gone(live)]

    def inspect(self, facts: Facts, live: Body) -> Body:
        """The object with what only its content says, if its kind has content; each version is opened once."""
        if not facts.itemised:
            return live
        version = (live["id"], str(live.get("latest_version_id")))
        if version not in self._contents:
            self._contents[version] = facts.operations.inspect(self._client, live)
        return {**self._contents[version], **live}

    def forget(self, facts: Facts) -> None:
        """Drop what is cached of a kind, so that the next read reaches the API."""
        with self._lock:
            self._caches.pop((facts.kind, facts.scope), None)

    def put(self, facts: Facts, live: Body) -> None:
        """Cache the answer to a write of ours."""
        cache = self._cache(facts)
        with cache.lock:
            cache.objects[live["id"]] = live

    def drop(self, facts: Facts, id: str) -> None:
        """Drop an object that is removed; a list that still shows it lags behind."""
        cache = self._cache(facts)
        with cache.lock:
            cache.objects.pop(id, None)
            cache.removed.add(id)

    def _cache(self, facts: Facts) -> _KindCache:
        with self._lock:
            cache = self._caches.get((facts.kind, facts.scope))
            if cache is None or self._clock() - cache.since > FRESH_FOR:
                cache = self._caches[facts.kind, facts.scope] = _KindCache(facts, since=self._clock())
            return cache

    def meet(self, stack: str) -> None:
        """Know a stack that asks or is about to, and read the lists ahead that were opened before it was known."""
        if stack in self._stacks:
            return
        with self._lock:
            self._stacks.add(stack)
            opened = list(self._caches.values())
        for cache in opened:
            if self._goes_on(cache):
                threading.Thread(target=self._read_ahead, args=(cache,), daemon=True).start()

    def _read_ahead(self, cache: _KindCache) -> None:
        """Read on while that is sure to pay; others get what they need between two pages."""
        going = True
        while going:
            with cache.lock:
                try:
                    if going := self._goes_on(cache):
                        self._read_page(cache.facts, cache)
                except ManagedAgentsError as error:
                    cache.failure, going = error, False

    def _goes_on(self, cache: _KindCache) -> bool:
        """Whether there is a next page, and the stacks that ask fill most of the latest one."""
        return bool(cache.list.next) and 2 * len(self._ours(cache.latest_page)) > len(cache.latest_page)

    def _ours(self, objects: Iterable[Body]) -> set[str]:
        """The ids of those objects that serve and belong to a stack that asks."""
        return {live["id"] for live in objects if stack_of(mark_of(live)) in self._stacks and not is_gone(live)}

    def _pays_to_list(self, cache: _KindCache) -> bool:
        """Whether one more page, and a single read if it lacks the object, costs no more than a request per object."""
        ours = self._ours(cache.objects.values())
        return cache.list.next is not None and cache.requests + 2 <= len(cache.asked | ours) + 1

    def _read_page(self, facts: Facts, cache: _KindCache) -> None:
        filters: dict[str, Any] = {"limit": PAGE, **facts.list_filters}
        page = self._page(facts, **filters, **({"page": cache.list.next} if cache.list.next else {}))
        # What is cached comes last: the answers to our own writes are newer than any list.
        listed = {live["id"]: live for live in page["data"] if live["id"] not in cache.removed}
        cache.objects = listed | cache.objects
        cache.latest_page = page["data"]
        cache.list.follow(page)
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
        if mark := mark_of(live):
            self.meet(stack_of(mark))
        return live


def is_gone(live: Body | None) -> bool:
    """Whether an object no longer serves: deleted or archived."""
    return live is None or bool(live.get("archived_at"))
