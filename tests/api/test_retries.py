from __future__ import annotations

import logging
import time
from contextlib import closing
from typing import cast

import httpx
import pytest

from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.api.retry import ANYWHERE, READS, PatientRetry
from pulumi_managed_agents.errors import ApiError, Unreachable
from tests.api.scripted_transport import KEY, Network, answer, connect, refusal

NEVER_REACHED = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")]
LOST = [httpx.ReadTimeout("slow"), httpx.ReadError("reset"), httpx.RemoteProtocolError("disconnected")]
TRANSIENT = [408, 429, 500, 502, 503, 504, 529]


@pytest.mark.parametrize("trouble", [*NEVER_REACHED, *LOST, *map(refusal, TRANSIENT)], ids=repr)
def test_a_read_is_repeated_after_anything_transient(trouble: httpx.Response | Exception) -> None:
    """A read that met trouble once is answered the second time."""
    client, network = connect(trouble, answer(200, {"id": "agent_1"}))
    assert client.agents.get("agent_1") == {"id": "agent_1"}
    assert len(network.requests) == 2


@pytest.mark.parametrize("trouble", [*NEVER_REACHED, *map(refusal, [429, 503, 529])], ids=repr)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_write_that_did_nothing_is_repeated(trouble: httpx.Response | Exception, method: str) -> None:
    """A write is sent again, body and all, where the API said that it did nothing or was never reached."""
    client, network = connect(trouble, answer(200, {"id": "agent_1"}))
    client.request(method, "/v1/agents", json={"name": "a"})
    assert [request.content for request in network.requests] == [b'{"name":"a"}'] * 2


@pytest.mark.parametrize("trouble", [*LOST, *map(refusal, [408, 409, 500, 502, 504])], ids=repr)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_write_that_may_have_been_applied_is_not_repeated(trouble: httpx.Response | Exception, method: str) -> None:
    """After a lost answer, or a conflict, the caller has to look first."""
    client, network = connect(trouble)
    with pytest.raises((ApiError, Unreachable)):
        client.request(method, "/v1/agents", json={})
    assert len(network.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413])
def test_a_refused_read_is_not_repeated(status: int) -> None:
    """What would be refused again is asked once."""
    client, network = connect(refusal(status))
    with pytest.raises(ApiError):
        client.agents.get("agent_1")
    assert len(network.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "tries"),
    [pytest.param(refusal(529), 6, id="overloaded"), pytest.param(httpx.ConnectError("refused"), 3, id="unreachable")],
)
def test_patience_ends(trouble: httpx.Response | Exception, tries: int) -> None:
    """Trouble that stays is reported, sooner where nobody listens at all."""
    client, network = connect(trouble)
    with pytest.raises((ApiError, Unreachable)):
        client.agents.get("agent_1")
    assert len(network.requests) == tries


@pytest.mark.parametrize("trouble", NEVER_REACHED, ids=repr)
def test_nobody_waits_for_a_port_of_this_machine_that_refuses(trouble: Exception) -> None:
    """No network comes back between a process and its own machine."""
    network = Network((trouble,))
    with (
        closing(Client(Settings("http://127.0.0.1:9", {"x-api-key": KEY}, "a key"), transport=network)) as client,
        pytest.raises(Unreachable),
    ):
        client.agents.get("agent_1")
    assert len(network.requests) == 1


def test_an_upload_is_repeated_whole() -> None:
    """The files of a skill are all there again in the second try."""
    client, network = connect(refusal(429, retry_after="0"), answer(200, {"id": "skill_1"}))
    client.skills.upload([("pdf/SKILL.md", b"# PDF"), ("pdf/a.bin", b"\x00\x01")], "PDF")
    first, second = (request.content for request in network.requests)
    assert first == second
    assert all(part in second for part in (b'filename="pdf/SKILL.md"', b"# PDF", b"\x00\x01", b'name="display_name"'))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "7"}, 7, id="seconds"),
        pytest.param({"retry-after": "0"}, 0, id="at once"),
        pytest.param({"retry-after": "1.5"}, 1.5, id="a fraction"),
        pytest.param({"retry-after-ms": "250", "retry-after": "7"}, 0.25, id="milliseconds first"),
        pytest.param({"retry-after": "86400"}, 60, id="a minute at most"),
    ],
)
@pytest.mark.parametrize("policy", [READS, ANYWHERE.writes], ids=["reads", "writes"])
def test_the_wait_is_what_the_api_asks_for(policy: PatientRetry, headers: dict[str, str], seconds: float) -> None:
    """The headers of an answer decide how long to wait, up to a minute."""
    assert policy.wait(httpx.Headers(headers)) == seconds


def test_the_wait_really_happens() -> None:
    """The second try comes no sooner than the API asked for."""
    client, _ = connect(refusal(429, retry_after_ms="40"), answer())
    started = time.monotonic()
    client.agents.page()
    assert time.monotonic() - started >= 0.04


@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}, {"retry-after": "-3"}], ids=["none", "words", "past"])
def test_without_a_usable_header_the_wait_grows(headers: dict[str, str]) -> None:
    """The back-off doubles from try to try, within its jitter, and stays below a minute."""
    for tries in range(1, 12):
        longest = min(0.5 * 2**tries, 60)
        policy = cast("PatientRetry", READS.copy_with(attempts_made=tries))
        assert min(longest / 2, 30) <= policy.wait(httpx.Headers(headers)) <= longest


def test_a_short_wait_is_not_announced(caplog: pytest.LogCaptureFixture) -> None:
    """A person is told of waits of two seconds or more, not of those nobody notices."""
    policy = READS.copy_with(backoff_factor=0)
    with caplog.at_level(logging.WARNING):
        policy.sleep(refusal(429, retry_after_ms="10"))
    assert caplog.messages == []
