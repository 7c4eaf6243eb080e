"""The wheel, built from the source distribution and installed outside the checkout: all that it needs is in it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command_project import WITHOUT_CLI

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
PACKAGES = ("pulumi_managed_agents", "managed_agents_emulator")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
OUTSIDE = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"PATH": WITHOUT_CLI}


@dataclass(frozen=True)
class Built:
    """The two distributions, and a virtual environment with the wheel."""

    wheel: Path
    sdist: Path
    venv: Path

    def run(self, program: str, *arguments: str, folder: Path) -> str:
        """Run a program of the virtual environment that must work; what it printed."""
        command: list[str | Path] = [self.venv / "bin" / program, *arguments]
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, cwd=folder, env=OUTSIDE, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built without an isolated environment, which would need the package index; dependencies are those of the tests.

    A line in a ``.pth`` lends the new environment this one's packages, but not what this one's own ``.pth`` files add:
    the checkout is out of its reach.
    """
    folder = tmp_path_factory.mktemp("packaging")
    build: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT]
    subprocess.run(build, env=OUTSIDE, capture_output=True, check=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    install: list[str | Path] = [
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--disable-pip-version-check",
        wheel,
    ]
    subprocess.run([sys.executable, "-m", "pip", "--python", venv / "bin/python", *install], env=OUTSIDE, check=True)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Built(wheel, sdist, venv)


def test_every_file_of_the_packages_is_in_both_distributions(built: Built) -> None:
    """A template or a marker file that is left out would be missed only by those who install."""
    here = {
        path.relative_to(ROOT / "provider").as_posix()
        for package in PACKAGES
        for path in (ROOT / "provider" / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(built.wheel) as wheel:
        assert {name for name in wheel.namelist() if ".dist-info/" not in name} == here
    with tarfile.open(built.sdist) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames()}
    assert names >= {f"provider/{path}" for path in here} | {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"}


def test_the_version_stands_in_one_place(built: Built, tmp_path: Path) -> None:
    """What `pyproject.toml` says is what the wheel is named and what the command answers."""
    assert built.wheel.name.startswith(f"managed_agents_pulumi-{VERSION}-py3-none-any")
    assert built.run("managed-agents", "--version", folder=tmp_path) == f"managed-agents, version {VERSION}\n"


def test_an_installed_wheel_makes_a_project_and_deploys_it(built: Built, tmp_path: Path) -> None:
    """With nothing of the checkout in reach: templates, schemas, workflows, the engine's children and the emulator."""
    code = f"import {', '.join(PACKAGES)} as last; print(pulumi_managed_agents.__file__, last.__file__)"
    assert built.run("python", "-c", code, folder=tmp_path).count(str(built.venv)) == len(PACKAGES)
    built.run("managed-agents", "init", "mine", "--template", "skill", folder=tmp_path)
    project = tmp_path / "mine"
    assert (project / "schemas/agent.schema.json").exists()
    assert "well formed" in built.run("managed-agents", "validate", "--strict", folder=project)
    built.run("managed-agents", "ci", "init", folder=project)
    assert (project / ".github/workflows/agents-deploy.yml").exists()
    try:
        assert "3 created" in built.run("managed-agents", "up", "dev", "--emulator", folder=project)
    finally:
        built.run("managed-agents", "emulator", "--stop", folder=project)
