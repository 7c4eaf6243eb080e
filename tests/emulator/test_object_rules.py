"""What holds for objects of many kinds: archiving, metadata, clearing, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from tests.emulator.sdk_calls import method, number
from tests.emulator.sdk_world import BEARER, HELLO, World

if TYPE_CHECKING:
    from collections.abc import Callable


def made_agent(w: World) -> dict[str, Any]:
    return {"agent_id": w.new_agent()}


def made_environment(w: World) -> dict[str, Any]:
    return {"environment_id": w.new_environment()}


def made_vault(w: World) -> dict[str, Any]:
    return {"vault_id": w.new_vault()}


def made_credential(w: World) -> dict[str, Any]:
    vault = w.new_vault()
    return {"vault_id": vault, "credential_id": w.new_credential(vault)}


def made_store(w: World) -> dict[str, Any]:
    return {"memory_store_id": w.new_store()}


def made_deployment(w: World) -> dict[str, Any]:
    return {"deployment_id": w.new_deployment()}


def made_session(w: World) -> dict[str, Any]:
    return {"session_id": w.new_session()}


def made_work(w: World) -> dict[str, Any]:
    return {"environment_id": w.workshop, "work_id": w.new_work()}


def made_memory(w: World) -> dict[str, Any]:
    return {"memory_store_id": w.store, "memory_id": w.new_memory(f"/made/{number()}")}


def made_file(w: World) -> dict[str, Any]:
    return {"file_id": w.new_file()}


def made_skill(w: World) -> dict[str, Any]:
    return {"skill_id": w.new_skill()}


ARCHIVABLE = [
    pytest.param("beta.agents", made_agent, id="agent"),
    pytest.param("beta.environments", made_environment, id="environment"),
    pytest.param("beta.vaults", made_vault, id="vault"),
    pytest.param("beta.vaults.credentials", made_credential, id="credential"),
    pytest.param("beta.memory_stores", made_store, id="memory store"),
    pytest.param("beta.deployments", made_deployment, id="deployment"),
    pytest.param("beta.sessions", made_session, id="session"),
]
WITH_METADATA = [*ARCHIVABLE, pytest.param("beta.environments.work", made_work, id="work")]


@pytest.mark.parametrize(("kind", "make"), ARCHIVABLE)
def test_archiving_is_for_ever_and_may_be_repeated(world: World, kind: str, make: Callable[..., Any]) -> None:
    """An archived object stays as it is, hidden from lists unless they ask for it, and takes no update."""
    ids = make(world)
    archived = method(world.api, f"{kind}.archive")(**ids)
    assert archived.archived_at is not None
    assert method(world.api, f"{kind}.archive")(**ids).archived_at == archived.archived_at
    assert method(world.api, f"{kind}.retrieve")(**ids).archived_at == archived.archived_at
    parent = {name: id for name, id in ids.items() if len(ids) > 1 and name == "vault_id"}
    listed = method(world.api, f"{kind}.list")
    assert archived.id not in {item.id for item in listed(**parent)}
    assert archived.id in {item.id for item in listed(**parent, include_archived=True)}
    with pytest.raises(anthropic.BadRequestError):
        method(world.api, f"{kind}.update")(**ids, metadata={"a": "1"})


@pytest.mark.parametrize(("kind", "make"), WITH_METADATA)
def test_metadata_is_merged_key_by_key(world: World, kind: str, make: Callable[..., Any]) -> None:
    """A text sets a key, null deletes it, and every other key stays."""
    ids, update = make(world), method(world.api, f"{kind}.update")
    update(**ids, metadata={"a": "1", "b": "2"})
    assert update(**ids, metadata={"a": None, "c": "3"}).metadata == {"b": "2", "c": "3"}
    assert update(**ids, metadata={}).metadata == {"b": "2", "c": "3"}


@pytest.mark.parametrize(("kind", "make"), WITH_METADATA)
@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({str(key): "x" for key in range(17)}, id="17 pairs"),
        pytest.param({"k" * 65: "x"}, id="a long key"),
        pytest.param({"": "x"}, id="an empty key"),
        pytest.param({"k": "v" * 513}, id="a long value"),
    ],
)
def test_metadata_has_limits(world: World, kind: str, make: Callable[..., Any], metadata: dict[str, str]) -> None:
    """Too many pairs and too long texts are refused with the code for metadata."""
    with pytest.raises(anthropic.BadRequestError) as refusal:
        method(world.api, f"{kind}.update")(**make(world), metadata=metadata)
    assert refusal.value.error_code == "invalid_metadata"


@pytest.mark.parametrize(("kind", "make"), ARCHIVABLE)
def test_an_update_of_nothing_changes_nothing(world: World, kind: str, make: Callable[..., Any]) -> None:
    """Not even the time of the last update moves."""
    ids = make(world)
    before = method(world.api, f"{kind}.retrieve")(**ids)
    after = method(world.api, f"{kind}.update")(**ids)
    assert after.to_dict() | {"stats": None} == before.to_dict() | {"stats": None}


@pytest.mark.parametrize(("kind", "make"), WITH_METADATA)
def test_unknown_fields_are_refused(world: World, kind: str, make: Callable[..., Any]) -> None:
    """A field that the API does not know is named."""
    with pytest.raises(anthropic.BadRequestError, match="surprise"):
        method(world.api, f"{kind}.update")(**make(world), metadata={}, extra_body={"surprise": 1})


DELETABLE = [
    pytest.param("beta.environments", made_environment, "environment_deleted", id="environment"),
    pytest.param("beta.vaults", made_vault, "vault_deleted", id="vault"),
    pytest.param("beta.vaults.credentials", made_credential, "vault_credential_deleted", id="credential"),
    pytest.param("beta.memory_stores", made_store, "memory_store_deleted", id="memory store"),
    pytest.param("beta.memory_stores.memories", made_memory, "memory_deleted", id="memory"),
    pytest.param("beta.sessions", made_session, "session_deleted", id="session"),
    pytest.param("beta.skills", made_skill, "skill_deleted", id="skill"),
    pytest.param("skills", made_skill, "skill_deleted", id="generally available skill"),
]


@pytest.mark.parametrize(("kind", "make", "type_"), DELETABLE)
def test_what_was_deleted_is_not_found(world: World, kind: str, make: Callable[..., Any], type_: str) -> None:
    """Deleting answers with the id and its own type; after it there is nothing to get or to delete."""
    ids = make(world)
    deleted = method(world.api, f"{kind}.delete")(**ids)
    assert deleted.type == type_
    assert deleted.id in ids.values()
    for verb in ("retrieve", "delete"):
        with pytest.raises(anthropic.NotFoundError):
            method(world.api, f"{kind}.{verb}")(**ids)


ARCHIVED_PARENTS: list[Any] = [
    pytest.param(lambda b, w: b.vaults.credentials.create(b.vaults.archive(w.new_vault()).id, auth=BEARER), id="vault"),
    pytest.param(
        lambda b, w: b.memory_stores.memories.create(b.memory_stores.archive(w.new_store()).id, path="/a", content="x"),
        id="memory store",
    ),
    pytest.param(
        lambda b, w: b.sessions.create(agent=b.agents.archive(w.new_agent()).id, environment_id=w.environment),
        id="session of an agent",
    ),
    pytest.param(
        lambda b, w: b.sessions.create(agent=w.agent, environment_id=b.environments.archive(w.new_environment()).id),
        id="session in an environment",
    ),
    pytest.param(
        lambda b, w: b.sessions.create(
            agent=w.agent, environment_id=w.environment, vault_ids=[b.vaults.archive(w.new_vault()).id]
        ),
        id="session with a vault",
    ),
    pytest.param(
        lambda b, w: b.sessions.create(
            agent=w.agent,
            environment_id=w.environment,
            resources=[{"type": "memory_store", "memory_store_id": b.memory_stores.archive(w.new_store()).id}],
        ),
        id="session with a memory store",
    ),
    pytest.param(
        lambda b, w: b.deployments.create(
            name="d",
            agent=b.agents.archive(w.new_agent()).id,
            environment_id=w.environment,
            initial_events=HELLO,
        ),
        id="deployment of an agent",
    ),
    pytest.param(
        lambda b, w: b.deployments.create(
            name="d",
            agent=w.agent,
            environment_id=b.environments.archive(w.new_environment()).id,
            initial_events=HELLO,
        ),
        id="deployment in an environment",
    ),
    pytest.param(lambda b, w: b.deployments.pause(b.deployments.archive(w.new_deployment()).id), id="pause"),
    pytest.param(lambda b, w: b.deployments.unpause(b.deployments.archive(w.new_deployment()).id), id="unpause"),
    pytest.param(lambda b, w: b.deployments.run(b.deployments.archive(w.new_deployment()).id), id="run"),
    pytest.param(
        lambda b, w: b.sessions.events.send(b.sessions.archive(w.new_session()).id, events=HELLO), id="events"
    ),
    pytest.param(
        lambda b, w: b.sessions.resources.add(b.sessions.archive(w.new_session()).id, type="file", file_id=w.file),
        id="resource",
    ),
    pytest.param(
        lambda b, w: b.agents.update(
            w.new_agent(),
            multiagent={"type": "coordinator", "agents": [b.agents.archive(w.new_agent()).id]},
        ),
        id="roster",
    ),
]


@pytest.mark.parametrize("call", ARCHIVED_PARENTS)
def test_nothing_new_refers_to_what_is_archived(world: World, call: Callable[..., object]) -> None:
    """What is archived takes nothing new, and nothing new may use it."""
    with pytest.raises(anthropic.BadRequestError, match=r"archived|terminated"):
        call(world.api.beta, world)


CLEARED: list[Any] = [
    pytest.param("beta.agents", made_agent, {"system": "s"}, {"system": None}, id="system prompt"),
    pytest.param("beta.agents", made_agent, {"description": "d"}, {"description": ""}, id="agent description"),
    pytest.param(
        "beta.agents", made_agent, {"tools": [{"type": "agent_toolset_20260401"}]}, {"tools": None}, id="tools"
    ),
    pytest.param(
        "beta.agents",
        made_agent,
        {"skills": [{"type": "anthropic", "skill_id": "pdf"}]},
        {"skills": []},
        id="skills",
    ),
    pytest.param(
        "beta.environments", made_environment, {"description": "d"}, {"description": None}, id="environment description"
    ),
    pytest.param(
        "beta.vaults.credentials", made_credential, {"display_name": "n"}, {"display_name": None}, id="credential name"
    ),
    pytest.param("beta.memory_stores", made_store, {"description": "d"}, {"description": ""}, id="store description"),
    pytest.param(
        "beta.deployments",
        made_deployment,
        {"schedule": {"type": "cron", "expression": "0 3 * * *", "timezone": "UTC"}},
        {"schedule": None},
        id="schedule",
    ),
    pytest.param(
        "beta.deployments",
        made_deployment,
        {"budget": {"type": "limit", "max_list_cost": {"amount": "100", "currency": "USD"}}},
        {"budget": None},
        id="budget",
    ),
    pytest.param(
        "beta.deployments", made_deployment, {"description": "d"}, {"description": None}, id="deployment description"
    ),
    pytest.param("beta.sessions", made_session, {"title": "t"}, {"title": None}, id="title"),
]


@pytest.mark.parametrize(("kind", "make", "given", "cleared"), CLEARED)
def test_null_and_empty_values_clear(
    world: World, kind: str, make: Callable[..., Any], given: dict[str, Any], cleared: dict[str, Any]
) -> None:
    """A field that is cleared is as if it had never been set; left out, it stays."""
    ids, update = make(world), method(world.api, f"{kind}.update")
    (field,) = given
    before = getattr(method(world.api, f"{kind}.retrieve")(**ids), field)
    changed = getattr(update(**ids, **given), field)
    assert changed != before
    assert getattr(update(**ids, metadata={"a": "1"}), field) == changed
    assert getattr(update(**ids, **cleared), field) == before
