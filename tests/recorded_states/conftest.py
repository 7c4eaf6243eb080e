"""Each test goes on from what an earlier code left, in a copy of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.recorded_states.recorded_state import CODES, Left, by_trial_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[pytest.param(code, id=code.name) for code in CODES])
def code(request: pytest.FixtureRequest) -> Path:
    """The folder of what one earlier code left."""
    folder: Path = request.param
    return folder


@pytest.fixture
def left(code: Path, tmp_path: Path) -> Iterator[Left]:
    """Two stages that the trial engine deployed, `dev` and `staging`."""
    with by_trial_engine(code, tmp_path) as found:
        yield found
