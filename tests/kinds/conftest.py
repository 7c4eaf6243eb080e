"""One emulator for all tests of the kinds; each test has a workspace, and so a stack, of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import httpx
import pytest

from managed_agents_emulator import Settings
from tests.kinds.direct_transport import DirectTransport
from tests.kinds.emulated_stack import EmulatedStack

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = {f"key-of-workspace-{number}": f"wrkspc_{number}" for number in range(600)}


@pytest.fixture(scope="session")
def connections() -> Iterator[DirectTransport]:
    transport = DirectTransport(Settings(keys=KEYS))
    yield transport
    transport.end()


@pytest.fixture(scope="session")
def control(connections: DirectTransport) -> httpx.Client:
    """A client of the emulator's own routes."""
    return httpx.Client(base_url="http://127.0.0.1", transport=connections)


@pytest.fixture(scope="session")
def keys() -> Iterator[str]:
    return itertools.cycle(KEYS)


@pytest.fixture
def stack(control: httpx.Client, connections: DirectTransport, keys: Iterator[str]) -> Iterator[EmulatedStack]:
    """A stack that has nothing yet, in a workspace nobody used before."""
    stack = EmulatedStack(control, connections, next(keys))
    yield stack
    stack.reset()
