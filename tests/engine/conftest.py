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
from tests.made_once import made_once
from tests.quick_start.beginning import quick_environment, quick_start

if TYPE_CHECKING:
    from collections.abc import Callable

LEDGER = Path(__file__).with_name("ledger.py")


@pytest.fixture(scope="session")
def new_stack(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path, key_service: dict[str, str]) -> Path:
    """A folder with a stack of the Pulumi CLI and its settings, to be copied."""

    def make(folder: Path) -> None:
        for name in ("backend", "stacks"):
            (folder / name).mkdir()
        (folder / "Pulumi.yaml").write_text("name: ledger\nstackConfigDir: stacks\nruntime: python\n", "utf-8")
        env = _with_backend(folder, {"PULUMI_HOME": str(pulumi_home), **key_service})
        init = ["stack", "init", "dev", "--no-select", "--secrets-provider", SECRETS_PROVIDER]
        subprocess.run(
            [str(shutil.which("pulumi")), *init], cwd=folder, env=os.environ | env, check=True, capture_output=True
        )

    return made_once(tmp_path_factory, "new-stack", make)


@pytest.fixture(scope="session")
def new_project(
    request: pytest.FixtureRequest, pulumi_home: Path, key_service: dict[str, str]
) -> Callable[[str, Path], Project]:
    """Makes a project in a folder, for the engine of that name."""
    engines: dict[str, Callable[[Path], TrialEngine | PulumiCli]]
    engines = {"trial": trial_engine, "cli": lambda root: cli_engine(root, request.getfixturevalue("new_stack"), env)}
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
        return Project(root, engines[engine])

    return make


@pytest.fixture(params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path: Path, new_project: Callable[[str, Path], Project]) -> Project:
    """A project for each test."""
    return new_project(request.param, tmp_path)


def trial_engine(root: Path) -> TrialEngine:
    env = {**quick_start(), "PATH": os.environ["PATH"], "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    return TrialEngine(project_dir=root, stage="dev", state_dir=root.parent / "state", env=env)


def cli_engine(root: Path, new: Path, env: dict[str, str]) -> PulumiCli:
    """The Pulumi CLI with a copy of the new stack, which is made once."""
    shutil.copytree(new / "backend", root.parent / "backend")
    settings = root / "stacks/Pulumi.dev.yaml"
    settings.write_text((new / settings.relative_to(root)).read_text("utf-8") + settings.read_text("utf-8"), "utf-8")
    return PulumiCli(project_dir=root, stage="dev", env=_with_backend(root.parent, env))


def _with_backend(folder: Path, env: dict[str, str]) -> dict[str, str]:
    own = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "PULUMI_SKIP_UPDATE_CHECK": "true"}
    return env | own | {"PULUMI_BACKEND_URL": (folder / "backend").as_uri()}
