from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from tests.emulator.sdk_answers import check_error

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.emulator_control import Control

BETA = {"anthropic-beta": "managed-agents-2026-04-01"}

HEADERS = [
    pytest.param({"x-api-key": ""}, 401, "authentication_error", id="no key"),
    pytest.param({"x-api-key": "unknown"}, 401, "authentication_error", id="unknown key"),
    pytest.param({"anthropic-version": ""}, 400, "invalid_request_error", id="no such version"),
    pytest.param({"anthropic-beta": ""}, 404, "not_found_error", id="gated path without its beta"),
    pytest.param({"anthropic-beta": "agent-memory-2026-07-22"}, 404, "not_found_error", id="another path's beta"),
    pytest.param({"anthropic-beta": "made-up-2026-01-01"}, 400, "invalid_request_error", id="unknown beta"),
    pytest.param({"anthropic-workspace-id": "wrkspc_other"}, 403, "permission_error", id="another workspace"),
]


@pytest.mark.parametrize(("headers", "status", "type_"), HEADERS)
def test_wrong_headers_are_refused(http: httpx.Client, headers: dict[str, str], status: int, type_: str) -> None:
    """Each wrong header has its status, in the error envelope with the request id."""
    answer = http.get("/v1/agents", headers=headers)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, type_)
    check_error(answer.json(), answer.headers["request-id"])


def test_answers_name_organization_and_workspace(http: httpx.Client, key: str) -> None:
    """Every answer to a known key names where it comes from; before that, none does."""
    workspace = key.replace("key-", "wrkspc_")
    answer = http.get("/v1/agents", headers={"anthropic-workspace-id": workspace})
    assert answer.headers["anthropic-workspace-id"] == workspace
    assert answer.headers["anthropic-organization-id"]
    assert http.get("/v1/agents/agent_0").headers["anthropic-workspace-id"] == workspace
    assert "anthropic-workspace-id" not in http.get("/v1/agents", headers={"x-api-key": ""}).headers


def test_both_spellings_of_a_key_are_taken(http: httpx.Client, key: str) -> None:
    """A key may come as x-api-key or as a bearer token."""
    bearer = {"authorization": f"Bearer {key}", "x-api-key": ""}
    assert http.get("/v1/agents", headers=bearer).status_code == 200


def test_workspaces_do_not_see_each_other(
    sdk: anthropic.Anthropic, connect: Callable[..., anthropic.Anthropic], unused_keys: Any
) -> None:
    """An object of another workspace is not listed, not found, and cannot be referred to."""
    agent = sdk.beta.agents.create(name="a", model="claude-opus-5-5")
    other = connect(next(unused_keys))
    assert other.beta.agents.list().data == []
    with pytest.raises(anthropic.NotFoundError):
        other.beta.agents.retrieve(agent.id)
    environment = other.beta.environments.create(name="cloud")
    with pytest.raises(anthropic.NotFoundError):
        other.beta.sessions.create(agent=agent.id, environment_id=environment.id)


BODIES = [
    pytest.param("POST", "/v1/agents", b"{", 400, id="not JSON"),
    pytest.param("POST", "/v1/agents", b"[]", 400, id="not an object"),
    pytest.param("GET", "/v1/agents/", b"", 404, id="trailing slash"),
    pytest.param("GET", "/v1/nothing", b"", 404, id="unknown path"),
    pytest.param("POST", "/v1/agents", b"[" * 100_000, 400, id="deeper than anybody reads"),
    pytest.param("POST", "/v1/agents", b'{"name": NaN, "model": "m"}', 400, id="no JSON number"),
    pytest.param("POST", "/v1/agents", b'{"name": "\\ud800", "model": "m"}', 400, id="half a character"),
    pytest.param("DELETE", "/v1/agents/agent_0", b"", 405, id="unknown method"),
    pytest.param("POST", "/v1/agents", b" " * (32 * 1024 * 1024 + 1), 413, id="too large"),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), BODIES)
def test_wrong_requests_are_answered_with_the_envelope(
    http: httpx.Client, method: str, path: str, body: bytes, status: int
) -> None:
    """Whatever is wrong with a request, the answer is the API's own."""
    answer = http.request(method, path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    check_error(answer.json(), answer.headers["request-id"])


@pytest.mark.parametrize("boundary", ["", "; boundary=x"])
def test_a_broken_upload_is_refused(http: httpx.Client, boundary: str) -> None:
    """What is no multipart body is the client's fault."""
    answer = http.post("/v1/files", content=b"no", headers={"content-type": "multipart/form-data" + boundary})
    assert answer.status_code == 400
    check_error(answer.json(), answer.headers["request-id"])


def test_old_beta_query_is_ignored(http: httpx.Client) -> None:
    """`?beta=true` of older clients changes nothing."""
    assert http.get("/v1/agents?beta=true").status_code == 200


def test_paths_without_a_gate_need_no_beta(http: httpx.Client) -> None:
    """Skills are generally available; the old beta header, which means other shapes, is taken too."""
    assert http.get("/v1/skills", headers={"anthropic-beta": ""}).status_code == 200
    assert http.get("/v1/skills", headers={"anthropic-beta": "skills-2025-10-02"}).status_code == 200


def test_numbers_and_texts_are_not_converted(http: httpx.Client) -> None:
    """A number with a fraction is no version, a number no name."""
    agent = http.post("/v1/agents", json={"name": "a", "model": "m"}).json()
    for body in ({"version": 1.0}, {"version": "1"}, {"name": 1}):
        assert http.post(f"/v1/agents/{agent['id']}", json=body).status_code == 400


def sdk_routes() -> set[tuple[str, str]]:
    """Every method and path the SDK's sources name for the kinds the emulator serves."""
    verbs = {"get_api_list": "GET", "get": "GET", "post": "POST", "delete": "DELETE"}
    call = re.compile(r'self\._(get_api_list|get|post|delete)\(\s*(?:path_template\()?\s*"(/v1/[^"]+)"')
    kinds = ("agents", "environments", "sessions", "skills", "files", "vaults", "memory_stores", "deployment", "models")
    sources = Path(anthropic.__file__).parent.joinpath("resources").rglob("*.py")
    found = {match for source in sources for match in call.findall(source.read_text(encoding="utf-8"))}
    return {(verbs[verb], path) for verb, path in found if path.startswith(tuple(f"/v1/{kind}" for kind in kinds))}


def test_every_route_of_the_sdk_is_served(http: httpx.Client) -> None:
    """Whatever the official SDK can ask for about the kinds served here is a route."""
    routes = sdk_routes()
    assert len(routes) > 90
    answers = {route: http.request(route[0], re.sub(r"\{\w+\}", "id_0", route[1])) for route in routes}
    assert [route for route, answer in answers.items() if "is not a route" in answer.text] == []


def test_pages_cover_a_list_once(sdk: anthropic.Anthropic) -> None:
    """Following next_page visits every object once, newest first, also when others are made meanwhile."""
    names = [f"agent {number}" for number in range(7)]
    for name in names:
        sdk.beta.agents.create(name=name, model="m")
    page = sdk.beta.agents.list(limit=3)
    sdk.beta.agents.create(name="late", model="m")
    assert [agent.name for agent in page] == names[::-1]


def test_sessions_can_be_paged_back(sdk: anthropic.Anthropic, environment: str) -> None:
    """Only sessions give prev_page: null on the first page, and the way back from the others."""
    agent = sdk.beta.agents.create(name="a", model="m")
    ids = [sdk.beta.sessions.create(agent=agent.id, environment_id=environment).id for _ in range(5)]
    first = sdk.beta.sessions.list(limit=2, order="asc")
    second = first.get_next_page()
    assert first.prev_page is None
    assert [session.id for session in second.data] == ids[2:4]
    assert second.prev_page is not None
    back = sdk.beta.sessions.list(limit=2, order="asc", page=second.prev_page)
    assert ([session.id for session in back.data], back.prev_page) == (ids[:2], None)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("page=garbage", id="garbage"),
        pytest.param("page=page_W10", id="not a cursor"),
        pytest.param("page={cursor}&order=asc", id="another order"),
        pytest.param("page={cursor}&statuses[]=idle", id="another filter"),
        pytest.param("limit=0", id="no limit"),
        pytest.param("limit=101", id="large limit"),
        pytest.param("limit=ten", id="limit in words"),
        pytest.param("order=up", id="no such order"),
        pytest.param("include_archived=1", id="not a boolean"),
        pytest.param("created_at[gte]=yesterday", id="not a time"),
        pytest.param("statuses[]=asleep", id="no such status"),
    ],
)
def test_wrong_list_queries_are_refused(
    sdk: anthropic.Anthropic, http: httpx.Client, environment: str, query: str
) -> None:
    """A cursor belongs to its order and filters, and every parameter is checked."""
    agent = sdk.beta.agents.create(name="a", model="m")
    for _ in range(2):
        sdk.beta.sessions.create(agent=agent.id, environment_id=environment)
    cursor = http.get("/v1/sessions?limit=1").json()["next_page"]
    assert cursor.startswith("page_")
    assert http.get("/v1/sessions?" + query.format(cursor=cursor)).status_code == 400


def test_lists_can_be_cut_by_time(sdk: anthropic.Anthropic) -> None:
    """created_at bounds are inclusive."""
    first, second, third = (sdk.beta.agents.create(name=name, model="m") for name in "abc")
    found = sdk.beta.agents.list(created_at_gte=second.created_at, created_at_lte=second.created_at)
    assert [agent.id for agent in found] == [second.id]
    assert len(sdk.beta.agents.list(created_at_gte=first.created_at, created_at_lte=third.created_at).data) == 3


def test_default_page_size_is_a_switch(sdk: anthropic.Anthropic, control: Control) -> None:
    """The page size the API does not state can be set."""
    for name in ("a", "b", "c"):
        sdk.beta.environments.create(name=name)
    control.put("switches", {"default_page_size": 2})
    page = sdk.beta.environments.list()
    assert (len(page.data), page.has_next_page()) == (2, True)
