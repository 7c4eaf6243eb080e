"""The stage's own credential where it stands encrypted in the stack's configuration: the Pulumi CLI decrypts it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE, SECRET_KEYS
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.stack_settings import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.engine.project import Project


def whole_config(project: Project, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The stage's own configuration with the credential in clear, for this process; the emulator needs none.

    Raises:
        InputError: the credential is encrypted, and the CLI is missing or cannot decrypt it.
    """
    secret = {} if environment.get(EMULATOR_VARIABLE) else dict(_decrypted(project, environment))
    return {**project.own_config, **secret}


def _decrypted(project: Project, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key in SECRET_KEYS:
        if (named := f"{NAMESPACE}:{key}") in project.secrets:
            yield key, decrypted(named, project.stage, project.root, environment)


def decrypted(key: str, stage: str, folder: Path, environment: Mapping[str, str]) -> str:
    """The value of a key of a stack's configuration, which may be a path into it; `folder` is the project's.

    Raises:
        InputError: the CLI is missing or cannot read it.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise InputError(f"{key} is encrypted, and only the Pulumi CLI can read it: it is not on PATH")
    command = [pulumi, "config", "get", "--path", key, "--stack", stage, "--non-interactive", "--color", "never"]
    done = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(done.stderr.split()).removeprefix("error: ")
        raise InputError(f"{key} is encrypted, and the Pulumi CLI cannot read it: {reason}")
    return done.stdout.strip()
