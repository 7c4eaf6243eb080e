from __future__ import annotations

import httpx
import pytest

from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.errors import ApiError, Unreachable
from tests.api.scripted_transport import KEY, answer, connect, refusal


@pytest.mark.parametrize(
    ("status", "message"),
    [
        pytest.param(400, "the API answered 400", id="400"),
        pytest.param(401, "(ANTHROPIC_API_KEY) is not accepted", id="401"),
        pytest.param(402, "billing", id="402"),
        pytest.param(403, "(ANTHROPIC_API_KEY) may not do this", id="403"),
        pytest.param(404, "does not exist in the credential's workspace", id="404"),
        pytest.param(409, "was changed meanwhile or is in use", id="409"),
        pytest.param(413, "too large", id="413"),
        pytest.param(429, "rate or spend limit", id="429"),
        pytest.param(500, "the API answered 500", id="500"),
        pytest.param(529, "overloaded", id="529"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refusal_is_reported_in_words(status: int, message: str, method: str) -> None:
    """Every error answer says what the API said, what to do about it, and the request id, in one line."""
    client, _ = connect(refusal(status, "some_error", "No\nway.", "some_code", retry_after="0"))
    with pytest.raises(ApiError) as caught:
        client.request(method, "/v1/agents")
    text = str(caught.value)
    assert message in text
    assert "some_error some_code: No way." in text
    assert text.endswith("(request req_7)")
    assert "\n" not in text
    error = caught.value
    assert (error.status, error.type, error.code, error.request_id) == (status, "some_error", "some_code", "req_7")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("/v1/environments", "environment names are unique in a workspace", id="create"),
        pytest.param("/v1/environments/env_1", "environment names are unique in a workspace", id="rename"),
        pytest.param("/v1/environments/env_1/archive", "was changed meanwhile or is in use", id="archive"),
        pytest.param("/v1/vaults/vlt_1/credentials", "one credential per server or variable", id="credential"),
    ],
)
def test_a_name_that_is_taken_is_no_edit_by_somebody_else(path: str, message: str) -> None:
    """A 409 says what is in the way, where nothing can have been changed meanwhile."""
    client, _ = connect(refusal(409, "conflict_error", "name: taken"))
    with pytest.raises(ApiError, match=message):
        client.request("POST", path)


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(httpx.Response(502, text="<html>Bad gateway</html>"), id="a page"),
        pytest.param(httpx.Response(500), id="nothing"),
        pytest.param(answer(500, ["list"]), id="a list"),
        pytest.param(answer(500, {"error": "text"}), id="an error that is text"),
        pytest.param(answer(500, {"error": {"details": "text"}}), id="details that are text"),
    ],
)
def test_an_error_in_another_shape_is_told_too(response: httpx.Response) -> None:
    """An error answer that is not the API's own, as a proxy gives, is still one readable line."""
    client, _ = connect(response)
    with pytest.raises(ApiError, match=r"the API answered 50\d.*\(request unknown\)"):
        client.request("GET", "/v1/agents")


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(httpx.Response(200, text="<html>Welcome</html>"), id="a page"),
        pytest.param(httpx.Response(204), id="nothing"),
        pytest.param(answer(200, ["list"]), id="a list"),
        pytest.param(httpx.Response(301, headers={"location": "https://elsewhere.test"}), id="a redirect"),
    ],
)
def test_a_success_that_is_not_the_apis_is_reported(response: httpx.Response) -> None:
    """A base URL that belongs to something else ends in a line that says where to look."""
    client, _ = connect(response)
    with pytest.raises(ApiError, match="baseUrl"):
        client.request("GET", "/v1/agents")


@pytest.mark.parametrize(
    ("error", "method", "doubt"),
    [
        pytest.param(httpx.ConnectError("Connection refused"), "POST", False, id="refused"),
        pytest.param(httpx.ConnectTimeout("timed out"), "POST", False, id="never connected"),
        pytest.param(httpx.ReadTimeout("timed out"), "POST", True, id="timeout of a write"),
        pytest.param(httpx.RemoteProtocolError("Server disconnected"), "POST", True, id="dropped write"),
        pytest.param(httpx.ReadTimeout(""), "GET", False, id="timeout of a read, without a text"),
    ],
)
def test_no_answer_is_reported_in_words(error: Exception, method: str, doubt: bool) -> None:
    """A failed connection names the host and the cause, and whether something may have been written."""
    client, _ = connect(error)
    with pytest.raises(Unreachable, match=r"no answer from https://api\.test: \w+") as caught:
        client.request(method, "/v1/agents")
    assert ("may have been applied" in str(caught.value)) is doubt


def test_a_closed_port_is_reported_in_words() -> None:
    """Nothing listening is Unreachable, over a real socket."""
    client = Client(Settings("http://127.0.0.1:1", {"x-api-key": KEY}, "ANTHROPIC_API_KEY"), backoff=0)
    with pytest.raises(Unreachable, match=r"no answer from http://127\.0\.0\.1:1"):
        client.agents.get("agent_1")
    client.close()


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(refusal(401, message=f"bad key {KEY}"), id="the API"),
        pytest.param(httpx.ReadError(f"Illegal header value {KEY!r}"), id="the connection"),
    ],
)
def test_no_message_holds_the_credential(trouble: httpx.Response | Exception) -> None:
    """Also who quotes the credential does not bring it into our messages."""
    client, _ = connect(trouble)
    with pytest.raises((ApiError, Unreachable)) as caught:
        client.request("POST", "/v1/agents")
    assert KEY not in str(caught.value)
    assert KEY not in repr(client.settings)


def test_a_long_message_is_clipped() -> None:
    """A page of text in an error answer does not fill the screen."""
    client, _ = connect(refusal(400, message="long " * 1000))
    with pytest.raises(ApiError) as caught:
        client.request("GET", "/v1/agents")
    assert len(str(caught.value)) < 600
