"""The commands that run a stage: open an engine, follow it, say what came of it."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine import emulation
from pulumi_managed_agents.engine.console import Console
from pulumi_managed_agents.engine.opening import Opened, open_stage, own_config
from pulumi_managed_agents.engine.removals import removals
from pulumi_managed_agents.engine.reviewing import failure, records, review_of
from pulumi_managed_agents.engine.summary import next_step, table, tally
from pulumi_managed_agents.errors import Refused, SmokeFailed
from pulumi_managed_agents.kinds.policy import policy
from pulumi_managed_agents.preview.record import VARIABLE
from pulumi_managed_agents.preview.review import Review

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Outcome
    from pulumi_managed_agents.preview.review import StageReview

    Confirm = Callable[[str], bool]

LINE = 100
"""The width of a text that goes into a file."""
HALF_DONE = "the run failed; what had finished before is recorded, and the next run goes on from there"
STOPPED = "the preview stopped; nothing was changed"


def preview_stages(
    project: Path, stages: tuple[str, ...], *, emulator: bool, form: str = "text", output: Path | None = None
) -> int:
    """Preview stages and write one review of all of them; how many resources and tests would change.

    `form` is ``text``, ``json`` or ``markdown``. The review is written also where a stage cannot go on; its error
    follows.
    """
    console = Console(aside=form != "text" and output is None)
    previews = [_previewed(project, stage, console, emulator=emulator) for stage in stages]
    review = Review(tuple(reviewed for _, reviewed in previews))
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(_written(review, form, LINE), encoding="utf-8")
        console.line(f"wrote {output}")
    elif form == "text":
        console.review(_written(review, form, console.width))
    else:
        sys.stdout.write(_written(review, form, LINE))
    for outcome, _ in previews:
        _must_have_worked(outcome, STOPPED)
    return sum(outcome.changes for outcome, _ in previews)


def _previewed(project: Path, stage: str, console: Console, *, emulator: bool) -> tuple[Outcome, StageReview]:
    with records() as folder:
        opened = _open(project, stage, console, emulator=emulator, variables={VARIABLE: str(folder)})
        opened.must_be_well_formed()
        return review_of(opened, console, folder)


def _written(review: Review, form: str, width: int) -> str:
    if form == "json":
        from pulumi_managed_agents.preview.machine import as_json

        return as_json(review)
    if form == "markdown":
        from pulumi_managed_agents.preview.markdown import markdown

        return markdown(review, artifact=_run_page(os.environ))
    from pulumi_managed_agents.preview.text import text

    return text(review, width)


def _run_page(environment: Mapping[str, str]) -> str:
    """The page of the GitHub Actions run that this is a part of, or an empty text."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def up_stage(project: Path, stage: str, *, emulator: bool, confirm: Confirm | None) -> None:
    """Deploy a stage, after a preview and a question if need be; say what was made and what to type next."""
    console = Console()
    if confirm:
        outcome, reviewed = _previewed(project, stage, console, emulator=emulator)
        console.review(_written(Review((reviewed,)), "text", console.width))
        _must_have_worked(outcome, STOPPED)
    opened = _open(project, stage, console, emulator=emulator)
    opened.must_be_well_formed()
    if confirm:
        _agree(confirm, f"Deploy '{stage}' to {opened.workspace()}? Its smoke tests may cost {opened.cap()}.")
    written = emulation.writes(opened.emulator) if opened.emulator else 0
    began = time.monotonic()
    outcome = opened.engine.up(console)
    console.lines(table(outcome))
    _must_have_worked(outcome)
    sent = emulation.writes(opened.emulator) - written if opened.emulator else None
    console.lines([f"{tally(outcome, sent)} in {time.monotonic() - began:.1f} s"])
    console.lines([next_step(outcome, _command(stage, emulator=emulator))])


def destroy_stage(project: Path, stage: str, *, emulator: bool, confirm: Confirm | None) -> None:
    """Take a stage down, after saying what becomes of each object, and a question if need be."""
    console = Console()
    opened = _open(project, stage, console, emulator=emulator)
    if confirm:
        console.lines(removals(opened.engine.resources(), policy(own_config(opened.project)).on_removal))
        _agree(confirm, f"Take down '{stage}' in {opened.workspace()}, as said above?")
    outcome = opened.engine.destroy(console)
    _must_have_worked(outcome)
    console.lines([tally(outcome)])


def smoke_stage(project: Path, stage: str, names: tuple[str, ...], *, emulator: bool) -> None:
    """Run smoke tests on the versions that are deployed, whatever has changed since.

    Raises:
        SmokeFailed: an assertion does not hold.
    """
    from pulumi_managed_agents.engine.smoke_now import run_now

    console = Console()
    opened = _open(project, stage, console, emulator=emulator)
    failures = run_now(opened, names, console.line)
    if failures:
        raise SmokeFailed("\n".join(failures))


def _open(
    project: Path, stage: str, console: Console, *, emulator: bool, variables: Mapping[str, str] | None = None
) -> Opened:
    opened = open_stage(project, stage, emulator=emulator, variables=variables)
    console.line(f"{opened.project.name}, stage {stage}: {opened.title}")
    return opened


def _command(stage: str, *, emulator: bool) -> str:
    """The command line as it was called, with a place for the command's name."""
    program = sys.argv[0] if sys.argv[0].startswith(".") else "managed-agents"
    return f"{program} {{}} {stage}" + (" --emulator" if emulator else "")


def _agree(confirm: Confirm, question: str) -> None:
    if not confirm(question):
        raise Refused("nothing was changed")


def _must_have_worked(outcome: Outcome, message: str = HALF_DONE) -> None:
    """Turn an engine's failure into the error with the right exit code; its lines were shown as they came."""
    if outcome.ok:
        return
    raise failure(outcome)(message)
