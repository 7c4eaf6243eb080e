"""`managed-agents doctor`: check what a deployment needs, and say what to type about what is missing.

With a stage it is also checked whether it can be reached: its credential, the API, and the workspace that the stage
was deployed to.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.prerequisites import (
    Check,
    credential,
    is_readable,
    on_this_machine,
    passphrase,
    pulumi,
    run,
    stage_settings,
    virtualenv,
)
from pulumi_managed_agents.engine.project import read_project, stages, unknown_stage
from pulumi_managed_agents.engine.stage_results import recorded_workspace
from pulumi_managed_agents.errors import ApiError, ManagedAgentsError, Unreachable, WrongWorkspace
from pulumi_managed_agents.output.reports import CommandResult
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.stage.retiring_models import models_in, retiring_models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.api.settings import Settings
    from pulumi_managed_agents.engine.project import Project

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class DoctorReport:
    """What a deployment needs.

    Attributes:
        ok: Whether all of it is in order.
        checks: Each thing that was checked.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    ok: bool
    checks: tuple[Check, ...]
    schema_version: int = 1


def doctor_report(root: Path, stage: str | None, *, emulator: bool) -> CommandResult[DoctorReport]:
    """All of `examine`."""
    checks = tuple(examine(root, stage, emulator=emulator))
    return CommandResult(tuple(map(str, checks)), DoctorReport(all(check.ok for check in checks), checks))


def examine(root: Path, stage: str | None, *, emulator: bool) -> Iterator[Check]:
    """Check Python, the project, the Pulumi CLI and its state and, with a stage, the credential and the workspace.

    A run against the emulator has a separate state and interpreter, so neither is checked.
    """
    for check in _checks(root, stage, emulator=emulator):
        # Without asking the CLI to decrypt secrets: it may be what is out of order.
        yield replace(check, detail=KNOWN.scrubber(ask_sources=False).text(check.detail))


def _checks(root: Path, stage: str | None, *, emulator: bool) -> Iterator[Check]:
    yield _python()
    checked = _project(root, stage)
    yield checked
    project = read_project(root.resolve(), stage) if stage and checked.ok else None
    asks_cli = bool(shutil.which("pulumi")) and not emulator
    if asks_cli:
        yield virtualenv(root)
    yield pulumi(needed=not (emulator or (project is not None and on_this_machine(project))))
    checks = [_state(root)] if asks_cli else []
    if project and asks_cli:
        checks.append(passphrase(project))
    yield from checks
    if project and (not asks_cli or is_readable(project, checks[-1])):
        yield from _check_connection(project, emulator=emulator, has_state=all(check.ok for check in checks))


def _python() -> Check:
    from importlib.metadata import version

    oldest = ".".join(map(str, OLDEST_PYTHON))
    ok = sys.version_info >= OLDEST_PYTHON
    running = f"{'.'.join(map(str, sys.version_info[:3]))} in {sys.prefix}"
    detail = f"{running}, managed-agents {version('managed-agents-pulumi')}"
    return Check("Python", ok, detail, "" if ok else f"python{oldest} -m venv .venv")


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


def _state(root: Path) -> Check:
    """Where the CLI keeps state, and whether it can be used, as the CLI itself reports."""
    answer = run(["pulumi", "whoami", "--verbose", "--non-interactive", "--color", "never"], root)
    lines = dict(line.split(": ", 1) for line in answer.stdout.splitlines() if ": " in line)
    if answer.returncode:
        reason = " ".join((answer.stderr or answer.stdout).split()).removeprefix("error: ")
        return Check("state", ok=False, detail=reason, advice="pulumi login, or set PULUMI_BACKEND_URL")
    backend = lines.get("Backend URL", "an unnamed backend").strip()
    return Check("state", ok=True, detail=f"{backend}, as {lines.get('User', 'nobody').strip()}")


def _check_connection(project: Project, *, emulator: bool, has_state: bool) -> Iterator[Check]:
    """Check the credential, then the API, then the workspace, up to the first that fails.

    Without `has_state`, which another check reports, the workspace is compared with nothing.
    """
    try:
        check = credential(project, emulator=emulator)
    except ManagedAgentsError as error:
        yield Check("emulator", ok=False, detail=str(error))
        return
    yield check
    if check.ok:
        settings = stage_settings(project, emulator=emulator)
        yield from _check_api(project, settings, emulator=emulator, has_state=has_state)


def _check_api(project: Project, settings: Settings, *, emulator: bool, has_state: bool) -> Iterator[Check]:
    from pulumi_managed_agents.api import Client

    answers = Check("API", ok=True, detail=f"{settings.base_url} answers")
    client = Client(settings)
    models: list[Check] = []
    try:
        workspace = client.identify()
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
    shown = workspace or "a workspace that it does not name"
    if has_state:
        yield _check_workspace(project, workspace, shown, emulator=emulator)
    else:
        yield Check("workspace", ok=True, detail=f"{shown}; where the stage was deployed is not known")
    yield from models


def _models(client: Client, project: Project) -> Iterator[Check]:
    """The models of the stage's agents that retire; files that are not well formed are for `validate` to report."""
    with suppress(ManagedAgentsError):
        for model in retiring_models(client, models_in(project.load())):
            yield Check("model", ok=not model.retired, detail=str(model), advice="choose another model")


def _check_workspace(project: Project, workspace: str | None, shown: str, *, emulator: bool) -> Check:
    """Compare the credential's workspace with the one that the stage's state records."""
    stage = project.stage
    try:
        resources = open_stage(project.root, stage, emulator=emulator).engine.resources()
    except ManagedAgentsError as error:
        detail = f"{shown}; whether {stage} was deployed there cannot be read: {error}"
        return Check("workspace", ok=False, detail=detail, advice=f"pulumi stack export --stack {stage}")
    recorded = recorded_workspace(resources)
    if workspace and recorded and recorded != workspace:
        detail = f"the credential belongs to {workspace}, but {stage} was deployed to {recorded}"
        return Check("workspace", ok=False, detail=detail, advice=_credential_of(recorded))
    if not resources:
        return Check("workspace", ok=True, detail=f"{shown}, where the stage was never deployed yet")
    if workspace and recorded:
        return Check("workspace", ok=True, detail=f"{shown}, where the stage was deployed")
    compared = f"the stage was deployed to {recorded or 'one without a name'}, which cannot be compared"
    return Check("workspace", ok=True, detail=f"{shown}; {compared}")


def _credential_of(workspace: str | None) -> str:
    return f"use a credential of {workspace}"


def _remedy(error: ManagedAgentsError, stage: str, url: str) -> str:
    if isinstance(error, ApiError) and error.status in {401, 403}:
        return f"export ANTHROPIC_API_KEY=…, or pulumi config set --secret managed-agents:apiKey --stack {stage}"
    return f"curl -sSI {url}" if isinstance(error, Unreachable) else ""
