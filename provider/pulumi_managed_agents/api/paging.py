"""Lists that come page by page, each naming the next one."""

from __future__ import annotations

from typing import Any

MOST_PAGES = 2_000
"""Pages of one list: 200,000 objects."""


class Cursor:
    """Where a list goes on: `next` is the cursor of the next page, empty at the beginning, None at the end."""

    def __init__(self, request: str) -> None:
        self.next: str | None = ""
        self._request = request
        self._seen: set[str] = set()

    def follow(self, answer: dict[str, Any]) -> None:
        """Move on to the page that an answer names.

        Raises:
            ApiError: that page was read already, or the list has no end.
        """
        from pulumi_managed_agents.api.failures import unexpected  # which loads the client

        self.next = answer.get("next_page") or None
        if self.next is None:
            return
        if self.next in self._seen:
            raise unexpected("a page that names an earlier one as the next", self._request)
        self._seen.add(self.next)
        if len(self._seen) >= MOST_PAGES:
            raise unexpected(f"a list that goes on after {MOST_PAGES} pages", self._request)
