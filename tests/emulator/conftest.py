"""One emulator for all tests of a process; each test has a workspace of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import anthropic
import httpx
import pytest

from managed_agents_emulator import Settings, running
from tests.emulator.emulator_control import Control
from tests.emulator.sdk_answers import check_answer
from tests.emulator.sdk_world import SCRIPT, World, furnished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKSPACES = 400


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    keys = {f"key-{number}": f"wrkspc_{number}" for number in range(WORKSPACES)}
    with running(Settings(port=0, keys=keys)) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def unused_keys() -> Iterator[str]:
    return (f"key-{number}" for number in itertools.count())


@pytest.fixture
def key(unused_keys: Iterator[str]) -> str:
    return next(unused_keys)


@pytest.fixture(scope="session")
def connections() -> Iterator[httpx.HTTPTransport]:
    with httpx.HTTPTransport() as transport:
        yield transport


@pytest.fixture
def control(url: str, connections: httpx.HTTPTransport) -> Iterator[Control]:
    emulator = Control(httpx.Client(base_url=url, transport=connections, timeout=60))
    emulator.reset()
    yield emulator
    emulator.reset()


@pytest.fixture(scope="session")
def connect(url: str) -> Iterator[Callable[..., anthropic.Anthropic]]:
    """Connects the official SDK with a key; every answer it gets is checked against its types."""
    hooks = anthropic.DefaultHttpxClient(event_hooks={"response": [check_answer]})
    with anthropic.Anthropic(api_key="none", base_url=url, max_retries=0, http_client=hooks) as client:
        yield lambda api_key, **options: client.with_options(api_key=api_key, **options)


@pytest.fixture(scope="module")
def world(url: str, connect: Callable[..., anthropic.Anthropic], unused_keys: Iterator[str]) -> World:
    """A workspace with two of everything, shared by the tests of this module: each changes only what it made."""
    httpx.put(f"{url}/_emulator/script", json=SCRIPT, timeout=60).raise_for_status()
    made = furnished(connect(next(unused_keys)))
    httpx.put(f"{url}/_emulator/script", json={}, timeout=60).raise_for_status()
    return made


@pytest.fixture(scope="module")
def stranger(connect: Callable[..., anthropic.Anthropic], unused_keys: Iterator[str]) -> anthropic.Anthropic:
    """A client of another workspace."""
    return connect(next(unused_keys))


@pytest.fixture
def sdk(connect: Callable[..., anthropic.Anthropic], key: str) -> anthropic.Anthropic:
    return connect(key)


@pytest.fixture
def http(url: str, key: str, connections: httpx.HTTPTransport) -> httpx.Client:
    """A plain client with the headers of the API."""
    headers = {
        "x-api-key": key,
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "managed-agents-2026-04-01",
    }
    return httpx.Client(base_url=url, headers=headers, transport=connections, timeout=60)


@pytest.fixture
def environment(sdk: anthropic.Anthropic) -> str:
    return sdk.beta.environments.create(name="cloud").id
