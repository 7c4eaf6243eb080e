"""Every test gets a project of its own, and runs once per engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.engine.pulumi_cli import PulumiCli
from pulumi_managed_agents.engine.trial import TrialEngine
from tests.engine.engine_project import ENGINES, Project
from tests.key_service import SECRETS_PROVIDER
from tests.quick_start.beginning import quick_environment, quick_start

if TYPE_CHECKING:
    from collections.abc import Callable

LEDGER = Path(__file__).with_name("ledger.py")


@pytest.fixture(scope="session")
def new_project(pulumi_home: Path, key_service: dict[str, str]) -> Callable[[str, Path], Project]:
    """Makes a project in a folder, for the engine of that name."""
    engines: dict[str, Callable[[Path, dict[str, str]], TrialEngine | PulumiCli]]
    engines = {"trial": trial_engine, "cli": cli_engine}
    env = {"PULUMI_HOME": str(pulumi_home), **key_service}

    def make(engine: str, folder: Path) -> Project:
        root = folder / "project"
        (root / "api").mkdir(parents=True)
        (root / "stacks").mkdir()
        shutil.copy(LEDGER, root)
        prefix = json.dumps(quick_environment())
        (root / "Pulumi.yaml").write_text(
            f"name: ledger\nstackConfigDir: stacks\nruntime: {{name: python, options: {{virtualenv: {prefix}}}}}\n"
            "config:\n  managed-agents:mode: {value: shared}\n  ledger:limit: {value: 3}\n",
            "utf-8",
        )
        (root / "stacks" / "Pulumi.dev.yaml").write_text(
            "config:\n  ledger:colour: blue\n  managed-agents:mode: own\n  ledger:tags: [a, b]\n", "utf-8"
        )
        return Project(root, lambda root: engines[engine](root, env))

    return make


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, new_project: Callable[[str, Path], Project]) -> Project:
    """A project for each test."""
    return new_project(request.param, tmp_path)


def trial_engine(root: Path, _: dict[str, str]) -> TrialEngine:
    env = {**quick_start(), "PATH": os.environ["PATH"], "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    return TrialEngine(project_dir=root, stage="dev", state_dir=root.parent / "state", env=env)


def cli_engine(root: Path, env: dict[str, str]) -> PulumiCli:
    backend = root.parent / "backend"
    backend.mkdir()
    env = env | {
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "PULUMI_BACKEND_URL": backend.as_uri(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    make = [str(shutil.which("pulumi")), "stack", "init", "dev", "--no-select", "--secrets-provider", SECRETS_PROVIDER]
    subprocess.run(make, cwd=root, env=os.environ | env, check=True, capture_output=True)
    return PulumiCli(project_dir=root, stage="dev", env=env)
