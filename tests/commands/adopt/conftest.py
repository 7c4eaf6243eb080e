"""Adoption is tried against the servers that the tests of the kinds are tried against, and against an emulator."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from managed_agents_emulator import Settings, running
from pulumi_managed_agents.api import Client
from pulumi_managed_agents.api import Settings as Api
from pulumi_managed_agents.reconcile.context import Context
from pulumi_managed_agents.reconcile.live import LiveCache

if TYPE_CHECKING:
    from collections.abc import Iterator

keys = itertools.count()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    accepted = {f"key-{number}": f"wrkspc_{number}" for number in range(100)}
    with running(Settings(port=0, keys=accepted)) as base_url:
        yield base_url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    """A connection to a workspace of the test's own."""
    connected = Client(Api(url, {"x-api-key": f"key-{next(keys)}"}, "a key of the tests"))
    yield connected
    connected.close()


@pytest.fixture
def context(client: Client) -> Context:
    return Context(client, LiveCache(client))
