"""Every test gets a project of its own, and runs once per engine."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.engine.pulumi_cli import PulumiCli
from pulumi_managed_agents.engine.trial import TrialEngine
from tests.engine.engine_project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

LEDGER = Path(__file__).with_name("ledger.py")


@pytest.fixture(
    params=[
        "trial",
        pytest.param(
            "cli",
            marks=pytest.mark.pulumi_cli,
        ),
    ]
)
def project(request: pytest.FixtureRequest, tmp_path: Path, pulumi_home: Path) -> Project:
    engines: dict[str, Callable[[Path, Path], Callable[[Path], TrialEngine | PulumiCli]]]
    engines = {"trial": trial_engine, "cli": cli_engine}
    root = tmp_path / "project"
    (root / "api").mkdir(parents=True)
    (root / "stacks").mkdir()
    shutil.copy(LEDGER, root)
    interpreter = json.dumps(str(pulumi_home / "virtualenv"))
    (root / "Pulumi.yaml").write_text(
        f"name: ledger\nstackConfigDir: stacks\nruntime: {{name: python, options: {{virtualenv: {interpreter}}}}}\n"
        "config:\n  managed-agents:mode: {value: shared}\n  ledger:limit: {value: 3}\n",
        "utf-8",
    )
    (root / "stacks" / "Pulumi.dev.yaml").write_text(
        "config:\n  ledger:colour: blue\n  managed-agents:mode: own\n  ledger:tags: [a, b]\n", "utf-8"
    )
    return Project(root, engines[request.param](tmp_path, pulumi_home))


def trial_engine(folder: Path, _: Path) -> Callable[[Path], TrialEngine]:
    env = {"PATH": os.environ["PATH"], "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    return lambda root: TrialEngine(project_dir=root, stage="dev", state_dir=folder / "state", env=env)


def cli_engine(folder: Path, home: Path) -> Callable[[Path], PulumiCli]:
    backend = folder / "backend"
    backend.mkdir()
    env = {
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": backend.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    return lambda root: PulumiCli(project_dir=root, stage="dev", env=env)
