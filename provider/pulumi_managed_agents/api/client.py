"""The one place where a request leaves and an answer comes back."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
from httpx_retries import RetryTransport

from pulumi_managed_agents.api.collections import Agents, Collection, Sessions, Skills
from pulumi_managed_agents.api.failures import lost, refused
from pulumi_managed_agents.api.retry import READS, WRITES
from pulumi_managed_agents.errors import WrongWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pulumi_managed_agents.api.settings import Settings

API_VERSION = "2023-06-01"
WORKSPACE_HEADER = "anthropic-workspace-id"
TIMEOUT = httpx.Timeout(60, connect=10)


class Client:
    """A connection to one workspace.

    `workspace` is what the answers say, or None until the first of them (and with a server that never says). Once
    `expect` has named a workspace, an answer from another one raises WrongWorkspace. Safe to share among threads.

    The transport is a constructor argument so that tests can stand at the process border.
    """

    def __init__(
        self, settings: Settings, *, transport: httpx.BaseTransport | None = None, connections: int = 32
    ) -> None:
        self.settings = settings
        self.workspace: str | None = None
        self._expected = settings.workspace
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.Client(
            base_url=settings.base_url,
            headers={"anthropic-version": API_VERSION, **settings.headers},
            transport=RetryTransport(transport=transport or httpx.HTTPTransport(limits=limits)),
            timeout=TIMEOUT,
        )
        self.agents = Agents(self)
        self.environments = Collection(self, "/v1/environments")
        self.skills = Skills(self)
        self.sessions = Sessions(self)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def expect(self, workspace: str | None) -> None:
        """Hold every answer from now on against `workspace`, asking once if none has come yet.

        Raises:
            WrongWorkspace: the credential belongs to another workspace.
        """
        if not workspace:
            return
        self._expected = workspace
        if self.workspace is None:
            self.identify()
        self._compare()

    def identify(self) -> str | None:
        """The workspace of the credential, by the cheapest question there is, unless an answer has told it before."""
        if self.workspace is None:
            self.agents.page(limit=1)
        return self.workspace

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes]]] | None = None,
        beta: str = "",
    ) -> dict[str, Any]:
        """One exchange; the answer's JSON object.

        Raises:
            ApiError: the API refused; its message ends with the request id.
            Unreachable: no answer came. After a write the caller must look before it writes again.
            WrongWorkspace: the answer is another workspace's.
        """
        response = self._send(
            method, path, json=json, params=params, data=data, files=files, headers=self._headers(beta)
        )
        return cast("dict[str, Any]", response.json())

    def download(self, path: str, *, beta: str = "") -> bytes:
        """The bytes behind a path; fails as `request` does."""
        return self._send("GET", path, headers=self._headers(beta)).content

    @contextmanager
    def stream(self, path: str, *, beta: str = "", read_timeout: float = 30.0) -> Iterator[httpx.Response]:
        """An open event stream; reading raises httpx errors when it drops or is silent for `read_timeout` seconds."""
        headers = {**self._headers(beta), "accept": "text/event-stream", "cache-control": "no-store"}
        timeout = httpx.Timeout(TIMEOUT.connect, read=read_timeout)
        with self._http.stream("GET", path, headers=headers, timeout=timeout, extensions={"retry": READS}) as response:
            if response.is_error:
                response.read()
            self._judge(response)
            yield response

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        policy = READS if method == "GET" else WRITES
        try:
            response = self._http.request(method, path, extensions={"retry": policy}, **parts)
        except httpx.HTTPError as error:
            raise lost(error, method, self.settings.base_url) from error
        self._judge(response)
        return response

    def _headers(self, beta: str) -> dict[str, str]:
        named = {"anthropic-beta": beta} if beta else {}
        return named | ({WORKSPACE_HEADER: self._expected} if self._expected else {})

    def _judge(self, response: httpx.Response) -> None:
        self.workspace = response.headers.get(WORKSPACE_HEADER) or self.workspace
        self._compare()
        if response.is_error:
            raise refused(response, self.settings.credential_name)

    def _compare(self) -> None:
        if self._expected and self.workspace and self.workspace != self._expected:
            raise WrongWorkspace(
                f"this stage lives in workspace {self._expected}, but the credential ({self.settings.credential_name}) "
                f"belongs to {self.workspace}; nothing was written. Use a credential of {self._expected}"
            )


def connect(config: Mapping[str, str]) -> Client:
    """A client for a stage's configuration (keys without namespace) and this process's environment."""
    from pulumi_managed_agents.api.settings import resolve

    return Client(resolve(config, os.environ))
