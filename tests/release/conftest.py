from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.release.proven_stage import Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with two stages that hold the same."""
    return Project(tmp_path)
