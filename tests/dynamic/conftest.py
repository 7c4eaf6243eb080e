"""A provider process, which is this one: what it remembers ends with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.dynamic.provider import process
from tests.dynamic.provider_process import Provider
from tests.journeys.journey_server import KEY, emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider for an empty emulator; the stage's configuration is the test's to make, before the first call."""
    with emulator(tmp_path / "data") as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        provider = Provider(server)
        yield provider
        provider.restart()
    process._config.clear()  # noqa: SLF001 - what a process is told at its start
