"""`managed-agents report DIR`: the site's facts, gathered from states, receipts, recorded sessions and git."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.report.session_page import session_page
from pulumi_managed_agents.commands.report.site import Site, StageFacts, pages
from pulumi_managed_agents.commands.report.versions import versions
from pulumi_managed_agents.commands.status import status_of
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.stack_secrets import readable_secrets
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import read_text
from pulumi_managed_agents.files.git import Git
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.review.history import history
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.recording import read_recording
from pulumi_managed_agents.smoke.stage_tests import TRANSCRIPTS
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.commands.report.session_page import SessionPage

MARK = ".managed-agents-report"
"""The file by which a folder is known to hold a site of ours, which may be replaced."""
COMMITS = 1000
"""How many commits git is asked for: the newest."""
SESSIONS = 5
"""How many recorded sessions of one test get a page: the newest."""


def write_report(
    project: Path,
    directory: Path,
    stages: tuple[str, ...],
    *,
    emulator: bool,
    offline: bool,
    records: Path | None = None,
) -> None:
    """Write the site, in the place of an earlier one; from `records`, where given, and not from states.

    Raises:
        InputError: there is no such stage, or the folder holds something else.
    """
    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise InputError(f"{directory}: is not empty and holds no report; name another folder")
    root, console = project.resolve(), Console()
    offline = offline or bool(records)
    report, states = status_of(root, stages, console, emulator=emulator, offline=offline, records=records)
    for status in report.stages:
        KNOWN.add(readable_secrets(read_project(root, status.stage), os.environ))
    with console.following("reading recorded sessions and git …"):
        sessions = _sessions(root)
        facts = tuple(
            StageFacts(status, state, history(state) if state else None, tuple(sessions.get(status.stage, ())))
            for status in report.stages
            for state in [states.get(status.stage)]
        )
        git = Git(root)
        commits = git.history_below(root, COMMITS)
        kinds = {root / listed.file: listed.kind for status in report.stages for listed in status.roots if listed.file}
        file_versions = versions(git, commits, kinds)
        site = Site(
            project=read_project(root, report.stages[0].stage).name if report.stages else root.name,
            report=report,
            stages=facts,
            versions={file.relative_to(root).as_posix(): each for file, each in file_versions.items()},
            subjects={commit.id: commit.subject for commit in commits},
            made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        )
    count, size = write_site(directory, site)
    console.line(f"wrote {directory / 'index.html'}: {counted(count, 'page')}, {size / 1_000_000:.1f} MB")


def write_site(directory: Path, site: Site) -> tuple[int, int]:
    """Write every page; how many there are, and their bytes."""
    shutil.rmtree(directory / "stages", ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARK).touch()
    count = size = 0
    for name, text in pages(site):
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode("utf-8", "backslashreplace")
        file.write_bytes(content)
        count, size = count + 1, size + len(content)
    return count, size


def _sessions(root: Path) -> dict[str, list[SessionPage]]:
    """The newest recorded sessions of each test, by stage."""
    pages: dict[str, list[SessionPage]] = {}
    for folder in (root / TRANSCRIPTS).glob("*"):
        count: Counter[str] = Counter()
        for file in sorted(folder.glob("*.jsonl"), key=lambda file: file.stat().st_mtime, reverse=True):
            test = file.stem.rpartition("-")[0]
            count[test] += 1
            if count[test] <= SESSIONS and (page := _session(file)):
                pages.setdefault(page.stage, []).append(page)
    return pages


def _session(file: Path) -> SessionPage | None:
    """A recorded session; None if the file is no transcript."""
    try:
        return session_page(read_recording(read_text(file, file.name), file.name, lambda _: KNOWN.scrubber()))
    except InputError:
        return None
