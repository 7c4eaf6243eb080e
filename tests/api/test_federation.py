from __future__ import annotations

import os
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from managed_agents_emulator import Settings as EmulatorSettings
from managed_agents_emulator import running
from pulumi_managed_agents.api import Client, Settings, answers
from pulumi_managed_agents.api.authentication import Authentication
from pulumi_managed_agents.api.federation import Federation
from pulumi_managed_agents.api.retry import READS
from pulumi_managed_agents.api.settings import resolve
from pulumi_managed_agents.errors import ApiError, InputError, Unreachable
from tests.api.scripted_transport import Network, answer, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULE, ASSERTION = "fdrl_ci", "eyJ.canary-assertion.x"
SHELL = {"ANTHROPIC_FEDERATION_RULE_ID": RULE, "ANTHROPIC_ORGANIZATION_ID": "org"}
STAGE = {"federationRuleId": "fdrl_stage", "organizationId": "stage-org"}


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{ASSERTION}\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with running(EmulatorSettings(port=0, rules={RULE: "wrkspc_ci"})) as url:
        yield url


def test_a_client_works_by_workload_identity(emulator: str, token_file: Path) -> None:
    """One exchange serves many requests; after a 401 there is one more, and the request is sent again, body and all."""
    shell = SHELL | {"ANTHROPIC_BASE_URL": emulator, "ANTHROPIC_IDENTITY_TOKEN_FILE": str(token_file)}
    client = Client(resolve({}, shell))
    client.expect("wrkspc_ci")
    httpx.post(f"{emulator}/_emulator/faults", json={"path": "/v1/agents", "method": "POST", "status": 401}, timeout=60)
    with closing(client):
        assert client.agents.create({"name": "a", "model": "claude-haiku-5-5"})["name"] == "a"
    asked = httpx.get(f"{emulator}/_emulator/requests", timeout=60).json()["requests"]
    assert [(one["method"], one["path"], one["status"]) for one in asked] == [
        ("POST", "/v1/oauth/token", 200),
        ("GET", "/v1/agents", 200),
        ("POST", "/v1/agents", 401),
        ("POST", "/v1/oauth/token", 200),
        ("POST", "/v1/agents", 200),
    ]


@pytest.mark.parametrize(
    ("config", "environment", "expected", "name"),
    [
        pytest.param({}, SHELL, Federation(RULE, "org", token_file="/t"), "ANTHROPIC_FEDERATION_RULE_ID", id="shell"),
        pytest.param(
            STAGE,
            SHELL | {"ANTHROPIC_API_KEY": "key"},
            Federation("fdrl_stage", "stage-org", token_file="/t"),
            "managed-agents:federationRuleId",
            id="the stage's own beats a key of the shell",
        ),
        pytest.param(
            STAGE | {"serviceAccountId": "svac_1", "workspace": "wrkspc_1", "identityTokenFile": "/own"},
            SHELL | {"ANTHROPIC_WORKSPACE_ID": "wrkspc_2"},
            Federation("fdrl_stage", "stage-org", "svac_1", "wrkspc_1", "/own"),
            "managed-agents:federationRuleId",
            id="all of the stage",
        ),
    ],
)
def test_names_are_those_of_the_sdk(
    config: dict[str, str], environment: dict[str, str], expected: Federation, name: str
) -> None:
    """Federation comes after keys and tokens of the same source, and its parts from the stage first."""
    settings = resolve(config, environment | {"ANTHROPIC_IDENTITY_TOKEN_FILE": "/t"})
    assert (settings.federation, settings.headers) == (expected, {})
    assert name in settings.credential_name


@pytest.mark.parametrize(
    ("config", "environment"),
    [
        pytest.param({"apiKey": "key"} | STAGE, SHELL, id="the stage's key"),
        pytest.param({}, SHELL | {"ANTHROPIC_AUTH_TOKEN": "token"}, id="the shell's token"),
    ],
)
def test_a_key_or_token_beats_federation(config: dict[str, str], environment: dict[str, str]) -> None:
    """As in the SDK, what needs no exchange goes first."""
    assert resolve(config, environment).federation is None


@pytest.mark.parametrize(
    ("config", "environment", "message"),
    [
        pytest.param({"federationRuleId": "r"}, {}, "ANTHROPIC_ORGANIZATION_ID", id="no organization"),
        pytest.param({}, SHELL, "ANTHROPIC_IDENTITY_TOKEN_FILE", id="no identity token"),
        pytest.param({}, {"ANTHROPIC_PROFILE": "dev"}, "ANTHROPIC_PROFILE", id="a profile"),
        pytest.param(
            {"baseUrl": "http://api.test"}, SHELL | {"ANTHROPIC_IDENTITY_TOKEN": "t"}, "not encrypted", id="no TLS"
        ),
    ],
)
def test_half_a_federation_is_reported(config: dict[str, str], environment: dict[str, str], message: str) -> None:
    """What is missing is named as it is to be set; another credential is not silently used instead."""
    with pytest.raises(InputError, match=message):
        resolve(config, environment)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "cannot be read: No such file", id="no file"),
        pytest.param(b" \n", "is empty", id="empty"),
        pytest.param(b"\xff\xfe", "is not text", id="binary"),
        pytest.param(b"x" * 20_000, "is longer than an identity token", id="a certificate"),
    ],
)
def test_an_unusable_identity_token_is_named_by_its_file(tmp_path: Path, content: bytes | None, message: str) -> None:
    """One line names the file and never quotes it."""
    file = tmp_path / "token"
    for bytes_ in [] if content is None else [content]:
        file.write_bytes(bytes_)
    with pytest.raises(InputError, match=f"the identity token file .*token {message}") as caught:
        Federation(RULE, "org", token_file=str(file)).identity_token()
    assert "xxx" not in str(caught.value)


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds, as the test has set them."""
        return self.now


def signed(script: list[httpx.Response | Exception], token_file: Path) -> tuple[httpx.Client, Network, Clock]:
    """A plain client with our authentication over a scripted network, and its clock."""
    federation = Federation(RULE, "org", token_file=str(token_file))
    network, clock = Network(script), Clock()
    settings = Settings("https://api.test", {}, "workload identity", federation=federation)
    return httpx.Client(auth=Authentication(settings, READS, clock), transport=network), network, clock


def token(value: str, seconds: float = 600) -> httpx.Response:
    return answer(200, {"access_token": value, "token_type": "Bearer", "expires_in": seconds})


def test_a_token_is_renewed_before_it_expires(token_file: Path) -> None:
    """Requests share a token until a minute before its end; the identity token is read again each time."""
    http, network, clock = signed([token("first"), answer(), answer(), token("second"), answer()], token_file)
    http.get("https://api.test/a", headers={"anthropic-beta": "x"})
    clock.now = 539
    http.get("https://api.test/b")
    token_file.write_text("rotated", encoding="utf-8")
    clock.now = 540
    http.get("https://api.test/c")
    assert [request.headers.get("authorization") for request in network.requests] == [
        None,
        "Bearer first",
        "Bearer first",
        None,
        "Bearer second",
    ]
    assert network.requests[1].headers["anthropic-beta"] == "x,oauth-2025-04-20"
    assert b"rotated" in network.requests[3].content


def test_a_token_that_is_refused_twice_is_not_asked_for_again(token_file: Path) -> None:
    """A second 401 is the answer."""
    http, network, _ = signed([token("first"), refusal(401), token("second"), refusal(401)], token_file)
    assert http.get("https://api.test/a").status_code == 401
    assert len(network.requests) == 4


def test_many_threads_share_one_exchange(token_file: Path) -> None:
    """A cold start with thirty requests at once asks for one token."""
    http, network, _ = signed([token("only"), answer()], token_file)
    threads = [threading.Thread(target=http.get, args=("https://api.test/a",)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(request.url.path == "/v1/oauth/token" for request in network.requests) == 1
    assert len(network.requests) == 31


@pytest.mark.parametrize(
    ("response", "message"),
    [
        pytest.param(
            answer(401, {"error": "invalid_grant", "error_description": f"bad {ASSERTION}"}, request_id="req_9"),
            "answered 401: bad [secret]; check that federation rule fdrl_ci",
            id="in the words of OAuth",
        ),
        pytest.param(refusal(400, message="No\nrule."), "answered 400: No rule.; check", id="in the API's envelope"),
        pytest.param(httpx.Response(502, text="<html>"), "answered 502: <html>;", id="a page"),
        pytest.param(answer(200, {"access_token": ""}), "no token in the answer", id="no token"),
        pytest.param(answer(200, [ASSERTION]), "no token in the answer", id="a list"),
        pytest.param(token("one\r\nx-api-key: two"), "no token in the answer", id="a header more"),
        pytest.param(
            httpx.Response(200, text='{"access_token": "x", "expires_in": NaN}'), "no token in the answer", id="no time"
        ),
        pytest.param(httpx.Response(200, text="[" * 9000), "no token in the answer", id="nested without an end"),
    ],
)
def test_an_exchange_that_fails_is_one_line(token_file: Path, response: httpx.Response, message: str) -> None:
    """What the API said, what to check and the request id, and nothing of the identity token."""
    http, _, _ = signed([response], token_file)
    with pytest.raises(ApiError) as caught:
        http.get("https://api.test/a")
    text = str(caught.value)
    assert message in text
    assert "ANTHROPIC_WORKSPACE_ID" in text
    assert "(request " in text
    assert ASSERTION not in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([httpx.Response(200, text="x" * 2000)], id="the exchange"),
        pytest.param([token("first"), httpx.Response(401, text="x" * 2000)], id="a refusal before another exchange"),
    ],
)
def test_no_answer_on_the_way_to_a_token_is_without_bounds(
    token_file: Path, script: list[httpx.Response | Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that does not end is given up, as any other is."""
    monkeypatch.setattr(answers, "LARGEST_BODY", 1000)
    http, _, _ = signed(script, token_file)
    with pytest.raises(ApiError, match="unexpected: more than 0 MB"):
        http.get("https://api.test/a")


def test_a_pipe_is_no_identity_token_file(tmp_path: Path) -> None:
    """It would be waited for, for ever."""
    os.mkfifo(tmp_path / "token")
    with pytest.raises(InputError, match="is not a regular file"):
        Federation(RULE, "org", token_file=str(tmp_path / "token")).identity_token()


def test_a_token_is_in_no_message(token_file: Path) -> None:
    """An API that quotes the token back is not quoted."""
    network = Network([token("canary-token-123"), refusal(403, message="canary-token-123 may not")])
    federation = Federation(RULE, "org", token_file=str(token_file))
    client = Client(Settings("https://api.test", {}, "workload identity", federation=federation), transport=network)
    with pytest.raises(ApiError) as caught:
        client.agents.page()
    assert "[secret] may not" in str(caught.value)
    assert "canary" not in str(caught.value) + repr(client.settings)


def test_an_exchange_without_an_answer_is_unreachable(token_file: Path) -> None:
    """A host that is away is reported as for any request."""
    network: Any = Network([httpx.ConnectError("away")])
    federation = Federation(RULE, "org", token_file=str(token_file))
    settings = Settings("https://api.test", {}, "workload identity", federation=federation)
    with pytest.raises(Unreachable, match=r"no answer from https://api\.test"):
        Client(settings, transport=network, backoff=0).agents.page()


@pytest.mark.parametrize(("token", "beta"), [("sk-ant-oat01-abc", True), ("gateway-token", False)])
def test_a_token_of_a_login_is_sent_with_the_beta_that_it_needs(token: str, beta: bool) -> None:
    """What `ant auth print-credentials --access-token` prints can stand in ANTHROPIC_AUTH_TOKEN."""
    network = Network([answer()])
    client = Client(resolve({}, {"ANTHROPIC_AUTH_TOKEN": token}), transport=network)
    client.agents.get("a")
    (request,) = network.requests
    assert request.headers["authorization"] == f"Bearer {token}"
    assert ("oauth-2025-04-20" in request.headers["anthropic-beta"].split(",")) == beta
