"""A live session seen from a stage: which of its agents it ran, and a smoke test made from it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import outputs_of
from pulumi_managed_agents.engine.opening import open_stage, stages
from pulumi_managed_agents.engine.project import read_project, typed
from pulumi_managed_agents.engine.stack_secrets import readable_secrets
from pulumi_managed_agents.errors import ApiError, InputError
from pulumi_managed_agents.files.document import parse, read_text
from pulumi_managed_agents.reconcile.mark import mark_of, stack_of
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.event_text import render_transcript
from pulumi_managed_agents.smoke.explanation import StageRecord, explanation
from pulumi_managed_agents.smoke.recorded_test import read_history, smoke_file
from pulumi_managed_agents.smoke.recording import read_recording, recheck, stage_of
from pulumi_managed_agents.smoke.result import Usage
from pulumi_managed_agents.smoke.stage_tests import TRANSCRIPTS
from pulumi_managed_agents.stage.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.engine.opening import Opened
    from pulumi_managed_agents.scrubbing import Scrubber


def replay_in_project(project: Path, transcript: Path, test: Path | None) -> tuple[list[str], tuple[str, ...]]:
    """The session in lines, and what of its test, or of that in the file `test`, does not hold for it.

    Raises:
        InputError: a file cannot be used.
    """
    root = project.resolve()
    return replay(transcript, test, partial(_rendered, root), partial(_scrubber, root))


def _scrubber(project: Path, stage: str) -> Scrubber:
    """What takes a stage's secrets out, as far as they can be read: replaying needs neither a stage nor the CLI."""
    with suppress(InputError):
        KNOWN.add(readable_secrets(read_project(project, stage), os.environ) if stage else ())
    return KNOWN.scrubber()


def _rendered(project: Path, file: Path, stage: str) -> tuple[str, Callable[[int], int]]:
    from pulumi_managed_agents.files.location import locate
    from pulumi_managed_agents.files.source_files import SourceFiles
    from pulumi_managed_agents.files.templates import Templates
    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.values import read_values

    found = read_project(project, stage)
    location, path, findings = locate(stage, project, found.own_config.get("definitions")), file.resolve(), Findings()
    if not path.is_relative_to(location.folder.resolve()):
        known = f"only a template in {location.shown('')} is given that stage's values"
        raise InputError(f"{file}: the session is one of stage {stage}, and {known}")
    variables = {"values": read_values(location, findings).variables(), "stage": stage, "project": found.name}
    findings.settle(strict=False)
    relative = path.relative_to(location.folder.resolve()).as_posix()
    files = SourceFiles()
    text = files.document(path, relative, str(file)).text
    return Templates(location.folder, location.shown, variables, files).render(relative, text)


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_managed_agents.scrubbing import Scrubber

    Render = Callable[[Path, str], tuple[str, Callable[[int], int]]]


def replay(
    transcript: Path,
    test: Path | None = None,
    render: Render | None = None,
    scrubber_of: Callable[[str], Scrubber] = lambda _: KNOWN.scrubber(),
) -> tuple[list[str], tuple[str, ...]]:
    """The session in lines, and what of the test does not hold for it.

    The test is the one that was run, or that in the file `test`, which need not stand in a stage's folder unless it is
    a template: `render` gives its text for the stage that the session was of, and `scrubber_of` what takes out secrets.

    Raises:
        InputError: either file cannot be used.
    """
    recording = read_recording(read_text(transcript, str(transcript)), str(transcript), scrubber_of)
    stage = stage_of(recording.header)
    body = _read_test(test, stage, render) if test else recording.body
    if not body:
        raise InputError(f"{transcript}: it does not hold the test it is of; name that with --test FILE")
    return list(render_transcript(recording)), recheck(recording, body)


def _read_test(path: Path, stage: str, render: Render | None) -> Mapping[str, Any]:
    """A smoke test file, checked on its own; raises InputError with every finding and its line."""
    name, findings = str(path), Findings()
    if path.suffix != ".j2":
        node = parse(read_text(path, name), path.name, name).root
    elif stage and render:
        text, line_of = render(path, stage)
        node = parse(text, path.name, name, line_of).root
    else:
        raise InputError(f"{name}: it is a template, and the transcript names no stage; give a rendered file, or none")
    body: dict[str, Any] = node.plain()
    findings.check("smoke", body, node)
    findings.settle(strict=False)
    return body


@dataclass(frozen=True)
class Found:
    """A session, and the stage whose agent it ran."""

    session: dict[str, Any]
    opened: Opened
    stage: StageRecord

    @property
    def agent(self) -> str:
        """The agent's name on the stage."""
        return self.stage.agent_named(self.session["agent"]["id"])


def explain_session(project: Path, session_id: str, stage: str | None, *, emulator: bool) -> list[str]:
    """What a session ran, and how that version stands on its stage, which is looked for unless it is named.

    Raises:
        InputError: there is no such session, or no stage manages its agent.
    """
    name = stage or _stage_of(project, session_id, emulator=emulator)
    found = find_session(project, session_id, name, emulator=emulator)
    told = explanation(found.session, found.stage, partial(typed, emulator=emulator))
    return list(map(KNOWN.scrubber().text, told))


def find_session(project: Path, session_id: str, name: str, *, emulator: bool) -> Found:
    """The session of one of a stage's agents; raises InputError where it is none."""
    opened = open_stage(project, name, emulator=emulator)
    session = _session(opened, session_id)
    if session is None:
        raise InputError(f"the workspace of stage {name} has no session {session_id}{_transcript(project, session_id)}")
    stage = _recorded(name, opened.engine.resources())
    if not stage.agent_named(session["agent"]["id"]):
        raise InputError(f"stage {name} does not manage the agent of {session_id}, {session['agent']['id']}")
    return Found(session, opened, stage)


def _stage_of(project: Path, session_id: str, *, emulator: bool) -> str:
    """The stage whose mark the session's agent carries; the first in whose workspace it is where it carries none."""
    known = stages(project.resolve())
    if not known:
        read_project(project, "dev")
        asked = typed(f"explain {session_id} STAGE", emulator=emulator)
        raise InputError(f"a program of one's own has no list of its stages; name one: `{asked}`")
    for name in known:
        opened = open_stage(project, name, emulator=emulator)
        if session := _session(opened, session_id):
            owner, _, marked = stack_of(mark_of(opened.client().agents.get(session["agent"]["id"]))).partition("/")
            return marked if owner == opened.project.name and marked in known else name
    asked = f"(asked: {', '.join(known)})"
    raise InputError(f"no stage's workspace has a session {session_id} {asked}{_transcript(project, session_id)}")


def _transcript(project: Path, session_id: str) -> str:
    """What there still is of a smoke test's session, which is deleted once it has passed."""
    found = [one for one in (project / TRANSCRIPTS).glob("*/*.jsonl") if one.stem.rpartition("-")[2] == session_id]
    return f"; a smoke test had it, and `{typed(f'replay {found[0]}', emulator=False)}` shows it" if found else ""


def _session(opened: Opened, id: str) -> dict[str, Any] | None:
    try:
        return opened.client().sessions.get(id)
    except ApiError as error:
        if error.status in {400, 404}:
            return None
        raise


def record_session(project: Path, session_id: str, stage: str, output: Path | None, *, emulator: bool) -> list[str]:
    """Write a smoke test that does what a session did; what was written, in words.

    Raises:
        InputError: there is no such session, its agent is not the stage's, or the file exists or is no good.
    """
    found = find_session(project, session_id, stage, emulator=emulator)
    definitions = found.opened.stage()
    folder = found.opened.project.root / (found.opened.project.own_config.get("definitions") or f"stacks/{stage}")
    path = _place(folder / "smoke", output, session_id)
    files = {one.name: one.file for one in definitions.definitions}
    if found.agent not in files:
        raise InputError(f"{found.agent} has no definition file any more, so no test can name it")
    text = _text(found, files, path)
    _write_new(path, text)
    try:
        found.opened.stage()
    except InputError:
        path.unlink()
        raise
    return [
        f"wrote {_shown(path)}: well formed, and it asserts what this session did",
        f"Next: read it, then `{typed(f'up {stage}', emulator=emulator)}`",
    ]


def _text(found: Found, files: dict[str, str], path: Path) -> str:
    opened, session = found.opened, found.session
    opened.learn_secrets()
    scrubber = KNOWN.scrubber()
    events = [scrubber.value(event) for event in opened.client().sessions.events(session["id"])]
    environments = {resource["id"]: name for name, resource in _named(opened.engine.resources(), "environment").items()}
    environment = environments.get(session["environment_id"], "")
    try:
        return smoke_file(
            read_history(events),
            agent=_relative(opened, files[found.agent], path),
            environment=_relative(opened, files[environment], path)
            if environment in files
            else session["environment_id"],
            usage={"cost_usd": Usage.read(session.get("usage") or {}).cost_usd},
            source=f"session {session['id']}, {found.agent} version {session['agent']['version']}",
        )
    except ValueError as error:
        raise InputError(f"session {session['id']} cannot become a smoke test: {error}") from None


def _relative(opened: Opened, file: str, path: Path) -> str:
    return Path(os.path.relpath(opened.project.root / file, path.parent)).as_posix()


def _place(folder: Path, output: Path | None, session_id: str) -> Path:
    path = output or folder / f"{session_id.replace('_', '-').lower()}.yaml"
    if output and not output.parent.parts:
        path = folder / output
    if path.resolve().parent != folder.resolve() or path.suffix not in {".yaml", ".yml"}:
        raise InputError(f"{_shown(path)}: a smoke test of this stage is a .yaml file in {_shown(folder)}")
    return path


def _shown(path: Path) -> str:
    return os.path.relpath(path, Path.cwd())


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{_shown(path)} exists, and is left as it is; name another file with --output") from None


def _recorded(name: str, resources: list[dict[str, Any]]) -> StageRecord:
    """What a stage's state records about its agents, tests and release."""
    tests, release = outputs_of(resources, "SmokeTests"), outputs_of(resources, "Release")
    agents = {
        agent: {"id": one["id"], "version": one["outputs"].get("version") or 0, "file": one["file"]}
        for agent, one in _named(resources, "agent").items()
    }
    return StageRecord(
        name,
        agents,
        {one["id"]: deployment for deployment, one in _named(resources, "deployment").items()},
        tests.get("tests") or {},
        tests.get("results") or {},
        release.get("pins") or tests.get("pins") or {},
        tests.get("proved") or {},
        release.get("receipts") or {},
    )


def _named(resources: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    found = {}
    for resource in resources:
        about = resource["inputs"].get(RESOURCE) or {}
        if about.get("kind") == kind and resource["id"]:
            found[about["name"]] = {**resource, "file": about.get("file", "")}
    return found
