"""`managed-agents doctor`: check what a deployment needs, and say what to type about what is missing.

With a stage it is also checked whether it can be reached: its credential, the API, and the workspace that the stage
was deployed to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.output import Told
from pulumi_managed_agents.commands.retiring_models import models_in, retiring_models
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.engine import emulator as emulation
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import INSTALL, read_project, stages, unknown_stage
from pulumi_managed_agents.engine.stack_secrets import whole_config
from pulumi_managed_agents.engine.stage_results import recorded_workspace
from pulumi_managed_agents.errors import ApiError, InputError, ManagedAgentsError, Unreachable, WrongWorkspace
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.api.settings import Settings
    from pulumi_managed_agents.engine.project import Project

OLDEST_PYTHON = (3, 11)
PATIENCE = 20
"""Seconds for the Pulumi CLI to answer; its state may be far away."""
PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


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


@dataclass(frozen=True)
class DoctorReport:
    """What a deployment needs.

    Attributes:
        ok: Whether all of it is in order.
        checks: Each thing that was checked.
        schema_version: Moves when this form changes in a way that a reader could stumble over.
    """

    ok: bool
    checks: tuple[Check, ...]
    schema_version: int = 1


def doctor_report(root: Path, stage: str | None, *, emulator: bool) -> Told[DoctorReport]:
    """All of `examine`."""
    checks = tuple(examine(root, stage, emulator=emulator))
    return Told(tuple(map(str, checks)), DoctorReport(all(check.ok for check in checks), checks))


def examine(root: Path, stage: str | None, *, emulator: bool) -> Iterator[Check]:
    """Check Python, the project, the Pulumi CLI and its state and, with a stage, the credential and the workspace.

    A run against the emulator has a state and an interpreter of its own, so neither is checked.
    """
    for check in _checks(root, stage, emulator=emulator):
        # Without asking the CLI to decrypt secrets: it may be what is out of order.
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
        yield from _check_connection(root, stage, emulator=emulator, has_state=state is None or state.ok)


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
        return Check("project", ok=False, detail=unknown_stage(stage, names))
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
    interpreter = next((path for path in (folder / "bin/python", folder / "Scripts/python.exe") if path.exists()), None)
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
        return _stage_settings(read_project(root, stage or "dev"), emulator=False).loopback
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


def _check_connection(root: Path, stage: str, *, emulator: bool, has_state: bool) -> Iterator[Check]:
    """Check the credential, then the API, then the workspace, up to the first that fails.

    Without `has_state`, which another check reports, the workspace is compared with nothing.
    """
    project = read_project(root.resolve(), stage)
    try:
        settings = _stage_settings(project, emulator=emulator)
    except InputError as error:
        yield Check("credential", ok=False, detail=str(error), advice=_credential_advice(project, error))
        return
    except ManagedAgentsError as error:
        yield Check("emulator", ok=False, detail=str(error))
        return
    yield Check("credential", ok=True, detail=settings.credential_name)
    yield from _check_api(project, settings, emulator=emulator, has_state=has_state)


def _stage_settings(project: Project, *, emulator: bool) -> Settings:
    """How a run of the stage would reach the API.

    Raises:
        InputError: there is no usable credential or address.
        ManagedAgentsError: the emulator does not start.
    """
    from pulumi_managed_agents.api.settings import resolve

    url = emulation.ensure(project.root) if emulator else ""
    environment = emulation.environment_for(url, os.environ) if url else dict(os.environ)
    return resolve(whole_config(project, environment), environment)


def _check_api(project: Project, settings: Settings, *, emulator: bool, has_state: bool) -> Iterator[Check]:
    from pulumi_managed_agents.api import Client

    answers = Check("API", ok=True, detail=f"{settings.base_url} answers")
    client = Client(settings)
    models: list[Check] = []
    try:
        found = client.identify()
        models = list(_models(client, project))
    except WrongWorkspace as error:
        yield answers
        yield Check("workspace", False, str(error), _credential_of(settings.workspace))
        return
    except ManagedAgentsError as error:
        yield Check("API", ok=False, detail=str(error), advice=_remedy(error, project.stage, settings.base_url))
        return
    finally:
        client.close()
    yield answers
    shown = found or "a workspace that it does not name"
    if has_state:
        yield _check_workspace(project, found, shown, emulator=emulator)
    else:
        yield Check("workspace", ok=True, detail=f"{shown}; where the stage was deployed is not known")
    yield from models


def _models(client: Client, project: Project) -> Iterator[Check]:
    """The models of the stage's agents that retire; files that are not well formed are for `validate` to tell."""
    with suppress(ManagedAgentsError):
        for model in retiring_models(client, models_in(project.load())):
            yield Check("model", ok=not model.retired, detail=str(model), advice="choose another model")


def _check_workspace(project: Project, found: str | None, shown: str, *, emulator: bool) -> Check:
    """Compare the credential's workspace with the one that the stage's state records."""
    stage = project.stage
    try:
        resources = open_stage(project.root, stage, emulator=emulator).engine.resources()
    except ManagedAgentsError as error:
        detail = f"{shown}; whether {stage} was deployed there cannot be read: {error}"
        return Check("workspace", ok=False, detail=detail, advice=f"pulumi stack export --stack {stage}")
    recorded = recorded_workspace(resources)
    if found and recorded and recorded != found:
        detail = f"the credential belongs to {found}, but {stage} was deployed to {recorded}"
        return Check("workspace", ok=False, detail=detail, advice=_credential_of(recorded))
    if not resources:
        return Check("workspace", ok=True, detail=f"{shown}, where the stage was never deployed yet")
    if found and recorded:
        return Check("workspace", ok=True, detail=f"{shown}, where the stage was deployed")
    compared = f"the stage was deployed to {recorded or 'one without a name'}, which cannot be compared"
    return Check("workspace", ok=True, detail=f"{shown}; {compared}")


def _credential_of(workspace: str | None) -> str:
    return f"use a credential of {workspace}"


def _credential_advice(project: Project, error: InputError) -> str:
    """What to type about a missing or unreadable credential.

    An encrypted one in the stage's configuration takes precedence over the environment, so one there would not help.
    """
    encrypted = sorted(key for key in project.secrets if key in {f"{NAMESPACE}:apiKey", f"{NAMESPACE}:authToken"})
    if not encrypted:
        return _set_key(project.stage) if "no credential" in str(error) else ""
    return f"pulumi config get {encrypted[0]} --stack {project.stage}" if shutil.which("pulumi") else INSTALL


def _remedy(error: ManagedAgentsError, stage: str, url: str) -> str:
    if isinstance(error, ApiError) and error.status in {401, 403}:
        return _set_key(stage)
    return f"curl -sSI {url}" if isinstance(error, Unreachable) else ""


def _set_key(stage: str) -> str:
    return f"export ANTHROPIC_API_KEY=…, or pulumi config set --secret managed-agents:apiKey --stack {stage}"


def _run(command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", f"{command[0]} does not answer: {type(error).__name__}")
