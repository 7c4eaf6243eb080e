"""What a page takes for granted before its first command, and the part of the world that stands for the real one.

Each world makes the folder that its reader is in, and gives what is added to the reader's environment. The API is an
emulator that no page knows of, the state is in a directory or in buckets of a local server.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.command_project import WITHOUT_CLI, Project
from tests.journeys.journey_server import Server, emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

ROOT = Path(__file__).parents[2]
JUNK = shutil.ignore_patterns(".git", ".venv", ".managed-agents", ".*_cache", ".hypothesis", "__pycache__")
KEY = "..."  # as pages write it
WORKSPACE = "wrkspc_01AbCdEfGhJkLmNpQrStUvWx"
PULUMI = {"PULUMI_CONFIG_PASSPHRASE": "a passphrase of the reader", "PULUMI_SKIP_UPDATE_CHECK": "true"}
AWS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
BUCKETS = ("my-state-bucket", "another-bucket")
SERVE_S3 = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), sep=":", flush=True)
input()
"""


@contextmanager
def empty(begin: Path) -> Iterator[dict[str, str]]:
    """Nothing, and a place for the state."""
    begin.mkdir()
    yield _with_state(begin)


@contextmanager
def before_the_api(begin: Path) -> Iterator[dict[str, str]]:
    """Nothing, in an empty workspace."""
    begin.mkdir()
    with _api(begin) as api:
        yield {**_with_state(begin), **_reaching(api)}


@contextmanager
def checkout(begin: Path) -> Iterator[dict[str, str]]:
    """A checkout of this project, and an empty workspace."""
    shutil.copytree(ROOT, begin, ignore=JUNK)
    with _api(begin) as api:
        yield {**_with_state(begin), **_reaching(api)}


@contextmanager
def made_by_hand(begin: Path) -> Iterator[dict[str, str]]:
    """A workspace with objects, one of them another stack's, and files from which `ant apply` has made the others.

    The page promises that nothing is written to the API.
    """
    mark = {"pulumi-managed-agents": "shop/prod/agents/theirs"}
    with _api(begin) as api:
        agents, environments = api.hand.beta.agents, api.hand.beta.environments
        agents.create(name="Theirs", model="claude-opus-5-5", metadata=mark)
        worker = agents.create(name="Worker", model="claude-haiku-5-5")
        box = environments.create(name="Box one", description="Small.")
        ids = {"./agents/worker.yaml": worker.id, "./environments/box.yaml": box.id, "./agents/gone.yaml": "agent_gone"}
        _write_applied(begin / "support-agents", api.url, ids)
        api.requests()
        yield {**_with_state(begin), **_reaching(api)}
        assert api.writes() == []


@contextmanager
def a_bad_version_serves(begin: Path) -> Iterator[dict[str, str]]:
    """A project with a stage `prod`, whose second version passed its tests as well."""
    prod = Project(begin)
    prod.init()
    (begin / "stacks/dev").rename(begin / "stacks/prod")
    with _api(begin) as api:
        prod.environment = {**os.environ, **_reaching(api), "PATH": WITHOUT_CLI}
        prod.output_of("up", "prod", "--yes")
        prod.replace("agents/assistant.md", "You answer", "You never answer", stage="prod")
        prod.output_of("up", "prod", "--yes")
        yield _reaching(api)


@contextmanager
def tuned_in_the_console(begin: Path) -> Iterator[dict[str, str]]:
    """A project whose agent somebody has improved by hand; the page promises that the API is only read."""
    project = Project(begin)
    project.init()
    with _api(begin) as api:
        project.environment = {**os.environ, **_reaching(api), "PATH": WITHOUT_CLI}
        project.output_of("up", "dev", "--yes")
        (agent,) = api.hand.beta.agents.list()
        api.hand.beta.agents.update(
            agent.id,
            version=agent.version,
            description="Answers questions.",
            system="You answer questions in one sentence. Say when you do not know.",
        )
        api.requests()
        yield _reaching(api)
        assert api.writes() == []


@contextmanager
def with_buckets(begin: Path) -> Iterator[dict[str, str]]:
    """Nothing, in an empty workspace; and buckets to keep a state in."""
    begin.mkdir()
    with _api(begin) as api, _s3() as url:
        yield {**AWS, "AWS_ENDPOINT_URL_S3": url, **_reaching(api)}


WORLDS: dict[str, Callable[[Path], AbstractContextManager[dict[str, str]]]] = {
    "README.md": checkout,
    "docs/tutorial.md": before_the_api,
    "docs/how-to/adopt.md": made_by_hand,
    "docs/how-to/pull.md": tuned_in_the_console,
    "docs/how-to/roll-back.md": a_bad_version_serves,
    "docs/how-to/state.md": with_buckets,
}
"""Where a page's reader begins, if not in an empty folder."""


@contextmanager
def _api(begin: Path) -> Iterator[Server]:
    with emulator(begin.parent / "api", **{KEY: WORKSPACE}) as running:
        yield Server(running.url, running.hand.with_options(api_key=KEY))


def _reaching(api: Server) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": KEY}


def _with_state(begin: Path) -> dict[str, str]:
    state = begin.parent / "state"
    state.mkdir()
    return {**PULUMI, "PULUMI_BACKEND_URL": state.as_uri()}


def _write_applied(folder: Path, url: str, ids: dict[str, str]) -> None:
    """Files that `ant apply` has applied, and the lockfile in which it keeps their ids; one was edited, one is gone."""
    files = {
        "agents/worker.yaml": "name: Worker\nmodel: claude-haiku-5-5\n",
        "environments/box.yaml": "name: Box one\ndescription: Large.\n",
        "claude-lock.json": json.dumps(
            {
                "version": 1,
                "origin": {"base_url": url, "workspace_id": WORKSPACE},
                "resources": {path: {"id": id} for path, id in ids.items()},
            }
        ),
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


@contextmanager
def _s3() -> Iterator[str]:
    """A local S3 server with the buckets."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", SERVE_S3], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin
        assert server.stdout
        try:
            url = f"http://{server.stdout.readline().strip()}"
            for name in BUCKETS:
                httpx.put(f"{url}/{name}", timeout=60).raise_for_status()
            yield url
        finally:
            server.stdin.write("\n")
