"""What a run of a stage needs on this machine: the Pulumi CLI with what that needs, and a credential.

`doctor` reports on each of them; a run reports all that are missing at once.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE, SECRET_KEYS, is_loopback
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.engine import emulator as emulation
from pulumi_managed_agents.engine.project import INSTALL, must_be_stage, read_project
from pulumi_managed_agents.engine.stack_secrets import whole_config
from pulumi_managed_agents.errors import InputError, ManagedAgentsError
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.api.settings import Settings
    from pulumi_managed_agents.engine.project import Project

PATIENCE = 20
"""Seconds for the Pulumi CLI to answer; its state may be far away."""


@dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Attributes:
        name: What it is.
        ok: Whether it is in order.
        detail: How it is.
        advice: What to type where it is not in order, or empty.
    """

    name: str
    ok: bool
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f" -> {self.advice}" if self.advice else ""
        return f"{'ok  ' if self.ok else 'BAD '} {self.name}: {self.detail}{advice}"


def must_be_ready(root: Path, stage: str, *, emulator: bool) -> None:
    """Report everything that a run of a stage lacks here at once, without asking the state or the API.

    Against the emulator nothing is needed.

    Raises:
        InputError: what is missing is a credential for the API.
        ManagedAgentsError: it is the CLI, its virtual environment or its passphrase, or more than one of these.
    """
    if emulator:
        return
    project = read_project(root.resolve(), stage)
    must_be_stage(project.root, stage)
    project.must_have_known_settings()
    lacking = [check for check in _needs(root, project) if not check.ok]
    lines = [f"{check.name}: {check.detail}{f' -> {check.advice}' if check.advice else ''}" for check in lacking]
    if lines:
        kind = InputError if [check.name for check in lacking] == ["credential"] else ManagedAgentsError
        listed = lines[0] if len(lines) == 1 else "\n  ".join([f"{len(lines)} things are missing here:", *lines])
        raise kind(KNOWN.scrubber(ask_sources=False).text(listed))


def _needs(root: Path, project: Project) -> Iterator[Check]:
    if not shutil.which("pulumi"):
        yield pulumi(needed=not on_this_machine(project))
        yield credential(project, emulator=False)
        return
    yield virtualenv(root)
    yield (passphrase_check := passphrase(project))
    if is_readable(project, passphrase_check):
        yield credential(project, emulator=False)


def is_readable(project: Project, check: Check) -> bool:
    """Whether the credential can be read; an encrypted one is not reported missing where its passphrase is missing."""
    return check.ok or not _encrypted_credentials(project)


def virtualenv(root: Path) -> Check:
    """The virtual environment in which the Pulumi CLI runs the program, which needs this package as well."""
    # It is Pulumi.yaml that says so, for which any stage's name will do.
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
    interpreter = next((path for path in (folder / "bin/python", folder / "Scripts/python.exe") if path.exists()), None)
    install = f"{folder}/bin/pip install managed-agents-pulumi"
    if interpreter is None:
        return Check("virtualenv", False, f"{folder} does not exist", f"python3 -m venv {folder} && {install}")
    if folder.resolve() != Path(sys.prefix).resolve() and not _imports(interpreter):
        return Check("virtualenv", False, f"{folder} has no pulumi_managed_agents", install)
    return Check("virtualenv", ok=True, detail=str(folder))


def _imports(interpreter: Path) -> bool:
    find = "import importlib.util as u, sys; sys.exit(u.find_spec('pulumi_managed_agents') is None)"
    return run([str(interpreter), "-c", find]).returncode == 0


def pulumi(*, needed: bool) -> Check:
    """The Pulumi CLI, which is not always `needed`."""
    path = shutil.which("pulumi")
    if not path:
        detail = "not on PATH; only an API on this machine, as with --emulator, can be used without it"
        return Check("Pulumi CLI", ok=not needed, detail=detail, advice=INSTALL)
    answer = run([path, "version"])
    return Check("Pulumi CLI", answer.returncode == 0, f"{answer.stdout.strip() or answer.stderr.strip()} ({path})")


def on_this_machine(project: Project) -> bool:
    """Whether the stage's API is on this machine, where the trial engine will do."""
    emulator, other = (os.environ.get(name) for name in (EMULATOR_VARIABLE, "ANTHROPIC_BASE_URL"))
    return is_loopback(emulator or project.own_config.get("baseUrl") or other or "")


def passphrase(project: Project) -> Check:
    """The passphrase, which the CLI needs where no key service encrypts the stack's secrets."""
    text = project.stack_file.read_text("utf-8") if project.stack_file.is_file() else ""
    service = re.search(r"^secretsprovider:\s*(?!passphrase)\S", text, re.MULTILINE)
    backend = project.settings.get("backend")
    url = os.environ.get("PULUMI_BACKEND_URL") or (backend.get("url") if isinstance(backend, dict) else "") or ""
    by_one = not service and ("encryptionsalt:" in text or bool(url and not str(url).startswith("http")))
    is_set = "PULUMI_CONFIG_PASSPHRASE" in os.environ or bool(os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"))
    if by_one and not is_set:
        detail = f"the secrets of {project.stage} are encrypted with a passphrase, and none is set"
        return Check("passphrase", False, detail, "export PULUMI_CONFIG_PASSPHRASE=…, or …_FILE=…")
    return Check("passphrase", ok=True, detail="is set" if by_one else "none is needed")


def credential(project: Project, *, emulator: bool) -> Check:
    """The credential for the API.

    Raises:
        ManagedAgentsError: the emulator does not start.
    """
    try:
        return Check("credential", ok=True, detail=stage_settings(project, emulator=emulator).credential_name)
    except InputError as error:
        encrypted = _encrypted_credentials(project)
        # One in the stage's configuration takes precedence over the environment, so one there would not help.
        read = f"pulumi config get {encrypted[0]} --stack {project.stage}" if encrypted else ""
        return Check("credential", False, str(error), read if shutil.which("pulumi") or not read else INSTALL)


def _encrypted_credentials(project: Project) -> list[str]:
    return sorted(key for key in project.secrets if key in {f"{NAMESPACE}:{name}" for name in SECRET_KEYS})


def stage_settings(project: Project, *, emulator: bool) -> Settings:
    """How a run of the stage would reach the API.

    Raises:
        InputError: there is no usable credential or address.
        ManagedAgentsError: the emulator does not start.
    """
    from pulumi_managed_agents.api.settings import resolve

    url = emulation.ensure(project.root) if emulator else ""
    environment = emulation.environment_for(url, os.environ) if url else dict(os.environ)
    return resolve(whole_config(project, environment), environment)


def run(command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; if it does not answer, the exit code is 1."""
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", f"{command[0]} does not answer: {type(error).__name__}")
