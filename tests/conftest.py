"""What makes the suite quick, and the same wherever it is started.

Long tests first, byte code, no collecting of garbage, a deployed project to copy, less for Pulumi to do.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import ssl
import sys
from functools import cache
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from pulumi_managed_agents.scrubbing import KNOWN
from tests.browser import CHROMIUM, browsing
from tests.made_once import made_once
from tests.quick_start.beginning import begin_warm_processes, quick_start
from tests.quick_start.stand_in import PLACE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser

    from tests.command_project import Project
    from tests.github_server import GitHubServer

# Fixtures import what they need: the process that only hands out tests would need a second for all of it.

# Hundreds of processes import the package: without byte code, each compiles it again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# None of them lives long enough for collecting garbage to pay, in Python or in Go.
QUICK_START = str(Path(__file__).with_name("quick_start"))
os.environ["GOGC"] = "off"
# With more threads than one, idle ones of the Pulumi CLI spin in search of work: a twentieth of each run.
os.environ["GOMAXPROCS"] = "1"
if PLACE not in os.environ:  # workers inherit it
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [QUICK_START, os.environ.get("PYTHONPATH")]))
    begin_warm_processes()
QUICKLY = quick_start()
# This one lives longer, and has a great many modules and tests to look through, none of which is garbage.
gc.set_threshold(100_000, 50, 100)

# In the background a shell lets Ctrl-C be ignored, which children inherit; tests of Ctrl-C send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more about the machine than about the code. Each week `make test-thorough` tries more.
for profile, examples in (("suite", 15), ("thorough", 400)):
    settings.register_profile(
        profile, max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile("suite")

PULUMI = shutil.which("pulumi")
LONG = {"pulumi_cli", "long"}
"""The marks of tests that take seconds: the last of them must not be what all workers but one wait for."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs the Pulumi CLI where it is missing; let each worker begin with its share of what takes long."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long: list[pytest.Item] = []
    short: list[pytest.Item] = []
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        (long if marks & LONG else short).append(item)
        if "pulumi_cli" in marks and not PULUMI:
            item.add_marker(pytest.mark.skip(reason="the Pulumi CLI is not on PATH"))
        if "browser" in marks and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="no Chromium on PATH"))
    modules = [list(tests) for _, tests in groupby(long, lambda item: item.path)]  # which share what they begin with
    rest, waiting = iter(short), len(items)
    shares: list[pytest.Item] = []
    for share in range(workers):
        begun = [item for tests in modules[share::workers] for item in tests]
        size = waiting // (workers - share)  # as many as `xdist` hands to that worker first (`WorkStealingScheduling`)
        waiting -= size
        shares += [*begun, *islice(rest, max(0, size - len(begun)))]
    items[:] = [*shares, *rest]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors, since some test always waits; not too many, as each looks for all."""
    return min(os.cpu_count() or 1, 8) + 1


def pytest_sessionstart() -> None:
    """Let the collections of garbage at the end pass over what has been imported."""
    gc.freeze()


def pytest_collection_finish() -> None:
    """The same for the tests that were found."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Let each test begin as a process does, which knows no secret but those of its environment.

    Fail a test that takes their quick start from those after it, whose processes would take many times longer.
    """
    try:
        yield
    finally:
        KNOWN._added, KNOWN._sources = set(), []  # noqa: SLF001 - nothing else forgets a secret
    if quick_start() != QUICKLY:
        os.environ.update(QUICKLY)
        pytest.fail(f"{item.nodeid} left another environment than it found: {', '.join(QUICKLY)}")


@pytest.fixture(scope="session", autouse=True)
def _caching_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test keeps for later runs goes to a folder of the session's own, not to that of the person."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MANAGED_AGENTS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _loading_certificates_once() -> Iterator[None]:
    """Clients share the certificates they know: loading them takes ten times as long as a request to a local server."""
    import httpcore2

    with pytest.MonkeyPatch.context() as patched:
        for module, name in ((ssl, "create_default_context"), (httpcore2, "default_ssl_context")):
            patched.setattr(module, name, cache(getattr(module, name)))
        yield


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for the CLI, without plugins, and without a folder for the log that it writes of each run."""
    home = tmp_path_factory.mktemp("pulumi-home")
    (home / "logs").touch()  # half a megabyte a run, encrypted, and each run looks through all of them
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser, for the tests of a module that are marked `browser`.

    While it runs, so does an event loop of its own in this thread, in which other tests could not begin one.
    """
    with browsing() as started:
        yield started


@pytest.fixture(scope="session")
def key_service() -> Iterator[dict[str, str]]:
    """A key service for stacks of the CLI; the variables by which it is found."""
    from tests.key_service import serving_keys

    with serving_keys() as variables:
        yield variables


@pytest.fixture
def github_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubServer]:
    """The GitHub of this process, with a skill on branch `main` of a repository, and a cache of the test's own."""
    from tests.github_server import SKILL, serving_github

    for name in ("CI", "GITHUB_TOKEN", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    with serving_github() as served:
        monkeypatch.setenv("MANAGED_AGENTS_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("MANAGED_AGENTS_GITHUB_URL", served.url)
        served.repository().commit({"pdf/SKILL.md": SKILL, "pdf/x.py": "print(1)\n"}, "main")
        yield served


@pytest.fixture(scope="session")
def deployed_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A new project whose stage is deployed, with the report of that run; to be copied, never to be used."""
    from tests.command_project import (
        Project,
    )  # late: the process that hands out the tests imports no more than it needs

    def deploy(folder: Path) -> None:
        made = Project(folder / "mine")
        made.init()
        made.spell_out()
        with made.served():
            code, output = made.run("up", "dev", "--emulator", "--junit", "reports/up.xml")
        assert code == 0, output

    return Project(made_once(tmp_path_factory, "deployed", deploy) / "mine")
