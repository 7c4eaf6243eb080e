"""Every journey has a project, a state and a server of its own; most go on from a stage that was deployed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.journey_server import KEY, Server, emulator, foreign
from tests.journeys.journey_stack import Stack
from tests.journeys.journey_stage import write_stage
from tests.made_once import made_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = "http://127.0.0.1:9"
"""Where no server is."""


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path, key_service: dict[str, str]) -> Stack:
    """A project without definitions, to be copied."""
    env = {"ANTHROPIC_API_KEY": KEY, **key_service}
    folder = made_once(tmp_path_factory, "blank", lambda folder: Stack(folder, pulumi_home, env).init())
    return Stack(folder, pulumi_home, env)


@pytest.fixture
def stack(blank: Stack, tmp_path: Path) -> Stack:
    """A project without definitions, and no server yet."""
    return blank.copy_to(tmp_path / "stack")


@pytest.fixture
def server(tmp_path: Path, stack: Stack) -> Iterator[Server]:
    """An empty emulator, which the stack is for."""
    with emulator(tmp_path / "data") as running:
        stack.env["ANTHROPIC_BASE_URL"] = running.url
        yield running


@pytest.fixture
def foreign_server(stack: Stack) -> Iterator[Server]:
    """An empty server of somebody else's, which the stack is for."""
    with foreign() as running:
        stack.env["ANTHROPIC_BASE_URL"] = running.url
        yield running


@pytest.fixture(scope="session")
def template(blank: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The small stage, deployed; the emulator's state lies beside it, and no emulator runs."""

    def deploy(folder: Path) -> None:
        made = blank.copy_to(folder)
        write_stage(made)
        with emulator(folder / "data") as running:
            made.env["ANTHROPIC_BASE_URL"] = running.url
            made.up().succeeded()

    folder = made_once(tmp_path_factory, "template", deploy)
    return Stack(folder, blank.home, {**blank.env, "ANTHROPIC_BASE_URL": NOBODY})


@pytest.fixture
def unserved(template: Stack, tmp_path: Path) -> Stack:
    """A copy of the deployed small stage; its objects are in ``data``, its server is not running."""
    return template.copy_to(tmp_path / "copy")


@pytest.fixture
def deployed(unserved: Stack) -> Iterator[tuple[Stack, Server]]:
    """A copy of the deployed small stage, and the emulator that holds its objects."""
    with emulator(unserved.folder / "data") as running:
        unserved.env["ANTHROPIC_BASE_URL"] = running.url
        yield unserved, running
