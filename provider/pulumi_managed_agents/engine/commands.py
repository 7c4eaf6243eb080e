"""The commands that run a stage: open an engine, follow it, say what came of it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine import emulation
from pulumi_managed_agents.engine.console import Console
from pulumi_managed_agents.engine.opening import Opened, open_stage
from pulumi_managed_agents.engine.summary import next_step, table, tally
from pulumi_managed_agents.errors import Conflict, ManagedAgentsError, Refused, SmokeFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Outcome

    Confirm = Callable[[str], bool]

ERRORS: tuple[tuple[str, type[ManagedAgentsError]], ...] = (
    ("dynamic/managedagents:Proof resource", SmokeFailed),
    ("was changed both in its file and outside Pulumi", Conflict),
    ("while it was being updated", Conflict),
    ("managed-agents:onDrift is 'fail'", Refused),
)
"""By what an engine's errors say, since all that an engine itself tells is that it failed."""


def preview_stage(project: Path, stage: str, *, emulator: bool) -> int:
    """Preview a stage; how many resources would change."""
    opened, console = _open(project, stage, emulator=emulator)
    return _preview(opened, console).changes


def up_stage(project: Path, stage: str, *, emulator: bool, confirm: Confirm | None) -> None:
    """Deploy a stage, after a preview and a question if need be; say what was made and what to type next."""
    opened, console = _open(project, stage, emulator=emulator)
    if confirm:
        _preview(opened, console)
        _agree(confirm, f"Deploy '{stage}' to {opened.workspace()}? Its smoke tests may cost {opened.cap()}.")
    written = emulation.writes(opened.emulator) if opened.emulator else 0
    began = time.monotonic()
    outcome = opened.engine.up(console)
    console.lines(table(outcome, planned=False))
    _must_have_worked(outcome)
    sent = emulation.writes(opened.emulator) - written if opened.emulator else None
    console.lines([f"{tally(outcome, planned=False, writes=sent)} in {time.monotonic() - began:.1f} s"])
    console.lines([next_step(outcome, _command(stage, emulator=emulator))])


def destroy_stage(project: Path, stage: str, *, emulator: bool, confirm: Confirm | None) -> None:
    """Take a stage down, after a question if need be."""
    opened, console = _open(project, stage, emulator=emulator)
    if confirm:
        question = f"Archive every agent of '{stage}' for ever, and delete its environments and skills?"
        _agree(confirm, f"{question} They are in {opened.workspace()}.")
    outcome = opened.engine.destroy(console)
    _must_have_worked(outcome)
    console.lines([tally(outcome, planned=False)])


def smoke_stage(project: Path, stage: str, names: tuple[str, ...], *, emulator: bool) -> None:
    """Run smoke tests on the versions that are deployed, whatever has changed since.

    Raises:
        SmokeFailed: an assertion does not hold.
    """
    from pulumi_managed_agents.engine.smoke_now import run_now

    opened, console = _open(project, stage, emulator=emulator)
    failures = run_now(opened, names, console.line)
    if failures:
        raise SmokeFailed("\n".join(failures))


def _open(project: Path, stage: str, *, emulator: bool) -> tuple[Opened, Console]:
    console = Console()
    opened = open_stage(project, stage, emulator=emulator)
    console.line(f"{opened.project.name}, stage {stage}: {opened.title}")
    return opened, console


def _preview(opened: Opened, console: Console) -> Outcome:
    outcome = opened.engine.preview(console)
    _must_have_worked(outcome)
    console.lines(table(outcome, planned=True))
    console.lines([tally(outcome, planned=True)])
    return outcome


def _command(stage: str, *, emulator: bool) -> str:
    """This program as it was called, with a place for the command's name."""
    program = sys.argv[0] if sys.argv[0].startswith(".") else "managed-agents"
    return f"{program} {{}} {stage}" + (" --emulator" if emulator else "")


def _agree(confirm: Confirm, question: str) -> None:
    if not confirm(question):
        raise Refused("nothing was changed")


def _must_have_worked(outcome: Outcome) -> None:
    """Turn an engine's failure into the error with the right exit code; its lines were shown as they came."""
    if outcome.ok:
        return
    told = "\n".join(outcome.errors)
    error = next((error for sign, error in ERRORS if sign in told), ManagedAgentsError)
    raise error("the run failed; what had finished before is recorded, and the next run goes on from there")
