"""A server that quotes a request in its error, over a real socket: nobody told this process of any secret."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.errors import ApiError
from tests.canaries import CANARIES, QUOTES, found
from tests.echoing_proxy import ENVELOPES, EchoingProxy, echoing_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "sk-gate-canary-Jq7wLx2Vb9Kd4Rt6"
TOKEN = "gateway.canary-Hz5nMc8Ws3Pf1Yg0"


@pytest.fixture(scope="module")
def proxy() -> Iterator[EchoingProxy]:
    """A proxy that refuses everything."""
    with echoing_proxy() as running:
        running.refuses = re.compile("")
        yield running


@pytest.fixture
def client(proxy: EchoingProxy) -> Iterator[Client]:
    """A client that tries nothing twice without need, with a credential in both headers."""
    headers = {"x-api-key": KEY, "authorization": f"Bearer {TOKEN}"}
    made = Client(Settings(proxy.url, headers, "ANTHROPIC_API_KEY"), backoff=0)
    yield made
    made.close()


def error_text(client: Client, secret: str) -> str:
    """What a person is told of a credential that is refused."""
    body = {
        "display_name": "CRM",
        "auth": {"type": "mcp_oauth", "access_token": secret, "refresh": {"refresh_token": secret[::-1]}},
    }
    with pytest.raises(ApiError) as caught:
        client.request("POST", "/v1/vaults/vlt_1/credentials", json=body)
    return f"{caught.value} {caught.value!r} {vars(caught.value)}"


def must_be_clean(text: str, secret: str) -> None:
    """Hold what is reported against everything secret in the request."""
    assert "[secret]" in text
    for one in (secret, secret[::-1], KEY, TOKEN):
        assert found(one, text) == [], text


@pytest.mark.parametrize("way", QUOTES)
@pytest.mark.parametrize("shape", CANARIES)
def test_no_quoted_request_brings_its_secrets_into_an_error(
    proxy: EchoingProxy, client: Client, shape: str, way: str
) -> None:
    """Neither the write-only fields of its body nor its credential, whatever they look like and however quoted."""
    proxy.quote, proxy.status = QUOTES[way], 400
    proxy.envelope = ENVELOPES["in the API's envelope"]
    must_be_clean(error_text(client, CANARIES[shape]), CANARIES[shape])


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("status", [400, 401, 403, 422, 500])
@pytest.mark.parametrize("way", ["as it is", "escaped as JSON", "in HTML"])
def test_no_status_and_no_form_of_an_error_does(
    proxy: EchoingProxy, client: Client, envelope: str, status: int, way: str
) -> None:
    """An error of the API's, of a proxy's own, a page, a plain text."""
    proxy.quote, proxy.status, proxy.envelope = QUOTES[way], status, ENVELOPES[envelope]
    for shape in ("quotes", "lines", "url"):
        must_be_clean(error_text(client, CANARIES[shape]), CANARIES[shape])


@pytest.mark.parametrize("shape", CANARIES)
def test_no_cut_leaves_a_part_of_a_secret(proxy: EchoingProxy, client: Client, shape: str) -> None:
    """Be it the server's own, at the secret's beginning or in its middle, or ours behind 400 characters."""
    secret = CANARIES[shape]
    proxy.status, proxy.envelope = 422, ENVELOPES["in the API's envelope"]
    cuts: list[Callable[[str], str]] = [
        *(lambda text, kept=kept: text[: text.index('"access_token"') + kept] for kept in (20, 36, 60, 200)),
        *(lambda text, lost=lost: text[text.index('"access_token"') + lost :] for lost in (16, 30, 50)),
        *(lambda text, pad=pad: "x" * pad + text[text.index('"access_token"') :] for pad in (340, 370, 379, 385)),
    ]
    for cut in cuts:
        proxy.quote = cut
        text = error_text(client, secret)
        for one in (secret, secret[::-1]):
            assert found(one, text) == [], text


def test_a_word_of_the_request_that_is_no_secret_is_reported(proxy: EchoingProxy, client: Client) -> None:
    """Names and values that anybody may see help to find the mistake."""
    proxy.quote, proxy.status = QUOTES["as it is"], 400
    proxy.envelope = ENVELOPES["in the API's envelope"]
    text = error_text(client, CANARIES["plain"])
    assert "POST /v1/vaults/vlt_1/credentials" in text
    with pytest.raises(ApiError, match=r"agent_id=agent_0123456789&page=\[secret\]"):
        client.request("GET", "/v1/sessions", params={"agent_id": "agent_0123456789", "page": "canary-cursor-0123"})


def test_a_request_id_and_a_type_that_quote_are_no_way_out(proxy: EchoingProxy, client: Client) -> None:
    """Whatever of an answer is told may have been written by somebody who quotes."""
    proxy.quote, proxy.status = QUOTES["as it is"], 400
    error = {"type": KEY, "details": {"error_code": TOKEN}, "message": "no"}
    proxy.envelope = lambda _: json.dumps({"request_id": TOKEN, "error": error}).encode()
    text = error_text(client, CANARIES["plain"])
    for one in (KEY, TOKEN):
        assert found(one, text) == [], text
