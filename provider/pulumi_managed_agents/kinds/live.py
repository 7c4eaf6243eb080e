"""The live objects of one workspace, read once per process and shared by all its resources.

A kind is listed page by page as long as that pays, and single objects are got where the workspace is large and the
stack small. The view expires after half a minute (a smoke test may take minutes), and every write of ours refreshes
its entry. Safe to share among threads; kinds are read side by side.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.kinds.mark import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.api.collections import Collection
    from pulumi_managed_agents.kinds.facts import Facts
    from pulumi_managed_agents.kinds.leaves import Body

FRESH_FOR = 30.0
PAGE = 100


@dataclass
class _Shelf:
    """What is known of one kind; `cursor` is None once the list is exhausted."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    objects: dict[str, Body] = field(default_factory=dict)
    cursor: str | None = ""
    paying: bool = True
    since: float = 0.0


class Live:
    """A shared, expiring view of a workspace."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._shelves: dict[str, _Shelf] = {}
        self._lock = threading.Lock()

    def get(self, facts: Facts, id: str) -> Body | None:
        """The object as it is now (at most half a minute old), or None when it is gone."""
        shelf = self._shelf(facts)
        with shelf.lock:
            if id not in shelf.objects and shelf.paying and shelf.cursor is not None:
                self._turn_page(facts, shelf, wanted=id)
            return shelf.objects.get(id) or self._get_single(facts, shelf, id)

    def read_again(self, facts: Facts, id: str) -> Body | None:
        """The object as it is at this moment."""
        shelf = self._shelf(facts)
        with shelf.lock:
            return self._get_single(facts, shelf, id)

    def open(self, facts: Facts) -> None:
        """Read a kind's first page, unless something of it is known already."""
        shelf = self._shelf(facts)
        with shelf.lock:
            if shelf.cursor == "":
                self._turn_page(facts, shelf)

    def find(self, facts: Facts, mark: str) -> Body | None:
        """The unarchived object that carries an ownership mark."""
        shelf = self._shelf(facts)
        with shelf.lock:
            while shelf.cursor is not None:
                self._turn_page(facts, shelf)
            return next((one for one in shelf.objects.values() if mark_of(one) == mark and not is_gone(one)), None)

    def forget(self, facts: Facts) -> None:
        """Drop what is known of a kind, so that the next question reaches the API."""
        with self._lock:
            self._shelves.pop(facts.kind, None)

    def put(self, facts: Facts, live: Body) -> None:
        """Take over the answer to a write of ours."""
        shelf = self._shelf(facts)
        with shelf.lock:
            shelf.objects[live["id"]] = live

    def _shelf(self, facts: Facts) -> _Shelf:
        with self._lock:
            shelf = self._shelves.get(facts.kind)
            if shelf is None or self._clock() - shelf.since > FRESH_FOR:
                shelf = self._shelves[facts.kind] = _Shelf(since=self._clock())
            return shelf

    def _turn_page(self, facts: Facts, shelf: _Shelf, wanted: str = "") -> None:
        filters: dict[str, Any] = {"limit": PAGE, **facts.list_filters}
        page = self._collection(facts).page(**filters, **({"page": shelf.cursor} if shelf.cursor else {}))
        # Setting entries of our own writes aside: they are newer than any list.
        shelf.objects = {one["id"]: one for one in page["data"]} | shelf.objects
        shelf.cursor = page.get("next_page") or None
        shelf.paying = not wanted or any(one["id"] == wanted or mark_of(one) for one in page["data"])

    def _get_single(self, facts: Facts, shelf: _Shelf, id: str) -> Body | None:
        try:
            shelf.objects[id] = self._collection(facts).get(id)
        except ApiError as error:
            if error.status != 404:
                raise
            shelf.objects.pop(id, None)
        return shelf.objects.get(id)

    def _collection(self, facts: Facts) -> Collection:
        collection: Collection = getattr(self._client, facts.collection)
        return collection


def is_gone(live: Body | None) -> bool:
    """Whether an object no longer serves: deleted or archived."""
    return live is None or bool(live.get("archived_at"))
