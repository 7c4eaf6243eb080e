"""The emulator's own routes under `/_emulator`: what was asked, faults, script, switches. No key is needed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from managed_agents_emulator.errors import ApiError
from managed_agents_emulator.faults import Fault
from managed_agents_emulator.sessions.script import read_script
from managed_agents_emulator.transport import bounded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from managed_agents_emulator.emulator import Emulator

_LARGEST = 1024 * 1024
_FAULTS = TypeAdapter(list[Fault])


def routes(emulator: Emulator) -> list[Route]:
    """List the routes of one emulator."""
    return [*_observing(emulator), *_faults(emulator), *_steering(emulator)]


def _observing(emulator: Emulator) -> list[Route]:
    async def health(_: Request) -> object:
        return {"status": "ok", "rules": len(emulator.script.rules)}

    async def process(_: Request) -> object:
        return {"pid": os.getpid()}

    async def held(request: Request) -> object:
        return {"held": await emulator.held.at_least(int(request.query_params.get("at_least", "0")))}

    async def requests(_: Request) -> object:
        return emulator.log.report()

    async def reset_requests(_: Request) -> object:
        emulator.log.reset()
        return emulator.log.report()

    return [
        _route("GET", "health", health),
        _route("GET", "process", process),
        _route("GET", "held", held),
        _route("GET", "requests", requests),
        _route("POST", "reset-requests", reset_requests),
    ]


def _faults(emulator: Emulator) -> list[Route]:
    async def get(_: Request) -> object:
        return {"faults": [fault.model_dump(exclude_none=True) for fault in emulator.faults.pending]}

    async def add(request: Request) -> object:
        body = await request.json()
        faults = _FAULTS.validate_python(body if isinstance(body, list) else [body])
        emulator.faults.add(faults)
        if any(fault.stale for fault in faults):
            emulator.store.freeze()
        if any(fault.lag_ms for fault in faults):
            emulator.store.remember()
        return await get(request)

    async def clear(request: Request) -> object:
        emulator.faults.clear()
        emulator.store.thaw()
        emulator.store.forget()
        return await get(request)

    return [_route("GET", "faults", get), _route("POST", "faults", add), _route("DELETE", "faults", clear)]


def _steering(emulator: Emulator) -> list[Route]:
    async def get_script(_: Request) -> object:
        return emulator.script.model_dump(exclude_none=True)

    async def put_script(request: Request) -> object:
        emulator.script = read_script((await request.body()).decode())
        return await get_script(request)

    async def get_switches(_: Request) -> object:
        return emulator.switches.described()

    async def put_switches(request: Request) -> object:
        emulator.switches = emulator.switches.changed(await request.json())
        return await get_switches(request)

    return [
        _route("GET", "script", get_script),
        _route("PUT", "script", put_script),
        _route("GET", "switches", get_switches),
        _route("PUT", "switches", put_switches),
    ]


def _route(method: str, name: str, run: Callable[[Request], Awaitable[object]]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await run(bounded(request, _LARGEST)))
        except ApiError as error:
            return JSONResponse({"error": error.message}, error.status, {"connection": "close"})
        except ValueError as error:  # pydantic's and JSON's errors are among them
            return JSONResponse({"error": str(error)}, 400)

    return Route(f"/_emulator/{name}", endpoint, methods=[method])
