"""The secrets in a stage's configuration, decrypted by the Pulumi CLI, for this process alone.

The CLI is started once, at first use, and reads all of them. Against the emulator none of it is needed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE, SECRET_KEYS
from pulumi_managed_agents.config.settings import NAMESPACE, parsed
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.engine.project import Project


def whole_config(project: Project, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The stage's own configuration with the credential in plain text.

    Raises:
        InputError: the credential is encrypted, and the CLI is missing or cannot decrypt it.
    """
    named = {f"{NAMESPACE}:{key}": key for key in SECRET_KEYS}
    needed = sorted(project.secrets & named.keys())
    clear = _decrypted(project, environment, needed) if needed else {}
    return {**project.own_config, **{named[key]: str(clear[key]["value"]) for key in needed if key in clear}}


def secrets_by_name(project: Project, environment: Mapping[str, str]) -> dict[str, str]:
    """What `managed-agents:secrets` holds.

    Raises:
        InputError: the CLI is missing or cannot decrypt it.
    """
    key = f"{NAMESPACE}:secrets"
    if key not in project.encrypted:
        return {}
    values = parsed(_decrypted(project, environment, [key]).get(key, {}).get("value"))
    by_name = values.items() if isinstance(values, dict) else ()
    return {str(name): value for name, value in by_name if isinstance(value, str)}


def stack_secrets(project: Project, environment: Mapping[str, str]) -> set[str]:
    """Every secret in the stage's configuration, for any provider.

    Raises:
        InputError: the CLI is missing or cannot decrypt them.
    """
    if not (project.encrypted or project.has_imports):
        return set()
    secrets: set[str] = set()
    for key, entry in _decrypted(project, environment, sorted(project.encrypted)).items():
        if entry.get("secret"):
            sealed = None if key in project.secrets else parsed(project.config.get(key))
            secrets.update(_texts_in(parsed(entry["value"]), sealed), [entry["value"]] if sealed is None else ())
    return secrets


def readable_secrets(project: Project, environment: Mapping[str, str]) -> set[str]:
    """The same, or nothing if the CLI cannot read it: for callers with another error to report."""
    with suppress(InputError):
        return stack_secrets(project, environment)
    return set()


def _decrypted(project: Project, environment: Mapping[str, str], keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """All configuration, as the CLI shows it; `keys` are named in the error where it cannot."""
    if environment.get(EMULATOR_VARIABLE):
        return {}
    named = ", ".join(keys) or "the stage's configuration"
    if shutil.which("pulumi") is None:
        raise InputError(f"{named} is encrypted, and only the Pulumi CLI can read it: it is not on PATH")
    shown, refusal = _shown(project.root, project.stage, frozenset(environment.items()))
    if refusal:
        raise InputError(f"{named} is encrypted, and the Pulumi CLI cannot read it: {refusal}")
    return shown


@cache
def _shown(folder: Path, stage: str, environment: frozenset[tuple[str, str]]) -> tuple[dict[str, dict[str, Any]], str]:
    """What the CLI shows, or why it does not."""
    show = ["config", "--show-secrets", "--json", "--stack", stage, "--non-interactive", "--color", "never"]
    command = [shutil.which("pulumi") or "pulumi", *show]
    done = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        return {}, " ".join(done.stderr.split()).removeprefix("error: ")
    return json.loads(done.stdout), ""


def _texts_in(clear: Any, sealed: Any) -> Iterator[str]:
    """The texts of `clear` that are encrypted in `sealed`, which is the same value as the file has it.

    All texts count where `sealed` is None (the value is not in the file) or is encrypted as a whole.
    """
    whole = sealed is None or (isinstance(sealed, dict) and sealed.keys() == {"secure"})
    if isinstance(clear, (dict, list)):
        for key, item in clear.items() if isinstance(clear, dict) else enumerate(clear):
            with suppress(LookupError, TypeError):
                yield from _texts_in(item, None if whole else sealed[key])
    elif whole and not isinstance(clear, (bool, type(None))):
        yield str(clear)
