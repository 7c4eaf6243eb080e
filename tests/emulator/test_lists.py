"""What holds for every list: pages, cursors, limits, order, filters."""

from __future__ import annotations

import inspect
from itertools import islice
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from tests.emulator.sdk_calls import LISTS, method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.emulator.sdk_world import World

FIRST, LAST = "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
EVERY_LIST = pytest.mark.parametrize("name", LISTS)


def key_of(item: Any) -> str:
    return str(getattr(item, "id", None) or item.path) + str(getattr(item, "version", ""))


@EVERY_LIST
def test_pages_of_one_cover_every_list_once(world: World, name: str) -> None:
    """Following the cursors gives each object once, in the order of one large page."""
    asked = LISTS[name](world)
    whole = [key_of(item) for item in method(world.api, name)(**asked)]
    assert len(whole) > 1
    assert [key_of(item) for item in islice(method(world.api, name)(**asked, limit=1), len(whole) + 1)] == whole


@EVERY_LIST
@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_range_is_refused(world: World, name: str, limit: int) -> None:
    """No list takes a limit below one or above its most."""
    with pytest.raises(anthropic.BadRequestError, match="limit") as refusal:
        method(world.api, name)(**LISTS[name](world), limit=limit)
    assert refusal.value.type == "invalid_request_error"


CURSORS = [
    pytest.param(name, cursor, id=f"{name}-{cursor}")
    for name in LISTS
    for cursor in ({"after_id": "gone"} if "models" in name else {"page": "page_garbage"}).items()
]


@pytest.mark.parametrize(("name", "cursor"), CURSORS)
def test_a_cursor_of_nobodys_is_refused(world: World, name: str, cursor: tuple[str, str]) -> None:
    """A cursor that no list gave is a 400."""
    with pytest.raises(anthropic.BadRequestError, match=cursor[0]):
        method(world.api, name)(**LISTS[name](world), **dict([cursor]))


NEWEST_FIRST = [name for name in LISTS if not name.endswith(("events.list", "resources.list", "threads.list"))]
NEWEST_FIRST = [name for name in NEWEST_FIRST if not name.endswith(("models.list", "memories.list"))]


@pytest.mark.parametrize("name", NEWEST_FIRST)
def test_lists_begin_with_the_newest(world: World, name: str) -> None:
    """The default order is the reverse of creation; versions of an agent go by their number."""
    items = list(method(world.api, name)(**LISTS[name](world)))
    made = [getattr(item, "version", None) or item.created_at for item in items]
    assert made == sorted(made, reverse=True) or name == "beta.agents.list"


def bounds() -> Iterator[Any]:
    """Each list with each of its time filters, which the SDK names in the signature."""
    api = anthropic.Anthropic(api_key="none")
    for name in LISTS:
        for parameter in inspect.signature(method(api, name)).parameters:
            if parameter.startswith("created_at_"):
                yield pytest.param(name, parameter, id=f"{name}-{parameter}")


@pytest.mark.parametrize(("name", "bound"), list(bounds()))
def test_time_filters_cut_lists(world: World, name: str, bound: str) -> None:
    """Nothing is newer than the far future or older than the far past, and everything is between them."""
    far, near = (LAST, FIRST) if bound.endswith(("gt", "gte")) else (FIRST, LAST)
    asked = LISTS[name](world)
    assert method(world.api, name)(**asked, **{bound: far}).data == []
    assert len(method(world.api, name)(**asked, **{bound: near}).data) > 1
    with pytest.raises(anthropic.BadRequestError, match="created_at"):
        method(world.api, name)(**asked, **{bound: "yesterday"})


FILTERS: list[Any] = [
    pytest.param("beta.skills.list", lambda _: {"source": "custom"}, lambda i: i.source.type == "custom", id="source"),
    pytest.param("beta.files.list", lambda w: {"ids": [w.file]}, lambda i: i.filename == "a.txt", id="ids"),
    pytest.param(
        "beta.files.list", lambda w: {"scope_id": w.session}, lambda i: i.scope is not None, id="files of a session"
    ),
    pytest.param("beta.sessions.list", lambda w: {"agent_id": w.agent}, lambda i: i.agent.name == "lead", id="agent"),
    pytest.param(
        "beta.sessions.list",
        lambda w: {"agent_id": w.agent, "agent_version": 2},
        lambda i: i.agent.version == 2,
        id="agent version",
    ),
    pytest.param(
        "beta.sessions.list", lambda w: {"deployment_id": w.deployment}, lambda i: i.deployment_id, id="deployment"
    ),
    pytest.param("beta.sessions.list", lambda _: {"statuses": ["idle"]}, lambda i: i.status == "idle", id="statuses"),
    pytest.param(
        "beta.sessions.events.list",
        lambda w: {"session_id": w.session, "types": ["user.message", "session.usage"]},
        lambda i: i.type in {"user.message", "session.usage"},
        id="types",
    ),
    pytest.param(
        "beta.sessions.threads.list",
        lambda w: {"session_id": w.session, "statuses": ["idle"]},
        lambda i: i.status == "idle",
        id="thread statuses",
    ),
    pytest.param(
        "beta.deployments.list", lambda w: {"agent_id": w.agent}, lambda i: i.agent.type == "agent", id="agent deployed"
    ),
    pytest.param(
        "beta.deployments.list", lambda _: {"status": "active"}, lambda i: i.status == "active", id="deployment status"
    ),
    pytest.param(
        "beta.deployment_runs.list",
        lambda w: {"deployment_id": w.deployment, "has_error": False, "trigger_type": "manual"},
        lambda i: i.error is None,
        id="runs",
    ),
    pytest.param(
        "beta.memory_stores.memories.list",
        lambda w: {"memory_store_id": w.store, "view": "full"},
        lambda i: i.content is not None,
        id="view",
    ),
    pytest.param(
        "beta.memory_stores.memory_versions.list",
        lambda w: {"memory_store_id": w.store, "memory_id": w.memory, "operation": "created"},
        lambda i: i.operation == "created",
        id="memory versions",
    ),
    pytest.param(
        "beta.memory_stores.memory_versions.list",
        lambda w: {"memory_store_id": w.store, "api_key_id": "apikey_emulator"},
        lambda i: i.created_by.type == "api_actor",
        id="actor",
    ),
    pytest.param("models.list", lambda _: {"lifecycle": ["active"]}, lambda i: i.lifecycle == "active", id="lifecycle"),
]


@pytest.mark.parametrize(("name", "filters", "fits"), FILTERS)
def test_filters_leave_what_fits(
    world: World, name: str, filters: Callable[[World], dict[str, Any]], fits: Callable[[Any], bool]
) -> None:
    """A filtered list holds something, and nothing else."""
    found = list(method(world.api, name)(**filters(world)))
    assert found
    assert all(fits(item) for item in found)


NOBODYS: list[Any] = [
    pytest.param("beta.sessions.list", {"agent_id": "agent_0"}, id="sessions of an agent"),
    pytest.param("beta.sessions.list", {"memory_store_id": "memstore_0"}, id="sessions with a store"),
    pytest.param("beta.sessions.list", {"statuses": ["rescheduling"]}, id="sessions in a status"),
    pytest.param("beta.deployments.list", {"agent_id": "agent_0"}, id="deployments"),
    pytest.param("beta.deployment_runs.list", {"deployment_id": "depl_0"}, id="runs"),
    pytest.param("beta.deployment_runs.list", {"trigger_type": "schedule"}, id="scheduled runs"),
    pytest.param("beta.files.list", {"scope_id": "sesn_0"}, id="files"),
    pytest.param("beta.files.list", {"ids": ["file_0"]}, id="files by id"),
]


@pytest.mark.parametrize(("name", "filters"), NOBODYS)
def test_filters_that_nothing_fits_leave_an_empty_list(world: World, name: str, filters: dict[str, Any]) -> None:
    """An unknown id in a filter is no error."""
    assert method(world.api, name)(**filters).data == []
