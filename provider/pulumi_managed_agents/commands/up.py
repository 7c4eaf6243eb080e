"""The commands that run a stage: open an engine, follow it, say what came of it."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.console import Console
from pulumi_managed_agents.commands.output import (
    Report,
    deliver_result,
    keeps_standard_output,
    report_up,
    smoke_result,
    up_result,
    write_report,
)
from pulumi_managed_agents.commands.preview import previewed, records
from pulumi_managed_agents.commands.summary import (
    UNTOUCHED,
    coverage_line,
    held_lines,
    must_have_worked,
    next_step,
    table,
    tally,
)
from pulumi_managed_agents.config.policy import policy
from pulumi_managed_agents.engine import emulator as emulation
from pulumi_managed_agents.engine.events import outputs_of, recorded_workspace
from pulumi_managed_agents.engine.opening import open_stage, opened_stage
from pulumi_managed_agents.engine.project import typed
from pulumi_managed_agents.errors import Refused, SmokeFailed
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.review.plan_files import REVIEWED_PLANS
from pulumi_managed_agents.review.review import Review
from pulumi_managed_agents.review.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.config.policy import OnRemoval

SPARED = {
    "retain": "left as it is, and forgotten (managed-agents:onRemoval is 'retain')",
    "refuse": "refused (managed-agents:onRemoval is 'refuse'; set it to 'archive' and run `up` first)",
}


def removals(resources: Iterable[Mapping[str, Any]], on_removal: OnRemoval) -> Iterator[str]:
    """One line for each managed object among an engine's recorded resources: ``agent agents/lead: archived for ever``.

    What never was made, such as a deployment that waits for a proof, is left out.
    """
    for resource in resources:
        about = resource["inputs"].get(RESOURCE) or {}
        facts = FACTS.get(about.get("kind", ""))
        if facts and "__applied" in resource["outputs"]:
            fate = SPARED.get(on_removal) or facts.fate
            yield f"{facts.kind.replace('_', ' ')} {about['name']}: {fate}"


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Outcome
    from pulumi_managed_agents.engine.opening import Opened

    Confirm = Callable[[str], bool]

TEXT = (Report("text"),)


def up_stage(
    project: Path,
    stage: str,
    *,
    emulator: bool,
    confirm: Confirm | None,
    report: Path | None = None,
    asked: Sequence[Report] = TEXT,
) -> None:
    """Deploy a stage, after a preview and a question if need be; say what was made and what to type next.

    Also without a question nothing is written where a preview says that an up would stop. `report` takes the results of
    the smoke tests as JUnit XML, `asked` the whole result; both also of a failed run.
    """
    console = Console(aside=keeps_standard_output(asked))
    with records() as plans:
        changes = _foreseen(project, stage, console, plans, emulator=emulator, shown=bool(confirm))
        # After a preview that was shown it has been said already which engine runs the stage, and what is planned.
        opened = opened_stage(
            project,
            stage,
            (Console(quiet=True) if confirm else console).line,
            emulator=emulator,
            variables={REVIEWED_PLANS: str(plans)} if confirm else {},
        )
        opened.must_be_well_formed()
        if confirm and changes:
            _agree(confirm, f"Deploy '{stage}' to {opened.workspace()}? Its smoke tests may cost {opened.cap()}.")
        before = emulation.writes(opened.emulator) if opened.emulator else 0
        began = time.monotonic()
        with console.following():
            outcome = opened.engine.up(console)
    console.lines(table(outcome))
    if report:
        console.lines([report_up(report, stage, outcome)])
    seconds = time.monotonic() - began
    sent = emulation.writes(opened.emulator) - before if opened.emulator else None
    deliver_result(console, asked, lambda: up_result(stage, outcome, writes=sent, seconds=seconds))
    must_have_worked(outcome)
    console.lines([f"{tally(outcome, sent)} in {seconds:.1f} s", *coverage_line(outcome), *held_lines(outcome)])
    console.lines([_next_step(outcome, opened)])


def _foreseen(project: Path, stage: str, console: Console, plans: Path, *, emulator: bool, shown: bool) -> int:
    """How many resources an up would change; raises what would stop it, which nothing can where there is no state.

    The plans are left in a folder.
    """
    if not (shown or open_stage(project, stage, emulator=emulator).engine.resources()):
        return 0
    with console.following("looking at what is live …"):
        quiet = Console(quiet=True)
        outcome, reviewed = previewed(project, stage, console if shown else quiet, plans, emulator=emulator)
    if shown:
        console.page(text(Review((reviewed,)), console.width))
    else:
        console.errors(outcome.errors)
    must_have_worked(outcome, UNTOUCHED)
    return outcome.changes


def _next_step(outcome: Outcome, opened: Opened) -> str:
    project = opened.project
    return next_step(
        outcome,
        project.stage,
        partial(typed, emulator=bool(opened.emulator)),
        verified_in=gate(project.own_config, project.name).verified_in,
        program=os.path.relpath(project.program / "__main__.py", project.root),
    )


def destroy_stage(project: Path, stage: str, *, emulator: bool, confirm: Confirm | None) -> None:
    """Take a stage down, after saying what becomes of each object, and after a question unless `confirm` is None."""
    console = Console()
    opened = opened_stage(project, stage, console.line, emulator=emulator)
    resources = opened.engine.resources()
    on_removal = policy(opened.project.own_config).on_removal
    fates = list(removals(resources, on_removal))
    console.lines(fates)
    if fates and on_removal == "refuse":
        raise Refused(f"'{stage}' cannot be taken down as it is configured; nothing was changed")
    if confirm:
        _agree(confirm, f"Take down '{stage}' in {opened.workspace()}, as said above?")
    _end_left_over(opened, resources, console)
    with console.following():
        outcome = opened.engine.destroy(console)
    must_have_worked(outcome)
    console.lines([tally(outcome)])


def _end_left_over(opened: Opened, resources: list[dict[str, Any]], console: Console) -> None:
    """End sessions that killed smoke runs left: an environment that one refers to could only be archived."""
    from pulumi_managed_agents.smoke.leftover_sessions import delete_leftovers

    tests = outputs_of(resources, "SmokeTests").get("tests") or {}
    if tests:
        agents = (test["agent_id"] for test in tests.values())
        client = opened.client()
        client.expect(recorded_workspace(resources))
        delete_leftovers(client, agents, {"stage": opened.project.stage}, console.line)


def smoke_stage(
    project: Path,
    stage: str,
    names: tuple[str, ...],
    *,
    emulator: bool,
    report: Path | None = None,
    asked: Sequence[Report] = TEXT,
) -> None:
    """Run smoke tests on the versions that are deployed, whatever has changed since.

    `report` takes the results as JUnit XML, `asked` as JSON.

    Raises:
        SmokeFailed: an assertion does not hold.
    """
    from pulumi_managed_agents.commands.smoke import run_now
    from pulumi_managed_agents.release.smoke_results import failure_messages

    console = Console(aside=keeps_standard_output(asked))
    opened = opened_stage(project, stage, console.line, emulator=emulator)
    ran = run_now(opened, names, console.line)
    if report:
        console.line(write_report(report, stage, ran.tests, ran.results))
    deliver_result(console, asked, lambda: smoke_result(stage, ran.results))
    if failed := failure_messages(ran.tests, ran.results):
        raise SmokeFailed("\n".join(failed))


def _agree(confirm: Confirm, question: str) -> None:
    if not confirm(question):
        raise Refused("nothing was changed")
