"""List answers: filters every list shares, and opaque cursors bound to the list, its order and its filters."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any

from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import whole_number
from managed_agents_emulator.store import Document, Json, moment

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.datastructures import QueryParams

Keep = Callable[[Document], bool]
Fetch = Callable[[bool, int | None], Iterator[Document]]
_COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


@dataclass(frozen=True)
class Page:
    """One page: its documents, and the cursors of its neighbours (None at an end)."""

    documents: list[Document]
    next_page: str | None
    prev_page: str | None


@dataclass(frozen=True)
class _Cursor:
    seq: int
    backward: bool


def limit(query: QueryParams, default: int = 20, most: int = 100) -> int:
    """Read the `limit` of a list request; 400 outside 1 to `most`."""
    return whole_number(query.get("limit", str(default)), "limit", most=most)


def flag(query: QueryParams, name: str) -> bool:
    """Read a boolean query parameter, false where it is not given."""
    text = query.get(name, "false")
    if text not in {"true", "false"}:
        raise invalid(f"{name}: must be true or false")
    return text == "true"


def ascending(query: QueryParams, default: str) -> bool:
    """Tell whether the `order` of a list request is oldest first."""
    order = query.get("order", default)
    if order not in {"asc", "desc"}:
        raise invalid("order: must be asc or desc")
    return order == "asc"


def in_time(query: QueryParams, name: str = "created_at", field: str = "created_at") -> Keep:
    """Make a filter for `name[gt|gte|lt|lte]`, compared with a field of the document."""
    bounds = []
    for operator, compare in _COMPARE.items():
        text = query.get(f"{name}[{operator}]")
        if text is None:
            continue
        try:
            bounds.append((compare, moment(text)))
        except ValueError:
            raise invalid(f"{name}[{operator}]: {text!r} is not an RFC 3339 timestamp") from None
    if not bounds:
        return lambda _: True
    return lambda d: bool(d.body[field]) and all(compare(moment(d.body[field]), bound) for compare, bound in bounds)


def unarchived(query: QueryParams) -> Keep:
    """Make a filter that hides archived documents unless `include_archived` asks for them."""
    if flag(query, "include_archived"):
        return lambda _: True
    return lambda document: document.body["archived_at"] is None


def page(query: QueryParams, fetch: Fetch, *keeps: Keep, size: int, ascending: bool = False, scope: str) -> Page:
    """Cut the page that the query's cursor points at.

    `fetch` gives the documents in one direction past a position; `scope` names the list the cursor belongs to.
    """
    binding = _binding(query, scope, ascending=ascending)
    cursor = _decode(query.get("page"), binding)
    forward = not (cursor and cursor.backward)
    fetched = fetch(ascending == forward, cursor.seq if cursor else None)
    window = list(islice((d for d in fetched if all(keep(d) for keep in keeps)), size + 1))
    more, documents = len(window) > size, window[:size]
    if not forward:
        documents.reverse()
    has_next, has_previous = (more, cursor is not None) if forward else (True, more)
    return Page(
        documents,
        _encode(documents[-1].seq, binding, backward=False) if documents and has_next else None,
        _encode(documents[0].seq, binding, backward=True) if documents and has_previous else None,
    )


def by_id(query: QueryParams, bodies: list[Json], *, size: int) -> Json:
    """Answer with the page of a list whose pages are named by the ids at their edges, as `after_id` or `before_id`."""
    ids = [body["id"] for body in bodies]
    after, before = query.get("after_id"), query.get("before_id")
    if after and before:
        raise invalid("after_id: cannot be combined with before_id")
    for parameter, id_ in (("after_id", after), ("before_id", before)):
        if id_ and id_ not in ids:
            raise invalid(f"{parameter}: {id_!r} is not in this list")
    rest = bodies[ids.index(after) + 1 :] if after else bodies[: ids.index(before) if before else None]
    page = rest[-size:] if before else rest[:size]
    return {
        "data": page,
        "has_more": len(rest) > len(page),
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }


def _binding(query: QueryParams, scope: str, *, ascending: bool) -> str:
    filters = sorted(item for item in query.multi_items() if item[0] not in {"page", "limit", "beta", "order"})
    return sha256(json.dumps([scope, ascending, filters]).encode()).hexdigest()[:16]


def _encode(seq: int, binding: str, *, backward: bool) -> str:
    content = json.dumps([seq, backward, binding]).encode()
    return "page_" + base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: str | None, binding: str) -> _Cursor | None:
    if not text:
        return None
    try:
        padded = text.removeprefix("page_") + "=" * (-len(text.removeprefix("page_")) % 4)
        content: Any = json.loads(base64.urlsafe_b64decode(padded))
        seq, backward, bound = content
    except (ValueError, TypeError):
        raise invalid("page: not a cursor of this list") from None
    if bound != binding or not isinstance(seq, int):
        raise invalid("page: the cursor belongs to another list, order or filter")
    return _Cursor(seq, bool(backward))
