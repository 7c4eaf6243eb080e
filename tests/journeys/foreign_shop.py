"""What all kinds of the foreign server have in common: what it keeps, how it lists, refuses and routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Json | Response]]

BETA = "managed-agents-2026-04-01"
SHORT_PAGE = 3


class Refusal(Exception):
    """An error answer."""

    def __init__(self, status: int, type: str, message: str) -> None:
        super().__init__(message)
        self.status, self.type = status, type


@dataclass
class Shop:
    """Everything the server knows; `kept` holds objects by kind and id, `heard` what was asked of it."""

    kept: dict[str, dict[str, Json]] = field(default_factory=dict)
    events: dict[str, list[Json]] = field(default_factory=dict)
    heard: list[Json] = field(default_factory=list)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def all(self, kind: str) -> dict[str, Json]:
        """The objects of a kind by id, oldest first."""
        return self.kept.setdefault(kind, {})

    def new_id(self, prefix: str) -> str:
        """An id that no other object has."""
        return f"{prefix}_f{next(self.numbers):06d}"

    def find(self, kind: str, id: str) -> Json:
        """The object as it is kept, or a refusal."""
        if id not in self.all(kind):
            raise Refusal(404, "not_found_error", f"no {kind} {id}")
        return self.all(kind)[id]


SHOP = Shop()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def taken(body: Json, fields: tuple[str, ...]) -> Json:
    """The body, unless it holds what this server does not know."""
    if unknown := body.keys() - {*fields, "version"}:
        raise Refusal(400, "invalid_request_error", f"unknown fields {sorted(unknown)}")
    return body


def merged(stored: Json, patch: Json) -> Json:
    """A map with entries set, and those that are null deleted."""
    return {key: value for key, value in {**stored, **patch}.items() if value is not None}


def backwards(value: Json) -> Json:
    return dict(reversed(value.items()))


def lean(full: Json, sent: Json) -> Json:
    """What a POST answers: what identifies the object, and what was sent as it was sent."""
    identity = {key: full[key] for key in ("id", "type", "version", "created_at", "updated_at") if key in full}
    return identity | {key: value for key, value in sent.items() if value is not None}


def without_nulls(full: Json) -> Json:
    return {key: value for key, value in full.items() if value is not None}


SHOWN: dict[str, Callable[[Json], Json]] = {}
"""How an object of each kind is answered."""


def get(kind: str) -> Endpoint:
    async def endpoint(request: Request) -> Json:
        return SHOWN[kind](SHOP.find(kind, request.path_params["id"]))

    return endpoint


def page(kind: str) -> Endpoint:
    async def endpoint(request: Request) -> Json:
        archived = request.query_params.get("include_archived") == "true"
        parent = request.path_params.get("parent")
        known = [one for one in SHOP.all(kind).values() if one.get("parent") == parent]
        found = [one for one in known if archived or not one.get("archived_at")]
        start = int(request.query_params.get("page", "page_0").removeprefix("page_"))
        part = found[::-1][start : start + SHORT_PAGE]
        more = start + SHORT_PAGE < len(found)
        data = [without_nulls(SHOWN[kind](one)) for one in part]
        return {"data": data, "next_page": f"page_{start + SHORT_PAGE}" if more else None, "total": len(found)}

    return endpoint


def archive(kind: str) -> Endpoint:
    async def endpoint(request: Request) -> Json:
        one = SHOP.find(kind, request.path_params["id"])
        one["archived_at"] = one["archived_at"] or now()
        return {"id": one["id"], "type": one["type"], "archived_at": one["archived_at"]}

    return endpoint


def delete(kind: str) -> Endpoint:
    async def endpoint(request: Request) -> Json:
        one = SHOP.find(kind, request.path_params["id"])
        del SHOP.all(kind)[one["id"]]
        return {"id": one["id"], "type": f"{kind}_deleted"}

    return endpoint


def route(method: str, path: str, run: Endpoint, beta: str = BETA) -> Route:
    async def endpoint(request: Request) -> Response:
        headers = {"request-id": SHOP.new_id("req")}
        SHOP.heard.append({"method": method, "path": request.url.path})
        try:
            if not request.headers.get("x-api-key") and not request.headers.get("authorization"):
                raise Refusal(401, "authentication_error", "who are you?")
            if beta and beta not in request.headers.get("anthropic-beta", ""):
                raise Refusal(404, "not_found_error", "no such route")
            answer = await run(request)
        except Refusal as error:
            body = {"type": "error", "error": {"type": error.type, "message": str(error)}}
            return JSONResponse(body, error.status, headers)
        return answer if isinstance(answer, Response) else JSONResponse(answer, headers=headers)

    return Route(path, endpoint, methods=[method])
