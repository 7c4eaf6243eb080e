"""Whether a stage can be reached: its credential, the API, and the workspace that the stage was deployed to."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.output import as_json
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.engine import emulator as emulation
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import INSTALL, read_project
from pulumi_managed_agents.engine.stack_secrets import whole_config
from pulumi_managed_agents.engine.stage_results import recorded_workspace
from pulumi_managed_agents.errors import ApiError, InputError, ManagedAgentsError, Unreachable, WrongWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pulumi_managed_agents.api.settings import Settings
    from pulumi_managed_agents.engine.project import Project


@dataclass(frozen=True)
class Check:
    """One thing that was checked; `advice` is what to type where it is not in order."""

    name: str
    ok: bool
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f" -> {self.advice}" if self.advice else ""
        return f"{'ok  ' if self.ok else 'BAD '} {self.name}: {self.detail}{advice}"


def rendered(checks: Iterable[Check], form: str) -> str:
    """The checks in one of the forms ``text`` and ``json``."""
    checks = list(checks)
    if form == "json":
        return as_json({"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]})
    return "".join(f"{check}\n" for check in checks)


def check_connection(root: Path, stage: str, *, emulator: bool, has_state: bool) -> Iterator[Check]:
    """Check the credential, then the API, then the workspace, up to the first that fails.

    Without `has_state`, which another check reports, the workspace is compared with nothing.
    """
    project = read_project(root.resolve(), stage)
    try:
        settings = stage_settings(project, emulator=emulator)
    except InputError as error:
        yield Check("credential", ok=False, detail=str(error), advice=_credential_advice(project, error))
        return
    except ManagedAgentsError as error:
        yield Check("emulator", ok=False, detail=str(error))
        return
    yield Check("credential", ok=True, detail=settings.credential_name)
    yield from _check_api(project, settings, emulator=emulator, has_state=has_state)


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


def _check_api(project: Project, settings: Settings, *, emulator: bool, has_state: bool) -> Iterator[Check]:
    from pulumi_managed_agents.api import Client

    answers = Check("API", ok=True, detail=f"{settings.base_url} answers")
    client = Client(settings)
    try:
        found = client.identify()
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
