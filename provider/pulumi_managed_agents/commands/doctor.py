"""`managed-agents doctor`: check what a deployment needs, and say what to type about what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.connection_check import Check, check_connection, stage_settings
from pulumi_managed_agents.engine.project import INSTALL, read_project, stages
from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLDEST_PYTHON = (3, 11)
PATIENCE = 20
"""Seconds for the Pulumi CLI to answer; its state may be far away."""
PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def examine(root: Path, stage: str | None, *, emulator: bool) -> Iterator[Check]:
    """Check Python, the project, the Pulumi CLI and its state and, with a stage, the credential and the workspace.

    A run against the emulator has a state and an interpreter of its own, so neither is checked.
    """
    for check in _checks(root, stage, emulator=emulator):
        yield replace(check, detail=KNOWN.scrubber(ask_sources=False).text(check.detail))


def _checks(root: Path, stage: str | None, *, emulator: bool) -> Iterator[Check]:
    yield _python()
    project = _project(root, stage)
    yield project
    if not emulator:
        yield _virtualenv(root)
    yield _pulumi(needed=not (emulator or _on_this_machine(root, stage)))
    state = None if emulator or not shutil.which("pulumi") else _state(root)
    if state:
        yield state
    if stage and project.ok:
        yield from check_connection(root, stage, emulator=emulator, has_state=state is None or state.ok)


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
    find = "import importlib.util as u, sys; sys.exit(u.find_spec('pulumi_managed_agents') is None)"
    return _run([str(interpreter), "-c", find]).returncode == 0


def _pulumi(*, needed: bool) -> Check:
    found = shutil.which("pulumi")
    if not found:
        detail = "not on PATH; only an API on this machine, as with --emulator, can be used without it"
        return Check("Pulumi CLI", ok=not needed, detail=detail, advice=INSTALL)
    answer = _run([found, "version"])
    return Check("Pulumi CLI", answer.returncode == 0, f"{answer.stdout.strip() or answer.stderr.strip()} ({found})")


def _on_this_machine(root: Path, stage: str | None) -> bool:
    """Whether the stage's API is on this machine, where the trial engine will do; False where that is not known."""
    with suppress(ManagedAgentsError):
        return stage_settings(read_project(root, stage or "dev"), emulator=False).loopback
    return False


def _state(root: Path) -> Check:
    """Where the CLI keeps state, and whether it can be used, as the CLI itself reports."""
    answer = _run(["pulumi", "whoami", "--verbose", "--non-interactive", "--color", "never"], root)
    lines = dict(line.split(": ", 1) for line in answer.stdout.splitlines() if ": " in line)
    if answer.returncode:
        reason = " ".join((answer.stderr or answer.stdout).split()).removeprefix("error: ")
        return Check("state", ok=False, detail=reason, advice="pulumi login, or set PULUMI_BACKEND_URL")
    backend = lines.get("Backend URL", "an unnamed backend").strip()
    needs_passphrase = not backend.startswith("https://app.pulumi.com")
    if needs_passphrase and not any(os.environ.get(name) for name in PASSPHRASES):
        advice = "export PULUMI_CONFIG_PASSPHRASE_FILE=…, unless the stack's secrets provider is a cloud's key service"
        return Check("state", ok=True, detail=f"{backend}, and no passphrase is set", advice=advice)
    return Check("state", ok=True, detail=f"{backend}, as {lines.get('User', 'nobody').strip()}")


def _run(command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", f"{command[0]} does not answer: {type(error).__name__}")
