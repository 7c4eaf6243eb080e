from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage import Stage, load
from tests.stage.stage_files import Files, FindingsOf, Load, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Write files and load the stage they make."""

    def load_files(files: Files, *, definitions: str | None = None, strict: bool = False) -> Stage:
        write(tmp_path, files)
        return load("dev", project_dir=tmp_path, project="shop", definitions=definitions, strict=strict, sessions=True)

    return load_files


@pytest.fixture
def findings_of(loaded: Load) -> FindingsOf:
    """Write files and return every finding about the stage, warnings included, as printed."""

    def findings(files: Files, *, strict: bool = False) -> list[str]:
        try:
            return [str(finding) for finding in loaded(files, strict=strict).warnings]
        except InputError as error:
            return [str(finding) for finding in error.findings]

    return findings
