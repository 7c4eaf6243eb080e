"""The HTTP client: every request to the API goes through `Client`."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from httpx_retries import RetryTransport

from pulumi_managed_agents.api.answers import ENCODINGS, Answer, object_of, read_whole
from pulumi_managed_agents.api.authentication import Authentication
from pulumi_managed_agents.api.collections import (
    Agents,
    Collection,
    Deployments,
    Files,
    MemoryStores,
    Models,
    Sessions,
    Skills,
    Vaults,
)
from pulumi_managed_agents.api.failures import no_answer, refused
from pulumi_managed_agents.api.retry import ANYWHERE, BACKOFF, HERE
from pulumi_managed_agents.api.run_log import logged
from pulumi_managed_agents.api.sent_secrets import in_header
from pulumi_managed_agents.api.settings import is_loopback
from pulumi_managed_agents.errors import ApiError, InputError, Unreachable, WrongWorkspace
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pulumi_managed_agents.api.settings import Settings

API_VERSION = "2026-10-21"
WORKSPACE_HEADER = "anthropic-workspace-id"
TIMEOUT = httpx.Timeout(60, connect=10)
READ_BODY_TRIES = 3
"""How often what is read is asked for where its body breaks off."""


class Client:
    """A connection to one workspace.

    `workspace` is what the answers say, or None until the first of them (and with a server that never says), `time`
    when the last of them was sent, by the API's own clock. Once `expect` has named a workspace, an answer from another
    one raises WrongWorkspace. Safe to share among threads.

    The transport is a constructor argument so that tests can be at the process border; `backoff` is the number of
    seconds from which the waits between tries grow, where the API asks for none.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.BaseTransport | None = None,
        connections: int = 32,
        backoff: float = BACKOFF,
    ) -> None:
        KNOWN.add(secret for value in settings.headers.values() for secret in in_header(value))
        self.settings = settings
        self.workspace: str | None = None
        self.time: datetime | None = None
        self._expected = settings.workspace
        self._accepted = False
        self._workspace_checked = False
        again = HERE if is_loopback(settings.base_url) else ANYWHERE
        self._reads, self._writes, self._creates = (policy.copy_with(backoff_factor=backoff) for policy in again)
        self._of_thread = threading.local()
        # The question about the workspace that is under way, and who may begin one.
        self._asked: Future[Any] | None = None
        self._asking = threading.Lock()
        self.backoff = backoff
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        # Without encryption there is no certificate to verify, and loading the known ones takes long.
        encrypted = not settings.base_url.startswith("http://")
        network = transport or httpx.HTTPTransport(limits=limits, verify=encrypted, proxy=proxy(settings.base_url))
        self._http = httpx.Client(
            base_url=settings.base_url,
            headers={"anthropic-version": API_VERSION, "accept-encoding": ENCODINGS},
            auth=Authentication(settings, self._reads),
            transport=RetryTransport(transport=logged(network)),
            timeout=TIMEOUT,
        )
        self.agents = Agents(self)
        self.environments = Collection(self, "/v1/environments")
        self.skills = Skills(self)
        self.files = Files(self)
        self.vaults = Vaults(self)
        self.memory_stores = MemoryStores(self)
        self.deployments = Deployments(self)
        self.models = Models(self)
        self.sessions = Sessions(self)

    @contextmanager
    def creating(self) -> Iterator[None]:
        """Within the block, this thread's writes are retried only where the API cannot have acted on them."""
        self._of_thread.policy = self._creates
        try:
            yield
        finally:
            del self._of_thread.policy

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def expect(self, workspace: str | None) -> None:
        """Compare every answer from now on with `workspace`; asks once if there was none yet.

        Raises:
            WrongWorkspace: the credential belongs to another workspace.
        """
        if not workspace:
            return
        self.identify()  # before the name is sent as a header, which another workspace would merely refuse
        self._expected = workspace
        self._refuse_other_workspace()

    def identify(self) -> str | None:
        """The workspace of the credential, by the cheapest request if no answer came before.

        Threads that ask at the same time wait for one request, and for what comes of it.
        """
        if self.workspace is not None or self._accepted:
            return self.workspace
        with self._asking:
            is_first = self._asked is None
            asked = self._asked = self._asked or Future()
        if is_first:
            try:
                asked.set_result(self.agents.page(limit=1))
            except BaseException as error:  # of any kind: the others would wait for ever
                asked.set_exception(error)
            self._asked = None
        asked.result()
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
    ) -> Answer:
        """One exchange; the answer's JSON object.

        Raises:
            ApiError: the API refused; its message ends with the request id.
            Unreachable: no answer came. After a write the caller must look before it writes again.
            WrongWorkspace: the answer is another workspace's.
        """
        response = self._send(
            method, path, json=json, params=params, data=data, files=files, headers=self._headers(beta)
        )
        return object_of(response)

    def download(self, path: str, *, beta: str = "") -> bytes:
        """The bytes behind a path; fails as `request` does."""
        return self._send("GET", path, headers=self._headers(beta)).content

    @contextmanager
    def stream(self, path: str, *, beta: str = "", read_timeout: float = 30.0) -> Iterator[httpx.Response]:
        """An open event stream; reading raises httpx errors when it drops or is silent for `read_timeout` seconds."""
        headers = {**self._headers(beta), "accept": "text/event-stream", "cache-control": "no-store"}
        timeout = httpx.Timeout(TIMEOUT.connect, read=read_timeout)
        with self._http.stream(
            "GET", path, headers=headers, timeout=timeout, extensions={"retry": self._reads}
        ) as response:
            self._check(response if response.is_success else read_whole(response))
            yield response

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        writes = getattr(self._of_thread, "policy", self._writes)
        policy = self._reads if method == "GET" else writes
        # A write whose answer broke off may have been done, so only reads are repeated.
        tries = READ_BODY_TRIES if method == "GET" else 1
        try:
            while True:
                with self._http.stream(method, path, extensions={"retry": policy}, **parts) as answer:
                    try:
                        response = read_whole(answer)
                        break
                    except httpx.TransportError:  # in a body, of which the policy sees the beginning alone
                        tries -= 1
                        if not tries:
                            raise
        except httpx.HTTPError as error:
            raise no_answer(error, method, self.settings) from error
        self._check(response)
        return response

    def _headers(self, beta: str) -> dict[str, str]:
        named = {"anthropic-beta": beta} if beta else {}
        # A federation's token is bound to its workspace, which may not be named again.
        unnamed = self._expected is None or self.settings.federation
        return named if unnamed else {**named, WORKSPACE_HEADER: str(self._expected)}

    def _check(self, response: httpx.Response) -> None:
        self.workspace = response.headers.get(WORKSPACE_HEADER) or self.workspace
        self.time = _date(response) or self.time
        self._refuse_other_workspace()
        if not response.is_success:
            self._check_workspace_once(response)
            raise refused(response, self.settings)
        self._accepted = True

    def _check_workspace_once(self, response: httpx.Response) -> None:
        """Ask once without naming a workspace, so that the answer says which one the credential belongs to."""
        # The API refuses a request that names another workspace with a 400, 403 or 404 like any other refusal.
        known = self._accepted or self._workspace_checked or not self._expected
        if not known and response.status_code in {400, 403, 404}:
            self._workspace_checked = True
            with suppress(ApiError, Unreachable):
                self._send("GET", self.agents.path, params={"limit": 1}, headers={"anthropic-beta": self.agents.beta})

    def _refuse_other_workspace(self) -> None:
        if self._expected and self.workspace and self.workspace != self._expected:
            provider, is_configured = self.settings.provider, self._expected == self.settings.workspace
            lives = "this stage lives in"
            if provider:
                lives = (
                    f"provider '{provider}' is for" if is_configured else f"what provider '{provider}' manages lives in"
                )
            raise WrongWorkspace(
                f"{lives} workspace {self._expected}, but the credential ({self.settings.credential_name}) "
                f"belongs to {self.workspace}; nothing was written. Use a credential of {self._expected}"
            )


def proxy(url: str) -> str | None:
    """The proxy for a URL by ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``; this machine is reached without any.

    Raises:
        InputError: the proxy is neither an http nor an https one.
    """
    where = urlsplit(url)
    proxies = getproxies()
    named = proxies.get(where.scheme) or proxies.get("all")
    if not named or is_loopback(url) or proxy_bypass(where.hostname or ""):
        return None
    named = named if "://" in named else f"http://{named}"
    if urlsplit(named).scheme not in {"http", "https"}:
        raise InputError(
            f"the proxy for {where.hostname} is a {urlsplit(named).scheme} one; name an http:// one instead"
        )
    return named


def _date(response: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None
