"""Looking at what a deployment needs, and saying what to type about what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine import emulation
from pulumi_managed_agents.engine.own_credential import whole_config
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.results import as_json
from pulumi_managed_agents.engine.stage_names import stages
from pulumi_managed_agents.errors import ApiError, InputError, ManagedAgentsError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pulumi_managed_agents.engine.project import Project

OLDEST_PYTHON = (3, 11)
PATIENCE = 20
"""Seconds for the Pulumi CLI to answer; its state may be far away."""
PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `advice` is what to type where it is not well."""

    name: str
    ok: bool
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f" -> {self.advice}" if self.advice else ""
        return f"{'ok  ' if self.ok else 'BAD '} {self.name}: {self.detail}{advice}"


def written(checks: Iterable[Check], form: str) -> str:
    """The checks in one of the forms ``text`` and ``json``."""
    found = list(checks)
    if form == "json":
        return as_json({"ok": all(one.ok for one in found), "checks": [asdict(one) for one in found]})
    return "".join(f"{one}\n" for one in found)


def examine(root: Path, stage: str | None, *, emulator: bool) -> Iterator[Check]:
    """Check Python, the project, the Pulumi CLI and its state and, with a stage, the credential and the workspace.

    A run against the emulator has a state and an interpreter of its own, so that neither is looked at.
    """
    yield _python()
    project = _project(root, stage)
    yield project
    if not emulator:
        yield _virtualenv(root)
    yield _pulumi()
    if not emulator and shutil.which("pulumi"):
        yield _state(root)
    if stage and project.ok:
        yield from _reach(root, stage, emulator=emulator)


def _python() -> Check:
    from importlib.metadata import version

    wanted = ".".join(map(str, OLDEST_PYTHON))
    ok = sys.version_info >= OLDEST_PYTHON
    running = f"{'.'.join(map(str, sys.version_info[:3]))} in {sys.prefix}"
    detail = f"{running}, managed-agents {version('managed-agents-pulumi')}"
    return Check("Python", ok, detail, "" if ok else f"python{wanted} -m venv .venv")


def _project(root: Path, stage: str | None) -> Check:
    names = stages(root)
    try:
        project = read_project(root, stage or (names[0] if names else "dev"))
        project.must_have_known_settings()
    except ManagedAgentsError as error:
        advice = "" if (root / "Pulumi.yaml").exists() else "managed-agents init"
        return Check("project", ok=False, detail=str(error), advice=advice)
    if stage and names and stage not in names:
        return Check("project", False, f"no stage '{stage}' in {root / 'stacks'}", f"one of {', '.join(names)}")
    if not names and not (project.program / "__main__.py").exists():
        return Check("project", ok=False, detail=f"no stages in {root / 'stacks'}", advice="managed-agents init")
    return Check("project", ok=True, detail=f"{project.name} with stages {', '.join(names) or 'of its own program'}")


def _virtualenv(root: Path) -> Check:
    """The virtual environment in which the Pulumi CLI runs the program, which needs this package as well."""
    try:
        project = read_project(root, "dev")
    except ManagedAgentsError:
        return Check("virtualenv", ok=True, detail="no project, none needed")
    runtime = project.settings.get("runtime")
    options = runtime.get("options") or {} if isinstance(runtime, dict) else {}
    named = options.get("virtualenv")
    if not named:
        return Check(
            "virtualenv", ok=True, detail=f"Pulumi.yaml names none; the CLI uses `python3` ({sys.prefix} here)"
        )
    folder = project.program / str(named)
    interpreter = next((one for one in (folder / "bin/python", folder / "Scripts/python.exe") if one.exists()), None)
    install = f"{folder}/bin/pip install managed-agents-pulumi"
    if interpreter is None:
        return Check("virtualenv", False, f"{folder} does not exist", f"python3 -m venv {folder} && {install}")
    if not _imports(interpreter):
        return Check("virtualenv", False, f"{folder} has no pulumi_managed_agents", install)
    return Check("virtualenv", ok=True, detail=str(folder))


def _imports(interpreter: Path) -> bool:
    looked = "import importlib.util as u, sys; sys.exit(u.find_spec('pulumi_managed_agents') is None)"
    return _run([str(interpreter), "-c", looked]).returncode == 0


def _pulumi() -> Check:
    found = shutil.which("pulumi")
    if not found:
        advice = "install it for anything but the emulator: https://www.pulumi.com/docs/install/"
        return Check("Pulumi CLI", ok=True, detail="not on PATH; --emulator works without it", advice=advice)
    said = _run([found, "version"])
    return Check("Pulumi CLI", said.returncode == 0, f"{said.stdout.strip() or said.stderr.strip()} ({found})")


def _state(root: Path) -> Check:
    """Where the CLI keeps state, and whether it can be used: it knows best."""
    said = _run(["pulumi", "whoami", "--verbose", "--non-interactive", "--color", "never"], root)
    lines = dict(line.split(": ", 1) for line in said.stdout.splitlines() if ": " in line)
    if said.returncode:
        reason = " ".join((said.stderr or said.stdout).split()).removeprefix("error: ")
        return Check("state", ok=False, detail=reason, advice="pulumi login, or set PULUMI_BACKEND_URL")
    backend = lines.get("Backend URL", "an unnamed backend").strip()
    own = not backend.startswith("https://app.pulumi.com")
    if own and not any(os.environ.get(name) for name in PASSPHRASES):
        advice = "export PULUMI_CONFIG_PASSPHRASE_FILE=…, unless the stack's secrets provider is a cloud's key service"
        return Check("state", ok=True, detail=f"{backend}, and no passphrase is set", advice=advice)
    return Check("state", ok=True, detail=f"{backend}, as {lines.get('User', 'nobody').strip()}")


def _run(command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", f"{command[0]} does not answer: {type(error).__name__}")


def _reach(root: Path, stage: str, *, emulator: bool) -> Iterator[Check]:
    """The credential, then the workspace that it opens."""
    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.api.settings import resolve

    try:
        url = emulation.ensure(root) if emulator else ""
        environment = emulation.environment_for(url, os.environ) if url else dict(os.environ)
        project = read_project(root, stage)
        settings = resolve(whole_config(project, environment), environment)
    except InputError as error:
        yield Check("credential", ok=False, detail=str(error), advice=_set_key(stage))
        return
    except ManagedAgentsError as error:
        yield Check("emulator", ok=False, detail=str(error))
        return
    yield Check("credential", ok=True, detail=settings.credential_name)
    try:
        workspace = Client(settings).identify() or "a workspace that it does not name"
    except ManagedAgentsError as error:
        yield Check("API", ok=False, detail=str(error), advice=_remedy(error, stage, settings.base_url))
        return
    yield Check("API", ok=True, detail=f"{settings.base_url} answers")
    yield _workspace(project, workspace, settings.workspace)


def _workspace(project: Project, found: str, wanted: str | None) -> Check:
    if wanted and wanted != found:
        return Check(
            "workspace",
            ok=False,
            detail=f"{found}, but stage {project.stage} is configured for {wanted}",
            advice=f"use a credential of {wanted}",
        )
    return Check("workspace", ok=True, detail=found)


def _remedy(error: ManagedAgentsError, stage: str, url: str) -> str:
    if isinstance(error, ApiError) and error.status in {401, 403}:
        return _set_key(stage)
    return f"curl -sSI {url}" if isinstance(error, Unreachable) else ""


def _set_key(stage: str) -> str:
    return f"export ANTHROPIC_API_KEY=…, or pulumi config set --secret managed-agents:apiKey --stack {stage}"
