"""`managed-agents record`: a smoke test file made from a live session of one of a stage's agents."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.explain import find_session, recorded_of_kind
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.recorded_test import read_history, smoke_file
from pulumi_managed_agents.smoke.result import Usage

if TYPE_CHECKING:
    from pulumi_managed_agents.commands.explain import FoundSession
    from pulumi_managed_agents.engine.open_stage import OpenStage


def record_session(project: Path, session_id: str, stage: str, output: Path | None, *, emulator: bool) -> list[str]:
    """Write a smoke test that does what a session did; what was written, in words.

    Raises:
        InputError: there is no such session, its agent is not the stage's, or the file exists or is no good.
    """
    found_session = find_session(project, session_id, stage, emulator=emulator)
    files = {definition.name: definition.file for definition in found_session.opened.stage().definitions}
    folder = found_session.opened.project.root / (
        found_session.opened.project.own_config.get("definitions") or f"stacks/{stage}"
    )
    path = _file_to_write(folder / "smoke", output, session_id)
    if found_session.agent not in files:
        raise InputError(f"{found_session.agent} has no definition file any more, so no test can name it")
    text = _test_file(found_session, files, path)
    _write_new(path, text)
    try:
        found_session.opened.stage()  # finds what is wrong with the new file, if anything is
    except InputError:
        path.unlink()
        raise
    return [
        f"wrote {_shown(path)}: well formed, and it asserts what this session did",
        f"Next: read it, then `{command_line(f'up {stage}', emulator=emulator)}`",
    ]


def _file_to_write(folder: Path, output: Path | None, session_id: str) -> Path:
    path = output or folder / f"{session_id.replace('_', '-').lower()}.yaml"
    if output and not output.parent.parts:
        path = folder / output
    if path.resolve().parent != folder.resolve() or path.suffix not in {".yaml", ".yml"}:
        raise InputError(f"{_shown(path)}: a smoke test of this stage is a .yaml file in {_shown(folder)}")
    return path


def _test_file(found_session: FoundSession, files: dict[str, str], path: Path) -> str:
    opened, session = found_session.opened, found_session.session
    opened.learn_secrets()
    scrubber = KNOWN.scrubber()
    events = [scrubber.value(event) for event in opened.client().sessions.events(session["id"])]
    environments = {
        resource["id"]: name for name, resource in recorded_of_kind(opened.engine.resources(), "environment").items()
    }
    environment = environments.get(session["environment_id"], "")
    try:
        return smoke_file(
            read_history(events),
            agent=_relative(opened, files[found_session.agent], path),
            environment=_relative(opened, files[environment], path)
            if environment in files
            else session["environment_id"],
            usage={"cost_usd": Usage.read(session.get("usage") or {}).cost_usd},
            source=f"session {session['id']}, {found_session.agent} version {session['agent']['version']}",
        )
    except ValueError as error:
        raise InputError(f"session {session['id']} cannot become a smoke test: {error}") from None


def _relative(opened: OpenStage, file: str, path: Path) -> str:
    return Path(os.path.relpath(opened.project.root / file, path.parent)).as_posix()


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{_shown(path)} exists, and is left as it is; name another file with --output") from None


def _shown(path: Path) -> str:
    return os.path.relpath(path, Path.cwd())
