"""What GitHub says of a skill's URL: the commit that it stands for, and the archive with the files at a commit."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import httpx
from httpx_retries import RetryTransport

from pulumi_managed_agents.api.client import proxy
from pulumi_managed_agents.api.retry import BACKOFF, READS
from pulumi_managed_agents.api.run_log import logged
from pulumi_managed_agents.api.sent_secrets import sent_secrets
from pulumi_managed_agents.api.settings import is_loopback
from pulumi_managed_agents.errors import InputError, Unreachable
from pulumi_managed_agents.kinds.skill.archive import files_in
from pulumi_managed_agents.kinds.skill.github import COMMIT, PUBLIC, TOKEN_VARIABLE
from pulumi_managed_agents.scrubbing import KNOWN, clip
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.kinds.skill.bundle import Contents
    from pulumi_managed_agents.kinds.skill.github import GitHub, SkillUrl

VERSION = {"x-github-api-version": "2022-11-28"}
ONLY_COMMIT = "application/vnd.github.sha"
"""Asks only for the name of a commit; all of it may be megabytes."""
MOST_ANSWERED = 20_000_000
MOST_ARCHIVED = 300_000_000
"""How many bytes of an archive of a whole repository are taken, as it is packed."""
REDIRECTS = 5
LONGEST_REF = 8
"""Of how many parts, with slashes between them, the name of a branch may consist."""
TIMEOUT = httpx.Timeout(60, connect=10)
CHUNK = 1 << 16
NOT_THERE = (404, 409, 422)
"""How GitHub says that it knows no such repository, or no such commit in it."""


class FetchedCommit(NamedTuple):
    """What a ref stands for at this moment; the rest of its URL is the directory."""

    ref: str
    sha: str


class Download:
    """Asks GitHub about the directory behind one URL; to be closed. `backoff` grows between tries, as for the API."""

    def __init__(self, github: GitHub, url: SkillUrl, *, backoff: float = BACKOFF) -> None:
        self._github = github
        self._url = url
        self._token = github.token_for(url)
        self._api = f"{github.api(url)}/repos/{url.owner}/{url.repository}"
        # Without requests left the limit resets only after up to an hour; nobody waits that long here.
        again = READS.copy_with(total=3, status_forcelist={500, 502, 503, 504}, backoff_factor=backoff)
        network = httpx.HTTPTransport(verify=self._api.startswith("https://"), proxy=proxy(self._api))
        self._http = httpx.Client(transport=RetryTransport(transport=logged(network), retry=again), timeout=TIMEOUT)
        if self._token:
            KNOWN.add([self._token])

    def __enter__(self) -> Download:
        """Begin to ask."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self._http.close()

    def commit(self) -> FetchedCommit:
        """The commit that the URL's branch, tag or beginning of a commit stands for now.

        The name of a branch may hold slashes: the first parts of the URL that GitHub knows are the ref. No branch is
        called like the beginning of another one.

        Raises:
            InputError: there is none, or no such repository.
            Unreachable: GitHub does not answer.
        """
        tail = self._url.tail
        for parts in range(1, min(len(tail), LONGEST_REF) + 1):
            ref = "/".join(tail[:parts])
            response = self._get(f"{self._api}/commits/{quote(ref)}", accept=ONLY_COMMIT, known=NOT_THERE)
            if response.status_code == 200:
                return FetchedCommit(ref, _sha(response))
            if parts == 1:
                self._must_exist()
        raise InputError(f"{self._place} has no branch, tag or commit {tail[0]!r}")

    def files(self, commit: FetchedCommit) -> Contents:
        """The files of the directory at a commit.

        Raises:
            InputError: there is no such directory, it is no skill, or its files are not safe to write.
            Unreachable: GitHub does not answer.
        """
        where = f"{self._url.at(f'{commit.sha}/{self._url.directory(commit.ref)}').rstrip('/')}"
        with tempfile.TemporaryFile() as archive, self._answer(f"{self._api}/tarball/{commit.sha}") as response:
            if response.status_code in NOT_THERE:
                self._must_exist()
                raise InputError(f"{self._place} has no commit {commit.sha} any more; `managed-agents skills update`")
            try:
                self._save(response, archive)
            except httpx.HTTPError as error:
                raise self._lost(error) from None
            archive.seek(0)
            return files_in(archive, self._url.directory(commit.ref), where)

    @property
    def _place(self) -> str:
        return f"{self._url.base}/{self._url.owner}/{self._url.repository}"

    def _save(self, response: httpx.Response, archive: IO[bytes]) -> None:
        size = 0
        for chunk in response.iter_raw(CHUNK):
            size += len(chunk)
            if size > MOST_ARCHIVED:
                raise InputError(
                    f"the archive of {self._place} is larger than {MOST_ARCHIVED // 1_000_000} MB, packed; copy the "
                    "skill's directory into the stage, or keep it in a separate repository"
                )
            archive.write(chunk)

    def _must_exist(self) -> None:
        """Raise `InputError` if there is no repository, as far as GitHub says."""
        if self._get(self._api, known=NOT_THERE).status_code == 200:
            return
        private = "GITHUB_TOKEN may not read it" if self._token else f"it is private: set {TOKEN_VARIABLE} then"
        raise InputError(f"there is no repository {self._place}, or {private}")

    def _get(self, address: str, *, accept: str = "application/json", known: tuple[int, ...] = ()) -> httpx.Response:
        """A small answer, read whole."""
        with self._answer(address, accept=accept, known=known) as response:
            try:
                content = b""
                for chunk in response.iter_bytes(CHUNK):
                    content += chunk
                    if len(content) > MOST_ANSWERED:
                        raise InputError(f"GitHub's answer about {self._place} does not end")
            except httpx.HTTPError as error:
                raise self._lost(error) from None
            return httpx.Response(response.status_code, content=content)

    @contextmanager
    def _answer(
        self, address: str, *, accept: str = "application/vnd.github+json", known: tuple[int, ...] = NOT_THERE
    ) -> Iterator[httpx.Response]:
        """The answer to a question, behind redirections, not read yet; it is a success, or of a `known` status."""
        headers = {**VERSION, "accept": accept, "user-agent": "managed-agents-pulumi"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        request = self._http.build_request("GET", address, headers=headers)
        for _ in range(REDIRECTS):
            response = self._sent(request)
            try:
                if response.next_request is None:
                    if not response.is_success and response.status_code not in known:
                        response.read()
                        raise self._refused(response)
                    yield response
                    return
                request = response.next_request  # for another host it bears no token
                if request.url.scheme != "https" and not is_loopback(str(request.url)):
                    raise InputError(f"GitHub sent us for {self._place} to a place that is not encrypted")
                KNOWN.add(sent_secrets(request))
            finally:
                response.close()
        raise InputError(f"GitHub sent us for {self._place} from one place to the next, without end")

    def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            raise self._lost(error) from None

    def _lost(self, error: httpx.HTTPError) -> Unreachable:
        reason = _excerpt(str(error)) or type(error).__name__
        return Unreachable(f"no answer from {self._github.api(self._url)}: {reason}; check the network and the proxy")

    def _refused(self, response: httpx.Response) -> InputError | Unreachable:
        """Why GitHub does not answer the question, and what to do."""
        status, headers = response.status_code, response.headers
        message = _message(response)
        if status == 401:
            return InputError(f"GitHub does not accept {TOKEN_VARIABLE} (401): {message}; renew it, or unset it")
        limited = headers.get("x-ratelimit-remaining") == "0" or "rate limit" in message.lower()
        if status == 429 or (status == 403 and (limited or "retry-after" in headers)):
            until = _until(headers.get("x-ratelimit-reset", ""))
            advice = "" if self._token else f"; with {TOKEN_VARIABLE} it is higher"
            return Unreachable(f"GitHub's limit of questions is reached{until}{advice}")
        if status == 403:
            may = f"{TOKEN_VARIABLE} may not read {self._place}" if self._token else f"{self._place} may not be read"
            sso = "; authorize the token for the organization's single sign-on" if "x-github-sso" in headers else ""
            return InputError(f"{may} (403): {message}{sso}")
        host = "" if self._url.base == PUBLIC else f" at {self._github.api(self._url)}"
        failure = f"GitHub{host} answered {status}: {message}"
        return Unreachable(failure) if status >= 500 else InputError(failure)


def _sha(response: httpx.Response) -> str:
    """The name of a commit, which is all of the answer, or in it."""
    text = response.text.strip()
    if not COMMIT.fullmatch(text):
        try:
            answer: Any = json.loads(text)
        except (ValueError, RecursionError):
            answer = {}
        text = str(answer.get("sha")) if isinstance(answer, dict) else ""
    if not COMMIT.fullmatch(text):
        raise InputError("GitHub's answer names no commit; is this the address of a GitHub?")
    return text


def _message(response: httpx.Response) -> str:
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = {}
    message = answer.get("message") if isinstance(answer, dict) else ""
    return _excerpt(str(message or response.reason_phrase))


def _excerpt(text: str) -> str:
    return visible(clip(KNOWN.scrubber(ask_sources=False).text(text), 200))


def _until(reset: str) -> str:
    if not reset.isdigit() or len(reset) > 11:
        return ""
    return f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC"
