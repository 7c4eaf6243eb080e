"""The emulator for other clients than the newest SDK: beta names, earlier shapes, hints for retries, who may ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest
from anthropic.types import AnthropicBetaParam

from tests.emulator.sdk_answers import check_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    import anthropic

    from tests.emulator.emulator_control import Control

MANAGED_AGENTS, AGENT_MEMORY = "managed-agents-2026-04-01", "agent-memory-2026-07-22"
SKILLS, FILES = {"anthropic-beta": "skills-2025-10-02"}, {"anthropic-beta": "files-api-2025-04-14"}
NAMES = [name for part in get_args(AnthropicBetaParam) for name in get_args(part)]
SKILL_MD = b"---\nname: notes\ndescription: Takes notes.\n---\n"


@pytest.mark.parametrize("path", ["/v1/agents", "/v1/memory_stores", "/v1/skills", "/v1/files", "/v1/models"])
def test_every_beta_of_the_sdk_is_taken_on_every_route(http: httpx.Client, path: str) -> None:
    """A client may send all that it knows; only memory stores take one of two names, and a made-up one is refused."""
    assert len(NAMES) > 40
    betas = ",".join(name for name in NAMES if name != AGENT_MEMORY or path != "/v1/memory_stores")
    assert http.get(path, headers={"anthropic-beta": betas}).status_code == 200
    refusal = http.get(path, headers={"anthropic-beta": f"{betas},made-up-2026-01-01"})
    assert refusal.json()["error"]["details"] == {"error_code": "organization_not_enrolled_in_beta"}


@pytest.mark.parametrize("beta", [MANAGED_AGENTS, AGENT_MEMORY])
def test_memory_stores_answer_under_either_beta(http: httpx.Client, beta: str) -> None:
    """Whichever of the two a client sends; both together are refused."""
    header = {"anthropic-beta": beta}
    store = http.post("/v1/memory_stores", json={"name": "s"}, headers=header).json()["id"]
    memory = {"path": "/a", "content": "x"}
    assert http.post(f"/v1/memory_stores/{store}/memories", json=memory, headers=header).status_code == 200
    both = {"anthropic-beta": f"{MANAGED_AGENTS},{AGENT_MEMORY}"}
    assert http.get("/v1/memory_stores", headers=both).status_code == 400


def upload(http: httpx.Client, path: str, **fields: str) -> Any:
    answer = http.post(path, files={"files[]": ("notes/SKILL.md", SKILL_MD)}, data=fields, headers=SKILLS)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_skills_have_their_earlier_shape_for_clients_that_ask_so(http: httpx.Client, sdk: anthropic.Anthropic) -> None:
    """A title instead of a name, a word as the source, and versions by the time of their upload."""
    skill = upload(http, "/v1/skills", display_title="My notes")
    assert set(skill) == {"id", "type", "display_title", "latest_version", "source", "created_at", "updated_at"}
    assert (skill["display_title"], skill["source"], skill["latest_version"].isdecimal()) == (
        "My notes",
        "custom",
        True,
    )
    second = upload(http, f"/v1/skills/{skill['id']}/versions")
    assert (second["directory"], second["version"] > skill["latest_version"]) == ("notes", True)
    place = f"/v1/skills/{skill['id']}/versions"
    assert http.get(f"{place}/{second['version']}", headers=SKILLS).json() == second
    assert http.get(f"/v1/skills/{skill['id']}", headers=SKILLS).json()["latest_version"] == second["version"]
    assert sdk.skills.retrieve(skill["id"]).display_name == "My notes"
    newest = http.get(place, params={"limit": "1"}, headers=SKILLS).json()
    oldest = http.get(place, params={"limit": "1", "page": newest["next_page"]}, headers=SKILLS).json()
    assert (newest["data"][0]["version"], newest["has_more"]) == (second["version"], True)
    assert (oldest["data"][0]["version"], oldest["has_more"]) == (skill["latest_version"], False)


def test_an_agent_may_name_a_skill_s_version_by_the_time_of_its_upload(http: httpx.Client) -> None:
    """Earlier clients know no other name for it."""
    skill = upload(http, "/v1/skills")
    reference = {"type": "custom", "skill_id": skill["id"], "version": skill["latest_version"]}
    agent = http.post("/v1/agents", json={"name": "a", "model": "m", "skills": [reference]}).json()
    assert agent["skills"] == [reference]
    unknown = http.post("/v1/agents", json={"name": "a", "model": "m", "skills": [reference | {"version": "1"}]})
    assert "has no version '1'" in unknown.json()["error"]["message"]


def test_earlier_clients_delete_the_versions_and_then_the_skill(http: httpx.Client) -> None:
    """In that order, which was the only one."""
    skill = upload(http, "/v1/skills")
    place = f"/v1/skills/{skill['id']}"
    gone = http.delete(f"{place}/versions/{skill['latest_version']}", headers=SKILLS).json()
    assert gone == {"id": skill["latest_version"], "type": "skill_version_deleted"}
    assert http.get(place, headers=SKILLS).json()["latest_version"] is None
    assert http.delete(place, headers=SKILLS).json() == {"id": skill["id"], "type": "skill_deleted"}


def test_files_have_their_earlier_shape_for_clients_that_ask_so(http: httpx.Client) -> None:
    """No expiry, and lists whose pages are named by the ids at their edges."""
    made = [http.post("/v1/files", files={"file": (f"{n}.txt", b"x")}, headers=FILES).json() for n in range(3)]
    assert "expires_at" not in made[0]
    newest_first = [file["id"] for file in reversed(made)]
    first = http.get("/v1/files", params={"limit": 2}, headers=FILES).json()
    assert [file["id"] for file in first["data"]] == newest_first[:2]
    assert (first["has_more"], first["first_id"], first["last_id"]) == (True, *newest_first[:2])
    last = http.get("/v1/files", params={"after_id": first["last_id"]}, headers=FILES).json()
    assert (last["has_more"], [file["id"] for file in last["data"]]) == (False, newest_first[2:])
    back = http.get("/v1/files", params={"before_id": last["first_id"], "limit": 1}, headers=FILES).json()
    assert (back["has_more"], [file["id"] for file in back["data"]]) == (True, newest_first[1:2])
    assert http.get("/v1/files", params={"after_id": "file_0"}, headers=FILES).status_code == 400
    assert "expires_at" in http.get(f"/v1/files/{made[0]['id']}").json()


def test_answers_are_compact(http: httpx.Client, environment: str) -> None:
    """No white space between the parts of an answer, an error or an event."""
    agent = http.post("/v1/agents", json={"name": "a", "model": "m"})
    session = http.post("/v1/sessions", json={"agent": agent.json()["id"], "environment_id": environment}).json()["id"]
    with http.stream("GET", f"/v1/sessions/{session}/events/stream") as stream:
        http.post(f"/v1/sessions/{session}", json={"title": "t"})
        data = next(line.removeprefix("data: ") for line in stream.iter_lines() if line.startswith("data: "))
    for text in (agent.text, http.get("/v1/agents/agent_0").text, data):
        assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def test_what_stays_as_it_is_says_so(http: httpx.Client, environment: str) -> None:
    """What is missing or in conflict is not worth a second try, which the SDK would make of a 409."""
    assert environment
    answers = [http.get("/v1/agents/agent_0"), http.post("/v1/environments", json={"name": "cloud"})]
    assert [(one.status_code, one.headers.get("x-should-retry")) for one in answers] == [(404, "false"), (409, "false")]
    assert "x-should-retry" not in http.post("/v1/agents", json={}).headers


def test_a_fault_may_carry_an_error_code(http: httpx.Client, control: Control) -> None:
    """So that a client can be tried with codes that nothing here would lead to."""
    control.fault(status=503, code="change_outcome_unknown")
    error = http.get("/v1/agents").json()["error"]
    assert error["details"] == {"error_code": "change_outcome_unknown"}
    assert control.http.post("/_emulator/faults", json={"hold": True, "code": "a"}).status_code == 400


PATHS = pytest.mark.parametrize("path", ["/v1/agents", "/v1/nothing", "/_emulator/health", "/_emulator/nothing"])
FOREIGN = [
    pytest.param({"host": "agents.example.com"}, id="a name for this machine"),
    pytest.param({"host": "agents.example.com:8181"}, id="with a port"),
    pytest.param({"host": "localhost.example.com"}, id="a name that begins alike"),
    pytest.param({"host": "[::1"}, id="no name"),
    pytest.param({"origin": "https://example.com"}, id="another page"),
    pytest.param({"origin": "http://127.0.0.1.example.com"}, id="a page that begins alike"),
    pytest.param({"origin": "null"}, id="a page without an origin"),
]


@PATHS
@pytest.mark.parametrize("headers", FOREIGN)
def test_web_pages_cannot_use_it(http: httpx.Client, path: str, headers: dict[str, str]) -> None:
    """Neither by another name for this machine nor from another origin, whatever they ask for."""
    answer = http.get(path, headers=headers)
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")
    check_error(answer.json(), answer.json()["request_id"])
    assert next(iter(headers)) in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.8.9.1:80", "[::1]", "[::1]:8181"])
def test_this_machine_may_have_any_of_its_names(http: httpx.Client, name: str) -> None:
    """Also a page that is served from here."""
    for headers in ({"host": name}, {"origin": f"http://{name}"}):
        assert http.get("/v1/agents", headers=headers).status_code == 200


def endless() -> Iterator[bytes]:
    while True:
        yield bytes(1024 * 1024)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("POST", "/v1/agents", id="a body"),
        pytest.param("PUT", "/_emulator/script", id="a script"),
        pytest.param("POST", "/_emulator/faults", id="faults"),
        pytest.param("PUT", "/_emulator/switches", id="switches"),
    ],
)
def test_a_body_of_unknown_length_has_an_end(http: httpx.Client, method: str, path: str) -> None:
    """It is read up to the limit of its route; the client is told so, or finds the connection closed."""
    try:
        assert http.request(method, path, content=endless()).status_code == 413
    except httpx.WriteError:
        assert http.get("/_emulator/health").status_code == 200


def test_faults_do_not_pile_up(control: Control) -> None:
    """More than anybody needs are refused, and those that wait stay."""
    faults = [{"status": 500, "path": "/nowhere"}] * 1000
    assert control.http.post("/_emulator/faults", json=faults).status_code == 200
    assert "at most 1000" in control.http.post("/_emulator/faults", json=faults[:1]).json()["error"]
    assert len(control.get("faults")["faults"]) == len(faults)
