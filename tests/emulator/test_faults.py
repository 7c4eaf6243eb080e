from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.emulator.sdk_answers import check_error

if TYPE_CHECKING:
    from collections.abc import Callable

    import anthropic

    from tests.emulator.emulator_control import Control

BODY = {"name": "a", "model": "claude-opus-5-5"}


def test_requests_are_counted_since_the_reset(http: httpx.Client, control: Control) -> None:
    """The log tells how many requests and writes there were, and which."""
    http.get("/v1/agents?limit=5")
    http.post("/v1/agents", json=BODY)
    http.get("/v1/nothing")
    report = control.get("requests")
    assert (report["total"], report["writes"]) == (3, 1)
    assert report["by_status"] == {"200": 2, "404": 1}
    assert report["requests"][0] == {"method": "GET", "path": "/v1/agents", "query": "limit=5", "status": 200}


@pytest.mark.parametrize(
    ("fault", "status", "type_"),
    [
        pytest.param({"status": 429, "retry_after": 2}, 429, "rate_limit_error", id="rate limit"),
        pytest.param({"status": 500}, 500, "api_error", id="server error"),
        pytest.param({"status": 529}, 529, "overloaded_error", id="overloaded"),
    ],
)
def test_injected_errors_are_used_up(
    http: httpx.Client, control: Control, fault: dict[str, Any], status: int, type_: str
) -> None:
    """The next matching requests fail as asked and take no effect; others and later ones succeed."""
    control.fault(method="POST", path="/v1/agents", times=2, **fault)
    for _ in range(2):
        assert http.get("/v1/agents").status_code == 200
        answer = http.post("/v1/agents", json=BODY)
        check_error(answer.json(), answer.headers["request-id"])
        assert (answer.status_code, answer.json()["error"]["type"]) == (status, type_)
    assert http.post("/v1/agents", json=BODY).status_code == 200
    assert len(http.get("/v1/agents").json()["data"]) == 1


def test_rate_limits_say_when_to_come_back(http: httpx.Client, control: Control) -> None:
    """A 429 names the seconds to wait, except for a spend cap."""
    control.fault(status=429, retry_after=2)
    assert http.get("/v1/agents").headers["retry-after"] == "2"
    control.fault(status=429, retry_after=None)
    assert "retry-after" not in http.get("/v1/agents").headers


def test_the_sdk_retries_what_is_worth_it(
    connect: Callable[..., anthropic.Anthropic], key: str, control: Control
) -> None:
    """A client that retries gets through an injected overload."""
    control.fault(status=529)
    control.fault(status=429)
    assert connect(key, max_retries=2).beta.agents.create(name="a", model="m").version == 1


@pytest.mark.parametrize(
    ("when", "made"), [pytest.param("before", 0, id="before"), pytest.param("after_commit", 1, id="after")]
)
def test_dropped_connections_give_no_answer(http: httpx.Client, control: Control, when: str, made: int) -> None:
    """The connection is closed without a byte, before the request took effect or after it did."""
    control.fault(method="POST", drop=when)
    with pytest.raises(httpx.TransportError):
        http.post("/v1/agents", json=BODY)
    assert len(http.get("/v1/agents").json()["data"]) == made
    assert control.get("requests")["by_status"]["0"] == 1


def test_held_requests_take_effect_and_wait(http: httpx.Client, control: Control) -> None:
    """A client that waits for them learns when they are there; they are gone with their clients."""
    control.fault(method="POST", path="/v1/agents", hold=True, times=2)
    with ThreadPoolExecutor(2) as clients:
        posts = [clients.submit(http.post, "/v1/agents", json=BODY, timeout=1) for _ in range(2)]
        assert control.get("held?at_least=2") == {"held": 2}
        assert len(http.get("/v1/agents").json()["data"]) == 2
        assert [type(post.exception()) for post in posts] == [httpx.ReadTimeout] * 2
    assert control.get("requests")["by_status"]["0"] == 2
    assert http.post("/v1/agents", json=BODY).status_code == 200


def test_stale_reads_see_the_state_of_before(http: httpx.Client, control: Control) -> None:
    """Reads lag behind the moment the fault was posted, as many as asked for."""
    agent = http.post("/v1/agents", json=BODY).json()
    path = f"/v1/agents/{agent['id']}"
    control.fault(path="/v1/agents.*", stale=True, times=3)
    http.post(path, json={"system": "new"})
    late = http.post("/v1/agents", json=BODY).json()
    assert http.get(path).json() == agent
    assert http.get("/v1/agents").json()["data"] == [agent]
    assert http.get(f"/v1/agents/{late['id']}").status_code == 404
    assert http.get(path).json()["system"] == "new"


def test_latency_delays_an_answer(http: httpx.Client, control: Control) -> None:
    """A slow answer is one that a short timeout does not wait for."""
    control.fault(latency_ms=2000)
    with pytest.raises(httpx.ReadTimeout):
        http.get("/v1/agents", timeout=0.05)


def test_streams_break_after_some_events(
    sdk: anthropic.Anthropic, http: httpx.Client, environment: str, control: Control
) -> None:
    """A broken stream ends without its end, and the history has what it missed."""
    control.fault(stream_events=2)
    agent = sdk.beta.agents.create(name="a", model="m")
    session = sdk.beta.sessions.create(agent=agent.id, environment_id=environment).id
    lines: list[str] = []
    with http.stream("GET", f"/v1/sessions/{session}/events/stream") as stream:
        text: Any = [{"type": "text", "text": "hi"}]
        sdk.beta.sessions.events.send(session, events=[{"type": "user.message", "content": text}])
        with pytest.raises(httpx.TransportError):
            lines.extend(stream.iter_lines())
    assert [line for line in lines if line.startswith("event:")] == [
        "event: user.message",
        "event: session.status_running",
    ]
    assert sdk.beta.sessions.events.list(session).data[-1].type == "session.status_idle"


def test_frames_may_all_be_called_message(sdk: anthropic.Anthropic, environment: str, control: Control) -> None:
    """With the switch set, only the JSON tells the type of an event."""
    control.put("switches", {"event_frames": "message"})
    agent = sdk.beta.agents.create(name="a", model="m")
    session = sdk.beta.sessions.create(agent=agent.id, environment_id=environment).id
    with sdk.beta.sessions.events.stream(session) as stream:
        sdk.beta.sessions.update(session, title="x")
        frame = next(stream.raw_events(stream.response))
    assert (frame.event, frame.json()["type"]) == ("message", "session.updated")


@pytest.mark.parametrize(
    ("method", "name", "body"),
    [
        pytest.param("POST", "faults", {"status": 500, "drop": "before"}, id="two effects"),
        pytest.param("POST", "faults", {"times": 2}, id="no effect"),
        pytest.param("POST", "faults", {"status": 500, "path": "("}, id="broken pattern"),
        pytest.param("PUT", "script", {"rules": [{"do": [{"reply": "a", "thinking": True}]}]}, id="two actions"),
        pytest.param("PUT", "script", {"rules": [{"do": []}]}, id="no action"),
        pytest.param("PUT", "switches", {"weather": "fine"}, id="no such switch"),
        pytest.param("PUT", "switches", {"skill_latest": "maybe"}, id="no such value"),
    ],
)
def test_wrong_instructions_are_refused(control: Control, method: str, name: str, body: object) -> None:
    """A fault, script or switch that makes no sense is a 400 that says why."""
    answer = control.http.request(method, f"/_emulator/{name}", json=body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_every_switch_is_described(control: Control) -> None:
    """Each switch says what it decides, and health needs no key."""
    switches = control.get("switches")
    assert all(switch["decides"] and switch["value"] == switch["default"] for switch in switches.values())
    assert control.get("health") == {"status": "ok", "rules": 0}
    assert control.get("script") == {"rules": []}


def test_reads_can_lag_behind_writes(http: httpx.Client, control: Control) -> None:
    """Reads of the kinds that a path names answer as things were so long ago; others, and writes, are up to date."""
    kept, gone = (http.post("/v1/agents", json={**BODY, "name": name}).json() for name in ("kept", "gone"))
    control.fault(path="/v1/agents.*", lag_ms=60_000, times=100)
    assert http.post(f"/v1/agents/{kept['id']}", json={"name": "changed"}).json()["version"] == 2
    http.post(f"/v1/agents/{gone['id']}/archive")
    new = http.post("/v1/agents", json={**BODY, "name": "new"}).json()
    assert http.post(f"/v1/agents/{kept['id']}", json={"name": "again", "version": 1}).status_code == 409
    assert http.get(f"/v1/agents/{kept['id']}").json()["version"] == 1
    assert http.get(f"/v1/agents/{new['id']}").status_code == 404
    assert [one["name"] for one in http.get("/v1/agents").json()["data"]] == ["gone", "kept"]
    box = http.post("/v1/environments", json={"name": "box"}).json()
    assert http.get(f"/v1/environments/{box['id']}").status_code == 200
    control.reset()
    assert [one["name"] for one in http.get("/v1/agents").json()["data"]] == ["new", "changed"]


def test_a_lag_ends(http: httpx.Client, control: Control) -> None:
    """What was written longer ago than the lag is read, and what a refused request would have changed never is."""
    control.fault(path="/v1/agents.*", lag_ms=1, times=100)
    made = http.post("/v1/agents", json=BODY).json()
    assert http.post(f"/v1/agents/{made['id']}", json={"model": None}).status_code == 400
    answers = (http.get(f"/v1/agents/{made['id']}").status_code for _ in range(50))
    assert 200 in answers
