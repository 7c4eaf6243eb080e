"""A local server that speaks as much of GitHub's REST API as fetching a skill takes: commits and archives."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SKILL = "---\nname: pdf\ndescription: Reads PDFs.\n---\nOpen it with care.\n"
TOKEN = "ghp_" + "a1B2" * 9


@dataclass
class Repository:
    """A repository: its commits by name, and what its branches and tags stand for; `private` wants the token."""

    commits: dict[str, bytes] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    private: bool = False

    def commit(self, files: Mapping[str, str | bytes], *refs: str) -> str:
        """Add a commit, which the refs stand for from now on; its name."""
        return self.archived(archive(files), *refs)

    def archived(self, content: bytes, *refs: str) -> str:
        """The same, of an archive as it is."""
        name = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        self.commits[name] = content
        self.refs.update(dict.fromkeys(refs, name))
        return name

    def find(self, ref: str) -> str | None:
        """The commit that a ref, or the beginning of its name, stands for."""
        short = [name for name in self.commits if len(ref) >= 4 and name.startswith(ref)]
        return self.refs.get(ref) or (short[0] if len(short) == 1 else None)


def archive(files: Mapping[str, str | bytes], *members: tarfile.TarInfo) -> bytes:
    """A repository as GitHub packs it, in a folder with the commit's name; `members` are packed as they are."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(f"acme-skills-abc/{path}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for member in members:
            tar.addfile(member)
    return packed.getvalue()


@dataclass
class GitHubServer:
    """What is served, what was asked, and what is answered instead (by the end of the path: status, headers, text)."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    instead: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)

    def repository(self, name: str = "acme/skills", *, private: bool = False) -> Repository:
        """A repository, made where there is none."""
        return self.repositories.setdefault(name, Repository(private=private))

    def skill(self, ref: str = "main", directory: str = "pdf") -> str:
        """The URL of a skill."""
        return f"{self.url}/acme/skills/tree/{ref}/{directory}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, without the place that all of it is in."""
        return [path.removeprefix("/api/v3/repos/acme/skills") for _, path, _ in self.asked]


class _Server(ThreadingHTTPServer):
    served: GitHubServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        served = self.server.served
        path, token = unquote(urlsplit(self.path).path), self.headers.get("authorization", "")
        served.asked.append((self.headers["host"].partition(":")[0], path, token))
        instead = next((answer for end, answer in served.instead.items() if path.endswith(end)), None)
        if instead:
            self._answer(instead[0], instead[2].encode(), instead[1])
        elif path.startswith("/codeload/"):
            owner, name, commit = path.split("/")[2:]
            self._answer(200, served.repositories[f"{owner}/{name}"].commits[commit], {})
        else:
            self._about_repository(path.removeprefix("/api/v3/repos/").split("/"), token)

    def _about_repository(self, parts: list[str], token: str) -> None:
        place, question, ref = "/".join(parts[:2]), "".join(parts[2:3]), "/".join(parts[3:])
        repository = self.server.served.repositories.get(place)
        if repository is None or (repository.private and token != f"Bearer {TOKEN}"):
            self._answer(404, b'{"message": "Not Found"}', {})
        elif not question:
            self._answer(200, json.dumps({"full_name": place}).encode(), {})
        elif (commit := repository.find(ref)) is None:
            self._answer(422, json.dumps({"message": f"No commit found for SHA: {ref}"}).encode(), {})
        elif question == "commits":
            self._answer(200, commit.encode(), {"content-type": "application/vnd.github.sha"})
        else:
            other = f"http://localhost:{self.server.server_port}"
            self._answer(302, b"", {"location": f"{other}/codeload/{place}/{commit}?token=hidden-in-a-url"})

    def _answer(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving_github() -> Iterator[GitHubServer]:
    """Serve for as long as the context lasts. Archives are on another host, as GitHub's are."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.served = GitHubServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
