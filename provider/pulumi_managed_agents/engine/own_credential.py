"""The stage's own credential where it stands encrypted in the stack's configuration: the Pulumi CLI decrypts it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE, SECRET_KEYS
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.engine.project import Project

NAMESPACE = "managed-agents:"


def own_config(project: Project) -> Mapping[str, str]:
    """The stage's configuration in our namespace, without it; what is encrypted is left out."""
    return {key.removeprefix(NAMESPACE): value for key, value in project.config.items() if key.startswith(NAMESPACE)}


def whole_config(project: Project, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The same with the credential in clear, for this process; a run against the emulator needs none.

    Raises:
        InputError: the credential is encrypted, and the CLI is missing or cannot decrypt it.
    """
    decrypted = {} if environment.get(EMULATOR_VARIABLE) else dict(_decrypted(project, environment))
    return {**own_config(project), **decrypted}


def _decrypted(project: Project, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key in SECRET_KEYS:
        if NAMESPACE + key in project.secrets:
            yield key, _get(NAMESPACE + key, project, environment)


def _get(key: str, project: Project, environment: Mapping[str, str]) -> str:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise InputError(f"{key} is encrypted, and only the Pulumi CLI can read it: it is not on PATH")
    command = [pulumi, "config", "get", key, "--stack", project.stage, "--non-interactive", "--color", "never"]
    done = subprocess.run(  # noqa: S603 - from PATH
        command, cwd=project.root, env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = " ".join(done.stderr.split()).removeprefix("error: ")
        raise InputError(f"{key} is encrypted, and the Pulumi CLI cannot read it: {reason}")
    return done.stdout.strip()
