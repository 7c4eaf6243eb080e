"""A separate state for a stage that runs against the emulator: backend, passphrase and stack file for the CLI.

The CLI writes the passphrase's salt into the stack file of the project it runs. It is therefore given a project file
in our own folder that points at the real program; what is in the repository stays as it is, and a value encrypted for
the real stage is not needed.
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.emulator import FOLDER
from pulumi_managed_agents.smoke.leftover_sessions import no_such_process

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.engine.project import Project


def remove_stale_locks(state: Path, stage: str) -> None:
    """Remove a stage's locks whose process has ended; those of another machine stay."""
    for lock in state.glob(f".pulumi/locks/**/{stage}/*.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            holder = json.loads(lock.read_text(encoding="utf-8"))
            if holder["hostname"] == socket.gethostname() and no_such_process(holder["pid"]):
                lock.unlink()


def prepare(project: Project, folder: Path | None = None) -> tuple[Path, dict[str, str]]:
    """The folder to run the CLI in, and the environment that goes with it; all inside `folder`, if one is given."""
    folder = (folder or project.root / FOLDER).resolve()
    home, state = folder / "project", folder / "state"
    for directory in (home, state):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_stale_locks(state, project.stage)
    _write(home / "Pulumi.yaml", _pointing_at(project))
    stack_file = home / f"Pulumi.{project.stage}.yaml"
    _write(stack_file, {**_read(stack_file), "config": project.config})
    settings = {
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase(folder)),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    return home, settings


def _pointing_at(project: Project) -> dict[str, Any]:
    """The project's settings, with the program's folder and the running virtual environment by absolute path."""
    others = {
        key: value for key, value in project.settings.items() if key not in {"config", "stackConfigDir", "backend"}
    }
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    return {**others, "runtime": runtime, "main": str(project.program.resolve())}


def _passphrase(folder: Path) -> Path:
    file = folder / "passphrase"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return file


def _read(file: Path) -> dict[str, Any]:
    import yaml

    return (yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else None) or {}


def _write(file: Path, content: dict[str, Any]) -> None:
    """Write settings as JSON, which is YAML."""
    text = json.dumps(content, indent=2) + "\n"
    # Not without need: another command may be reading the file.
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
