from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from managed_agents_emulator.server import running
from managed_agents_emulator.settings import Settings as EmulatorSettings
from pulumi_managed_agents import smoke
from pulumi_managed_agents.api import Client, Settings
from tests.smoke.smoke_stage import SCRIPT, TOOLS, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """A running emulator that follows the script above; its base URL."""
    with running(EmulatorSettings(port=0)) as url:
        httpx.put(f"{url}/_emulator/script", content=SCRIPT, timeout=60).raise_for_status()
        yield url


@pytest.fixture
def client(emulator: str) -> Iterator[Client]:
    """A client of the emulator; no fault outlives the test."""
    client = Client(Settings(emulator, {"x-api-key": "sk-ant-test"}, "test"))
    yield client
    client.close()
    httpx.delete(f"{emulator}/_emulator/faults", timeout=60).raise_for_status()


@pytest.fixture
def inject(emulator: str) -> Callable[..., None]:
    """Let requests go wrong, in the emulator's own words for faults."""

    def inject(**fault: Any) -> None:
        httpx.post(f"{emulator}/_emulator/faults", json=fault, timeout=60).raise_for_status()

    return inject


@pytest.fixture(scope="session")
def target(emulator: str) -> smoke.SmokeTarget:
    """One version of an agent, in an environment."""
    client = Client(Settings(emulator, {"x-api-key": "sk-ant-test"}, "test"))
    agent = client.agents.create({"name": "triage", "model": "claude-haiku-5-5", "tools": TOOLS})
    environment = client.environments.create({"name": "smoke"})
    client.close()
    return smoke.SmokeTarget(agent["id"], agent["version"], environment["id"])


@pytest.fixture
def stage(client: Client, target: smoke.SmokeTarget, tmp_path: Path) -> Stage:
    """Where a test runs its smoke tests; paths are relative to a directory of its own."""
    return Stage(client, target, tmp_path)
