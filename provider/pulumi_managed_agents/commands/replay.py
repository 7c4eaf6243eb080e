"""`managed-agents replay`: check the assertions of a smoke test again on its recorded session, offline."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.stack_secrets import readable_secrets
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import parse, read_text
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.event_text import render_transcript
from pulumi_managed_agents.smoke.recording import read_recording, recheck, stage_of
from pulumi_managed_agents.stage.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.scrubbing import Scrubber
    from pulumi_managed_agents.smoke.recording import Recording

    Render = Callable[[Path, str], tuple[str, Callable[[int], int]]]


def replay_in_project(
    project: Path, transcript: Path, test: Path | None, html: Path | None = None
) -> tuple[list[str], tuple[str, ...]]:
    """The session in lines, and what of its test, or of that in the file `test`, does not hold for it.

    With `html` the session is also written there, as a page.

    Raises:
        InputError: a file cannot be used.
    """
    root = project.resolve()
    recording, failures = checked(transcript, test, partial(_rendered, root), partial(_scrubber, root))
    if html:
        from pulumi_managed_agents.commands.report.session_page import session_page
        from pulumi_managed_agents.commands.report.site import one_session

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(one_session(session_page(recording, failures)), encoding="utf-8", errors="backslashreplace")
    return list(render_transcript(recording)), failures


def replay(
    transcript: Path,
    test: Path | None = None,
    render: Render | None = None,
    scrubber_of: Callable[[str], Scrubber] = lambda _: KNOWN.scrubber(),
) -> tuple[list[str], tuple[str, ...]]:
    """The session in lines, and what of the test does not hold for it; see `checked`."""
    recording, failures = checked(transcript, test, render, scrubber_of)
    return list(render_transcript(recording)), failures


def checked(
    transcript: Path, test: Path | None, render: Render | None, scrubber_of: Callable[[str], Scrubber]
) -> tuple[Recording, tuple[str, ...]]:
    """The recorded session, and what of the test does not hold for it.

    The test is the one that was run, or that in the file `test`, which need not be in a stage's folder unless it is
    a template: `render` gives its text for the stage that the session was of, and `scrubber_of` what takes out secrets.

    Raises:
        InputError: either file cannot be used.
    """
    recording = read_recording(read_text(transcript, str(transcript)), str(transcript), scrubber_of)
    stage = stage_of(recording.header)
    body = _read_test(test, stage, render) if test else recording.body
    if not body:
        raise InputError(f"{transcript}: it does not hold the test it is of; name that with --test FILE")
    return recording, recheck(recording, body)


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


def _rendered(project: Path, file: Path, stage: str) -> tuple[str, Callable[[int], int]]:
    """A template's text with the values of a stage, and which of its lines each line of that text came from."""
    from pulumi_managed_agents.files.location import locate
    from pulumi_managed_agents.files.source_files import SourceFiles
    from pulumi_managed_agents.files.templates import Templates
    from pulumi_managed_agents.stage.values import read_values

    described = read_project(project, stage)
    location = locate(stage, project, described.own_config.get("definitions"))
    path, findings = file.resolve(), Findings()
    if not path.is_relative_to(location.folder.resolve()):
        known = f"only a template in {location.shown('')} is given that stage's values"
        raise InputError(f"{file}: the session is one of stage {stage}, and {known}")
    variables = {"values": read_values(location, findings).variables(), "stage": stage, "project": described.name}
    findings.settle(strict=False)
    relative = path.relative_to(location.folder.resolve()).as_posix()
    files = SourceFiles()
    text = files.document(path, relative, str(file)).text
    with Templates(location.folder, location.shown, variables, files) as templates:
        return templates.render(relative, text)


def _scrubber(project: Path, stage: str) -> Scrubber:
    """What takes a stage's secrets out, as far as they can be read: replaying needs neither a stage nor the CLI."""
    with suppress(InputError):
        KNOWN.add(readable_secrets(read_project(project, stage), os.environ) if stage else ())
    return KNOWN.scrubber()
