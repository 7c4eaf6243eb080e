"""Replaying a transcript file: the session in readable lines, and the test's assertions checked again, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.recording import read_recording, recheck, stage_of
from pulumi_managed_agents.smoke.story import story
from pulumi_managed_agents.stage.document import parse, read_text
from pulumi_managed_agents.stage.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

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
    return list(story(recording)), recheck(recording, body)


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
