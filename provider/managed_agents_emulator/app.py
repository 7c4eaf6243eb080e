"""The whole API as one Starlette app: the operations of every kind, and the emulator's own routes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from managed_agents_emulator import access, environments, files, memory_stores, models, work
from managed_agents_emulator.agents import routes as agents
from managed_agents_emulator.deployments import routes as deployments
from managed_agents_emulator.emulator import Emulator
from managed_agents_emulator.introspection import routes as introspection_routes
from managed_agents_emulator.sessions import routes as sessions
from managed_agents_emulator.sessions.turn import resume_turns
from managed_agents_emulator.settings import DEFAULT_WORKSPACE, Settings
from managed_agents_emulator.skills import routes as skills
from managed_agents_emulator.transport import served, unrouted
from managed_agents_emulator.vaults import routes as vaults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KINDS = (agents, environments, skills, sessions, vaults, memory_stores, files, deployments, work, models, access)


def create_app(settings: Settings | None = None) -> Starlette:
    """Make the emulator an ASGI app; its state is opened at once and released when the app's lifespan ends."""
    settings = settings or Settings()
    emulator = Emulator(settings)
    for workspace in {DEFAULT_WORKSPACE, *settings.keys.values(), *settings.rules.values()}:
        with emulator.store.transaction():
            skills.add_built_in_skills(emulator.store, workspace)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        resume_turns(emulator)
        yield
        emulator.close()

    operations = [operation for kind in KINDS for operation in kind.OPERATIONS]
    routes = [Route(o.path, served(emulator, o), methods=[o.method]) for o in operations]
    missing = unrouted(emulator)
    app = Starlette(
        routes=[*routes, *introspection_routes(emulator)],
        middleware=[Middleware(access.LocalOnly)],
        exception_handlers={404: missing, 405: missing},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.emulator = emulator
    return app
