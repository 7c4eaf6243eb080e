"""The credential on every request: a key or token as it is, or one got by workload identity federation.

A federation's token lives in this process alone. It is renewed before it expires, and once after a 401.
"""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from pulumi_managed_agents.api.answers import parse, read_whole
from pulumi_managed_agents.api.failures import not_exchanged
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from httpx_retries import Retry

    from pulumi_managed_agents.api.federation import Federation
    from pulumi_managed_agents.api.settings import Settings

EXCHANGE = "/v1/oauth/token"
OAUTH = "oauth-2025-04-20"
OAUTH_TOKEN = "sk-ant-oat"  # noqa: S105 - how they begin
FEDERATION = "oidc-federation-2026-04-01"
"""Sent with the exchange only; `OAUTH` with every request that carries the token."""
EXCHANGE_SECONDS = 30.0
EARLY_SECONDS = 60.0
"""A token that expires sooner is renewed first."""


class Token(NamedTuple):
    """A federation's token; `renew_at` is in seconds of the clock."""

    value: str = ""
    renew_at: float = 0.0


class Authentication(httpx.Auth):
    """Signs the requests of one client; safe to share among threads, of which one at a time exchanges.

    `retry` is what an exchange that fails is tried again by.
    """

    def __init__(self, settings: Settings, retry: Retry, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._retry = retry
        self._clock = clock
        self._lock = threading.Lock()
        self._token = Token()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with the credential; with a new token once more where the API refuses the old one."""
        federation = self._settings.federation
        if federation is None:
            request.headers.update(self._settings.headers)
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            # What `ant auth print-credentials` prints is such a token; one of another kind needs no beta.
            yield _signed(request, token) if scheme == "Bearer" and token.startswith(OAUTH_TOKEN) else request
            return
        token = yield from self._fresh(federation, refused="")
        response = yield _signed(request, token)
        if response.status_code == 401:
            _read(response)
            yield _signed(request, (yield from self._fresh(federation, refused=token)))

    def _fresh(self, federation: Federation, refused: str) -> Generator[httpx.Request, httpx.Response, str]:
        """The token in use, unless it is the refused one or expires soon: then another one, for all threads."""
        with self._lock:
            if self._token.value == refused or self._clock() >= self._token.renew_at:
                self._token = yield from self._exchanged(federation)
            return self._token.value

    def _exchanged(self, federation: Federation) -> Generator[httpx.Request, httpx.Response, Token]:
        assertion = federation.identity_token()
        started = self._clock()
        response = yield httpx.Request(
            "POST",
            self._settings.base_url + EXCHANGE,
            json=federation.request(assertion),
            headers={"anthropic-beta": f"{OAUTH},{FEDERATION}"},
            extensions={"timeout": httpx.Timeout(EXCHANGE_SECONDS).as_dict(), "retry": self._retry},
        )
        _read(response)
        answer = _answer(response)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        is_token = isinstance(token, str) and re.fullmatch(r"[!-~]+", token)
        if not (response.is_success and is_token and isinstance(seconds, int | float)):
            raise not_exchanged(response, answer, federation)
        KNOWN.add([assertion, str(token)])
        return Token(str(token), started + max(float(seconds) - EARLY_SECONDS, float(seconds) / 2))


def _signed(request: httpx.Request, token: str) -> httpx.Request:
    betas = [beta for beta in request.headers.get("anthropic-beta", "").split(",") if beta and beta != OAUTH]
    request.headers["anthropic-beta"] = ",".join([*betas, OAUTH])
    request.headers["authorization"] = f"Bearer {token}"
    return request


def _read(response: httpx.Response) -> None:
    """Read the body within the bounds of every answer's; httpx itself, which reads it next, has none."""
    response._content = read_whole(response).content  # noqa: SLF001 - where httpx looks for what was read


def _answer(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = parse(response.content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
