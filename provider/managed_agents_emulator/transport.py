"""One request from the first header to the last: faults, access, body, the endpoint, and the answer's envelope."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from managed_agents_emulator import access
from managed_agents_emulator.emulator import LogEntry
from managed_agents_emulator.endpoint import Call, Operation, Reply
from managed_agents_emulator.errors import ApiError, invalid, refused
from managed_agents_emulator.store import new_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Message

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.faults import Fault
    from managed_agents_emulator.store import Json

_LARGEST_BODY = 32 * 1024 * 1024
_LARGEST_UPLOAD = 500 * 1024 * 1024
_MOST_FILES = 10_000
_ALWAYS_SHOWN = {"archived_at", "processed_at", "next_page", "prev_page"}
_VERBATIM = {"input_schema", "input", "metadata"}
# What the SDK would otherwise try again, and what comes out the same each time.
_FINAL = {404, 409}


def served(emulator: Emulator, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """Make the Starlette endpoint of an operation."""

    async def endpoint(request: Request) -> Response:
        faults = emulator.faults.take(request.method, request.url.path)
        answer = await _Exchange(emulator, operation, request, faults).answer()
        unanswered = any(fault.drop or fault.hold for fault in faults)
        _remember(emulator, request, 0 if unanswered else answer.status_code)
        if any(fault.hold for fault in faults):
            await emulator.held.until_gone(request)
        elif unanswered:
            emulator.drop_connection(request.scope["client"])
            await asyncio.sleep(0)  # the server notices the lost connection, and sends nothing
        return answer

    return endpoint


def unrouted(emulator: Emulator) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Make the answer to paths and methods that no operation serves."""

    async def endpoint(request: Request, reason: Exception) -> Response:
        status = reason.status_code if isinstance(reason, HTTPException) else 404
        error = refused(status, f"{request.method} {request.url.path} is not a route of this API.")
        allow = (reason.headers or {}) if isinstance(reason, HTTPException) else {}
        answer = _failure(error, {"request-id": new_id("req"), **allow})
        _remember(emulator, request, answer.status_code)
        return answer

    return endpoint


def bounded(request: Request, largest: int) -> Request:
    """Read a request no further than `largest` bytes of its body; beyond that, reading raises a 413."""
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > largest:
            raise refused(413, f"The request is larger than {largest} bytes.")
        return message

    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > len(str(largest)) or int(declared) > largest):
        received = largest  # so that the first byte is one too many
    return Request(request.scope, receive)


class _Exchange:
    def __init__(self, emulator: Emulator, operation: Operation, request: Request, faults: list[Fault]) -> None:
        multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
        self._emulator = emulator
        self._operation = operation
        self._request = bounded(request, _LARGEST_UPLOAD if multipart else _LARGEST_BODY)
        self._multipart = multipart
        self._faults = faults
        self._headers = {"request-id": new_id("req")}

    async def answer(self) -> Response:
        try:
            await self._go_wrong()
            workspace = self._admit()
            reply = self._run(await self._call(workspace))
            if isinstance(reply, Response):
                reply.headers.update(self._headers)
                return reply
            shown = reply if self._emulator.switches.unset_optionals == "null" else _without_nulls(reply)
            return _json(200, shown, self._headers)
        except ApiError as error:
            return _failure(error, self._headers)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except Exception:
            logging.getLogger("uvicorn.error").exception("the emulator failed to answer a request")
            return _failure(refused(500, "Internal server error"), self._headers)
        finally:
            await self._request.close()  # uploaded files are temporary ones

    async def _go_wrong(self) -> None:
        for fault in self._faults:
            if fault.latency_ms:
                await asyncio.sleep(fault.latency_ms / 1000)
        for fault in self._faults:
            if fault.drop == "before":
                raise refused(500, "dropped")
            if fault.status:
                asks = fault.status == 429 or (fault.status == 503 and fault.retry_after)
                retry_after = fault.retry_after if asks else None
                message = f"Injected fault {fault.status}."
                raise refused(fault.status, message, code=fault.code, retry_after=retry_after)

    def _admit(self) -> str:
        headers = self._request.headers
        if self._operation.admits_anyone:
            access.check_exchange(headers)
            return ""
        workspace = access.workspace_of(headers, self._emulator)
        if self._emulator.switches.workspace_header == "sent":
            self._headers["anthropic-organization-id"] = access.ORGANIZATION
            self._headers["anthropic-workspace-id"] = workspace
        access.check_version(headers)
        access.check_betas(headers, self._operation.betas, self._emulator.switches)
        return workspace

    async def _call(self, workspace: str) -> Call:
        request, form = self._request, None
        if self._multipart:
            try:
                form = await request.form(max_files=_MOST_FILES)
            except HTTPException as error:
                raise invalid(error.detail) from None
        limits = [fault.stream_events for fault in self._faults if fault.stream_events is not None]
        return Call(
            emulator=self._emulator,
            workspace=workspace,
            path=request.path_params,
            query=request.query_params,
            body={} if self._multipart else _json_object(await request.body()),
            form=form,
            betas=access.betas_of(request.headers),
            stream_events=min(limits, default=None),
            client=request.scope["client"],
            headers=request.headers,
        )

    def _run(self, call: Call) -> Reply:
        store = self._emulator.store
        if self._request.method != "GET":
            with store.transaction():
                return self._operation.run(call)
        lag = max((fault.lag_ms or 0 for fault in self._faults), default=0)
        if lag:
            with store.as_it_was(lag / 1000):
                return self._operation.run(call)
        if not any(fault.stale for fault in self._faults):
            return self._operation.run(call)
        with store.stale():
            reply = self._operation.run(call)
        if not any(fault.stale for fault in self._emulator.faults.pending):
            store.thaw()
        return reply


def _json_object(content: bytes) -> Json:
    """Read a body that can be answered again: NaN is refused, and half of a surrogate pair, which UTF-8 cannot hold."""
    if not content:
        return {}

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    try:
        body = json.loads(content, parse_constant=refuse)
        if b"\\u" in content:
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise invalid("The request body must be a JSON object.")
    return body


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: item if key in _VERBATIM else _without_nulls(item)
        for key, item in value.items()
        if item is not None or key in _ALWAYS_SHOWN
    }


def _failure(error: ApiError, headers: dict[str, str]) -> Response:
    if error.status in _FINAL:
        headers["x-should-retry"] = "false"
    if error.status == 413:
        headers["connection"] = "close"  # else the server would read on, to the end of a body that may have none
    if error.status == 429:
        headers |= {"anthropic-ratelimit-requests-limit": "300", "anthropic-ratelimit-requests-remaining": "0"}
    if error.retry_after is not None:
        headers["retry-after"] = f"{error.retry_after:g}"
    return _json(error.status, error.envelope(headers["request-id"]), headers)


def _json(status: int, body: Json, headers: dict[str, str]) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(content, status, headers, "application/json")


def _remember(emulator: Emulator, request: Request, status: int) -> None:
    entry = LogEntry(request.method, request.url.path, request.url.query, status)
    emulator.log.add(entry)
