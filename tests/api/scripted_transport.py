"""A network that answers by a script and remembers what it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from pulumi_managed_agents.api import Client, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY = "sk-ant-canary-0123456789"
WORKSPACE = "anthropic-workspace-id"


def answer(status: int = 200, body: Any = None, **headers: str) -> httpx.Response:
    """An answer with a JSON body, an empty page by default; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"data": [], "next_page": None} if body is None else body, headers=named)


def refusal(
    status: int, type: str = "api_error", message: str = "No.", code: str = "", **headers: str
) -> httpx.Response:
    """An error in the API's envelope, with a request id."""
    error = {"type": type, "message": message, **({"details": {"error_code": code}} if code else {})}
    return answer(status, {"type": "error", "error": error}, request_id="req_7", **headers)


class Network(httpx.BaseTransport):
    """Gives the scripted answers, or raises the scripted errors, in turn; the last one again and again."""

    def __init__(self, script: Iterable[httpx.Response | Exception]) -> None:
        self.script = list(script)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Take the next entry of the script."""
        request.read()
        entry = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(request)
        if isinstance(entry, Exception):
            raise entry
        return httpx.Response(entry.status_code, headers=entry.headers, content=entry.content)


def connect(
    *script: httpx.Response | Exception, workspace: str | None = None, provider: str = ""
) -> tuple[Client, Network]:
    """A client whose back-off takes no time, and its network."""
    network = Network(script)
    settings = Settings("https://api.test", {"x-api-key": KEY}, "ANTHROPIC_API_KEY", workspace, provider=provider)
    return Client(settings, transport=network, backoff=0), network
