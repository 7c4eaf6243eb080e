"""Replaying a transcript file: the session in readable lines, and the test's assertions checked again, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.smoke.replay import read_recording, recheck
from pulumi_managed_agents.smoke.story import story
from pulumi_managed_agents.stage.document import parse, read_text
from pulumi_managed_agents.stage.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def replay(transcript: Path, test: Path | None = None) -> tuple[list[str], tuple[str, ...]]:
    """The session in lines, and what of the test does not hold for it.

    The test is the one that was run, or that in the file `test`, which need not stand in a stage's folder.

    Raises:
        InputError: either file cannot be used.
    """
    recording = read_recording(read_text(transcript, str(transcript)), str(transcript))
    body = read_test(test) if test else recording.body
    if not body:
        raise InputError(f"{transcript}: it does not hold the test it is of; name that with --test FILE")
    return list(story(recording)), recheck(recording, body)


def read_test(path: Path) -> Mapping[str, Any]:
    """A smoke test file as it is written, checked on its own.

    Raises:
        InputError: holds every finding, with its line.
    """
    name, findings = str(path), Findings()
    if path.suffix == ".j2":
        raise InputError(f"{name}: a template has no content of its own; give a rendered file, or none")
    node = parse(read_text(path, name), path.name, name).root
    body: dict[str, Any] = node.plain()
    findings.check("smoke", body, node)
    findings.settle(strict=False)
    return body
