"""Every method of the official SDK for the kinds that the emulator serves, as a call on the objects of a `World`."""

from __future__ import annotations

import inspect
from itertools import count
from typing import TYPE_CHECKING, Any

from anthropic._resource import SyncAPIResource

from tests.emulator.sdk_world import BEARER, HELLO, SKILL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anthropic import Anthropic

    from tests.emulator.sdk_world import World

    Call = Callable[[Anthropic, World], object]

SERVED = (
    *("agents", "environments", "skills", "files", "sessions", "vaults"),
    *("memory_stores", "deployments", "deployment_runs", "models"),
)
GENERALLY_AVAILABLE = ("skills", "files", "models")
NOT_SERVED = {
    "compliance": "notices to an organization, by credentials a stage does not have",
    "dreams": "a job, no resource that a file could declare; no smoke test runs one",
    "messages": "model requests belong to applications, not to what a stage deploys",
    "organization": "administration, by credentials a stage does not have",
    "tunnels": "not among the kinds of this project",
    "user_profiles": "not among the kinds of this project",
    "webhooks": "checks signatures on the client's side; sends no request",
}

_numbers = count(1)


def number() -> int:
    """Another number each time, for what has to be unique."""
    return next(_numbers)


def methods(resource: Any, path: str) -> Iterator[str]:
    """The names of all methods below a resource of the SDK that send a request."""
    for name in dir(type(resource)):
        value = None if name.startswith(("_", "with_")) else getattr(resource, name)
        if isinstance(value, SyncAPIResource):
            yield from methods(value, f"{path}.{name}")
        elif inspect.ismethod(value):
            yield f"{path}.{name}"


def method(api: Anthropic, name: str) -> Any:
    """The method of that name."""
    found: Any = api
    for part in name.split("."):
        found = getattr(found, part)
    return found


LISTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "beta.agents.list": lambda _: {},
    "beta.agents.versions.list": lambda w: {"agent_id": w.agent},
    "beta.environments.list": lambda _: {},
    "beta.environments.work.list": lambda w: {"environment_id": w.workshop},
    "beta.skills.list": lambda _: {},
    "beta.skills.versions.list": lambda w: {"skill_id": w.skill},
    "skills.list": lambda _: {},
    "skills.versions.list": lambda w: {"skill_id": w.skill},
    "beta.files.list": lambda _: {},
    "files.list": lambda _: {},
    "beta.sessions.list": lambda _: {},
    "beta.sessions.events.list": lambda w: {"session_id": w.session},
    "beta.sessions.resources.list": lambda w: {"session_id": w.session},
    "beta.sessions.threads.list": lambda w: {"session_id": w.session},
    "beta.sessions.threads.events.list": lambda w: {"session_id": w.session, "thread_id": w.thread},
    "beta.vaults.list": lambda _: {},
    "beta.vaults.credentials.list": lambda w: {"vault_id": w.vault},
    "beta.memory_stores.list": lambda _: {},
    "beta.memory_stores.memories.list": lambda w: {"memory_store_id": w.store},
    "beta.memory_stores.memory_versions.list": lambda w: {"memory_store_id": w.store},
    "beta.deployments.list": lambda _: {},
    "beta.deployment_runs.list": lambda _: {},
    "beta.models.list": lambda _: {},
    "models.list": lambda _: {},
}
"""Every list, with the ids it is about."""


def _listing(name: str) -> Call:
    return lambda api, w: method(api, name)(**LISTS[name](w))


def _streamed(stream: Any) -> object:
    with stream as opened:
        return opened.response


def _rotated(api: Anthropic, w: World) -> object:
    session, repository = w.new_repository()
    return api.beta.sessions.resources.update(repository, session_id=session, authorization_token="t")


OPEN: dict[str, Call] = {
    "beta.agents.create": lambda api, _: api.beta.agents.create(name="a", model="claude-opus-5-5"),
    "beta.environments.create": lambda api, _: api.beta.environments.create(name=f"open {number()}"),
    "beta.skills.create": lambda api, _: api.beta.skills.create(files=[("notes/SKILL.md", SKILL)]),
    "skills.create": lambda api, _: api.skills.create(files=[("notes/SKILL.md", SKILL)]),
    "beta.files.upload": lambda api, _: api.beta.files.upload(file=("a.txt", b"x")),
    "files.upload": lambda api, _: api.files.upload(file=("a.txt", b"x")),
    "beta.vaults.create": lambda api, _: api.beta.vaults.create(display_name="v"),
    "beta.memory_stores.create": lambda api, _: api.beta.memory_stores.create(name="s"),
    "beta.models.retrieve": lambda api, _: api.beta.models.retrieve("claude-opus-5-5"),
    "models.retrieve": lambda api, _: api.models.retrieve("claude-haiku-4-5"),
} | {name: _listing(name) for name in LISTS if len(name.removeprefix("beta.").split(".")) == 2}
"""The calls that name no object: anybody may make them in a workspace of their own."""

AGENTS: dict[str, Call] = {
    "beta.agents.retrieve": lambda api, w: api.beta.agents.retrieve(w.agent, version=1),
    "beta.agents.update": lambda api, w: api.beta.agents.update(w.new_agent(), version=1, system="s"),
    "beta.agents.archive": lambda api, w: api.beta.agents.archive(w.new_agent()),
}
ENVIRONMENTS: dict[str, Call] = {
    "beta.environments.retrieve": lambda api, w: api.beta.environments.retrieve(w.environment),
    "beta.environments.update": lambda api, w: api.beta.environments.update(w.environment, description="d"),
    "beta.environments.archive": lambda api, w: api.beta.environments.archive(w.new_environment()),
    "beta.environments.delete": lambda api, w: api.beta.environments.delete(w.new_environment()),
    "beta.environments.work.stats": lambda api, w: api.beta.environments.work.stats(w.workshop),
    "beta.environments.work.poll": lambda api, w: api.beta.environments.work.poll(w.workshop, block_ms=1),
    "beta.environments.work.retrieve": lambda api, w: api.beta.environments.work.retrieve(
        w.work, environment_id=w.workshop
    ),
    "beta.environments.work.update": lambda api, w: api.beta.environments.work.update(
        w.work, environment_id=w.workshop, metadata={"a": "1"}
    ),
    "beta.environments.work.ack": lambda api, w: api.beta.environments.work.ack(
        w.new_work(), environment_id=w.workshop
    ),
    "beta.environments.work.heartbeat": lambda api, w: api.beta.environments.work.heartbeat(
        w.started_work(), environment_id=w.workshop
    ),
    "beta.environments.work.stop": lambda api, w: api.beta.environments.work.stop(
        w.new_work(), environment_id=w.workshop
    ),
}
SKILLS: dict[str, Call] = {
    "beta.skills.retrieve": lambda api, w: api.beta.skills.retrieve(w.skill),
    "beta.skills.delete": lambda api, w: api.beta.skills.delete(w.new_skill()),
    "beta.skills.versions.create": lambda api, w: api.beta.skills.versions.create(
        w.skill, files=[("notes/SKILL.md", SKILL)]
    ),
    "beta.skills.versions.retrieve": lambda api, w: api.beta.skills.versions.retrieve("latest", skill_id=w.skill),
    "beta.skills.versions.download": lambda api, w: api.beta.skills.versions.download("latest", skill_id=w.skill),
    "beta.skills.versions.delete": lambda api, w: api.beta.skills.versions.delete(
        w.new_skill_version(), skill_id=w.skill
    ),
    "skills.retrieve": lambda api, w: api.skills.retrieve(w.skill),
    "skills.delete": lambda api, w: api.skills.delete(w.new_skill()),
    "skills.versions.create": lambda api, w: api.skills.versions.create(w.skill, files=[("notes/SKILL.md", SKILL)]),
    "skills.versions.retrieve": lambda api, w: api.skills.versions.retrieve("latest", skill_id=w.skill),
    "skills.versions.delete": lambda api, w: api.skills.versions.delete(w.new_skill_version(), skill_id=w.skill),
}
FILES: dict[str, Call] = {
    "beta.files.retrieve_metadata": lambda api, w: api.beta.files.retrieve_metadata(w.file),
    "beta.files.download": lambda api, w: api.beta.files.download(w.output),
    "beta.files.delete": lambda api, w: api.beta.files.delete(w.new_file()),
    "files.retrieve_metadata": lambda api, w: api.files.retrieve_metadata(w.file),
    "files.download": lambda api, w: api.files.download(w.output),
    "files.delete": lambda api, w: api.files.delete(w.new_file()),
}
SESSIONS: dict[str, Call] = {
    "beta.sessions.create": lambda api, w: api.beta.sessions.create(agent=w.agent, environment_id=w.environment),
    "beta.sessions.retrieve": lambda api, w: api.beta.sessions.retrieve(w.session),
    "beta.sessions.update": lambda api, w: api.beta.sessions.update(w.new_session(), title="t"),
    "beta.sessions.archive": lambda api, w: api.beta.sessions.archive(w.new_session()),
    "beta.sessions.delete": lambda api, w: api.beta.sessions.delete(w.new_session()),
    "beta.sessions.events.send": lambda api, w: api.beta.sessions.events.send(w.new_session(), events=HELLO),
    "beta.sessions.events.stream": lambda api, w: _streamed(api.beta.sessions.events.stream(w.session)),
    "beta.sessions.resources.add": lambda api, w: api.beta.sessions.resources.add(
        w.new_session(), type="file", file_id=w.file
    ),
    "beta.sessions.resources.retrieve": lambda api, w: api.beta.sessions.resources.retrieve(
        w.resource, session_id=w.session
    ),
    "beta.sessions.resources.update": _rotated,
    "beta.sessions.resources.delete": lambda api, w: api.beta.sessions.resources.delete(
        w.new_resource(w.session), session_id=w.session
    ),
    "beta.sessions.threads.retrieve": lambda api, w: api.beta.sessions.threads.retrieve(w.thread, session_id=w.session),
    "beta.sessions.threads.archive": lambda api, w: api.beta.sessions.threads.archive(w.thread, session_id=w.session),
    "beta.sessions.threads.events.stream": lambda api, w: _streamed(
        api.beta.sessions.threads.events.stream(w.thread, session_id=w.session)
    ),
}
VAULTS: dict[str, Call] = {
    "beta.vaults.retrieve": lambda api, w: api.beta.vaults.retrieve(w.vault),
    "beta.vaults.update": lambda api, w: api.beta.vaults.update(w.vault, display_name="v"),
    "beta.vaults.archive": lambda api, w: api.beta.vaults.archive(w.new_vault()),
    "beta.vaults.delete": lambda api, w: api.beta.vaults.delete(w.new_vault()),
    "beta.vaults.credentials.create": lambda api, w: api.beta.vaults.credentials.create(w.new_vault(), auth=BEARER),
    "beta.vaults.credentials.retrieve": lambda api, w: api.beta.vaults.credentials.retrieve(
        w.credential, vault_id=w.vault
    ),
    "beta.vaults.credentials.update": lambda api, w: api.beta.vaults.credentials.update(
        w.credential, vault_id=w.vault, auth={"type": "static_bearer", "token": "u"}
    ),
    "beta.vaults.credentials.mcp_oauth_validate": lambda api, w: api.beta.vaults.credentials.mcp_oauth_validate(
        w.credential, vault_id=w.vault
    ),
    "beta.vaults.credentials.archive": lambda api, w: api.beta.vaults.credentials.archive(
        w.new_credential(vault := w.new_vault()), vault_id=vault
    ),
    "beta.vaults.credentials.delete": lambda api, w: api.beta.vaults.credentials.delete(
        w.new_credential(vault := w.new_vault()), vault_id=vault
    ),
}
MEMORY_STORES: dict[str, Call] = {
    "beta.memory_stores.retrieve": lambda api, w: api.beta.memory_stores.retrieve(w.store),
    "beta.memory_stores.update": lambda api, w: api.beta.memory_stores.update(w.store, description="d"),
    "beta.memory_stores.archive": lambda api, w: api.beta.memory_stores.archive(w.new_store()),
    "beta.memory_stores.delete": lambda api, w: api.beta.memory_stores.delete(w.new_store()),
    "beta.memory_stores.memories.create": lambda api, w: api.beta.memory_stores.memories.create(
        w.store, path=f"/new/{number()}", content="x", view="full"
    ),
    "beta.memory_stores.memories.retrieve": lambda api, w: api.beta.memory_stores.memories.retrieve(
        w.memory, memory_store_id=w.store
    ),
    "beta.memory_stores.memories.update": lambda api, w: api.beta.memory_stores.memories.update(
        w.memory, memory_store_id=w.store, content="y"
    ),
    "beta.memory_stores.memories.delete": lambda api, w: api.beta.memory_stores.memories.delete(
        w.new_memory(f"/new/{number()}"), memory_store_id=w.store
    ),
    "beta.memory_stores.memory_versions.retrieve": lambda api, w: api.beta.memory_stores.memory_versions.retrieve(
        w.old_memory_version(f"/new/{number()}"), memory_store_id=w.store
    ),
    "beta.memory_stores.memory_versions.redact": lambda api, w: api.beta.memory_stores.memory_versions.redact(
        w.old_memory_version(f"/new/{number()}"), memory_store_id=w.store
    ),
}
DEPLOYMENTS: dict[str, Call] = {
    "beta.deployments.create": lambda api, w: api.beta.deployments.create(
        name="d", agent=w.agent, environment_id=w.environment, initial_events=HELLO
    ),
    "beta.deployments.retrieve": lambda api, w: api.beta.deployments.retrieve(w.deployment),
    "beta.deployments.update": lambda api, w: api.beta.deployments.update(w.deployment, description="d"),
    "beta.deployments.pause": lambda api, w: api.beta.deployments.pause(w.new_deployment()),
    "beta.deployments.unpause": lambda api, w: api.beta.deployments.unpause(w.new_deployment()),
    "beta.deployments.archive": lambda api, w: api.beta.deployments.archive(w.new_deployment()),
    "beta.deployments.run": lambda api, w: api.beta.deployments.run(w.deployment),
    "beta.deployment_runs.retrieve": lambda api, w: api.beta.deployment_runs.retrieve(w.run),
}
OWNED: dict[str, Call] = (
    AGENTS
    | ENVIRONMENTS
    | SKILLS
    | FILES
    | SESSIONS
    | VAULTS
    | MEMORY_STORES
    | DEPLOYMENTS
    | {name: _listing(name) for name in LISTS if name not in OPEN}
)
"""The calls that name an object, which nobody outside of its workspace may see."""

CALLS = OPEN | OWNED
