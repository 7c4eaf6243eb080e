"""Looking at what a deployment needs, and saying what to do about what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine import emulation
from pulumi_managed_agents.engine.opening import own_config, stages
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `advice` is what to do where it is not well."""

    name: str
    ok: bool
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'BAD '} {self.name}: {self.detail}" + (
            f" -> {self.advice}" if self.advice else ""
        )


def examine(root: Path, stage: str | None, *, emulator: bool) -> Iterator[Check]:
    """Check Python, the Pulumi CLI, the project and, with a stage, its credential and workspace."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check(
        "Python", sys.version_info >= (3, 11), f"{version} in {sys.prefix}", "" if version else "use 3.11 or newer"
    )
    yield _pulumi()
    yield _project(root)
    for name in [stage] if stage else []:
        yield _reach(root, name, emulator=emulator)


def _pulumi() -> Check:
    found = shutil.which("pulumi")
    if not found:
        advice = "install it for anything but the emulator: https://www.pulumi.com/docs/install/"
        return Check("Pulumi CLI", ok=True, detail="not on PATH; --emulator works without it", advice=advice)
    said = subprocess.run([found, "version"], capture_output=True, text=True, check=False)  # noqa: S603 - from PATH
    backend = os.environ.get("PULUMI_BACKEND_URL", "the one of `pulumi login`")
    return Check(
        "Pulumi CLI", said.returncode == 0, f"{said.stdout.strip() or said.stderr.strip()}, state in {backend}"
    )


def _project(root: Path) -> Check:
    names = stages(root)
    if not names:
        return Check("project", ok=False, detail=f"no stages in {root / 'stacks'}", advice="managed-agents init")
    try:
        project = read_project(root, names[0])
    except ManagedAgentsError as error:
        return Check("project", ok=False, detail=str(error), advice="managed-agents init")
    return Check("project", ok=True, detail=f"{project.name} with stages {', '.join(names)}")


def _reach(root: Path, stage: str, *, emulator: bool) -> Check:
    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.api.settings import resolve

    try:
        url = emulation.ensure(root) if emulator else ""
        environment = emulation.environment_for(url, os.environ) if url else dict(os.environ)
        project = read_project(root, stage)
        if "managed-agents:apiKey" in project.secrets and not emulator:
            return Check("API", ok=True, detail="the stage has a key of its own, which `pulumi preview` will use")
        client = Client(resolve(own_config(project), environment))
        workspace = client.identify() or "a workspace that it does not name"
    except ManagedAgentsError as error:
        return Check("API", ok=False, detail=str(error))
    return Check(
        "API",
        ok=True,
        detail=f"{client.settings.base_url} answers for {workspace}, by {client.settings.credential_name}",
    )
