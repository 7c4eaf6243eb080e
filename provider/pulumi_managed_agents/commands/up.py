"""`managed-agents up`: deploy a stage and run its smoke tests, after a preview and a question if need be."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from pulumi_managed_agents import one_command
from pulumi_managed_agents.commands.preview import preview_stage, reviewed, without_failure
from pulumi_managed_agents.commands.scope import WHOLE, Scope
from pulumi_managed_agents.engine import emulator as emulation
from pulumi_managed_agents.engine.events import INTERRUPTED, Message, RunOutcome
from pulumi_managed_agents.engine.open_stage import cost_cap, open_and_announce, open_stage
from pulumi_managed_agents.engine.own_state import is_judged_by_itself, variables_of_up
from pulumi_managed_agents.engine.plan_collection import plan_folder, plans_into
from pulumi_managed_agents.engine.prerequisites import must_be_ready
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.errors import ManagedAgentsError, Refused
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.junit import report_up
from pulumi_managed_agents.output.reports import Report, deliver_result, keeps_standard_output
from pulumi_managed_agents.output.run_report import up_result
from pulumi_managed_agents.output.run_summary import (
    UNTOUCHED,
    coverage_line,
    must_have_worked,
    next_step,
    table,
    tally,
)
from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.review.phrases import gone_for_ever
from pulumi_managed_agents.review.plan_files import (
    AHEAD_PLANS,
    AS_REVIEWED,
    JUDGED,
    REVIEWED_PLANS,
    collect,
    engine_plan,
)
from pulumi_managed_agents.review.review import Review
from pulumi_managed_agents.review.style import UNBOUNDED, Line, Page
from pulumi_managed_agents.review.text import text
from pulumi_managed_agents.stage import retiring_models

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pulumi_managed_agents.commands.saved_plan import PlanFile
    from pulumi_managed_agents.engine.events import Event
    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.review.review import EngineStep, StageReview
    from pulumi_managed_agents.stage import Stage


def up_stage(
    project: Path,
    stage: str,
    *,
    emulator: bool,
    confirm: Callable[[str], bool] | None,
    report: Path | None = None,
    reports: Sequence[Report] = (Report("text"),),
    scope: Scope = WHOLE,
) -> None:
    """Deploy a stage, after a preview and a question if need be; say what was made and what to type next.

    Also without a question nothing is written where a preview says that an up would stop, or other than a saved plan.
    No preview is needed for that where there is no state, nor where the program judges all that it will write: of a
    whole stage it asks the question, too, if it runs in this process. What probably only moved is asked about on its
    own. `report` takes the results of the smoke tests as JUnit XML, `reports` the whole result; both also of a failed
    run.
    """
    console = Console(aside=keeps_standard_output(reports))
    must_be_ready(project, stage, emulator=emulator)
    approved = _approved(scope.plan, project, stage) if scope.plan else None
    shown = bool(confirm or approved)
    with plan_folder() as plans:
        look = _Look(project, stage, plans, emulator, scope, approved)
        first = open_stage(project, stage, emulator=emulator)
        files = first.must_be_well_formed()
        runs_here = first.runs_program and one_command.is_free()
        recorded = first.engine.resources() if runs_here or not shown else []
        judges_itself = not approved and is_judged_by_itself(first, recorded)
        asks_itself = bool(confirm) and judges_itself and runs_here and not scope.only
        is_known = asks_itself if shown else judges_itself or not recorded
        planned = None if is_known else look.planned(console, shown=shown)
        if confirm and planned:
            scope = scope.with_moves_confirmed(planned.review, confirm)
        reach = scope.of(project, stage)
        # After a preview that was shown it has been said already which engine runs the stage, and what is planned.
        unsaid = Console(quiet=True) if shown and planned else console
        opened = open_and_announce(
            project,
            stage,
            unsaid.line,
            emulator=emulator,
            variables={
                **reach.variables,
                REVIEWED_PLANS: str(plans) if shown else "",
                AHEAD_PLANS: "" if planned else str(plans),
                AS_REVIEWED: "1" if approved else "",
                JUDGED: "1" if planned else "",
                **variables_of_up(first, files),
            },
        )
        unsaid.lines(filter(None, [reach.line]))
        if planned or (recorded and not asks_itself):
            console.lines(retiring_models.warnings(opened.client, files))
        if confirm and planned and planned.changes:
            _must_be_agreed_to(confirm, planned.review, opened, files)
        # The emulator counts requests; of the real API nobody knows how many there were.
        before = emulation.writes(opened.emulator) if opened.emulator else 0
        began = time.monotonic()
        if confirm and asks_itself:
            asked = _Asked(opened, files, console, confirm, scope, plans)
            with console.following(f"looking at {stage}"), one_command.asking(asked.question):
                outcome = opened.engine.up(asked.show)
            began = asked.must_have_been_agreed_to()
        else:
            with console.following(f"deploying {stage}"):
                outcome = opened.engine.up(console, reach.targets, engine_plan(plans) if approved else None)
        summary = table(outcome, collect(plans).resources, UNBOUNDED if scope.wide else console.width)
        console.page(Page([*([Line()] if summary else []), *summary]))
    if report:
        console.lines([report_up(report, stage, outcome)])
    seconds = time.monotonic() - began
    sent = emulation.writes(opened.emulator) - before if opened.emulator else None
    deliver_result(console, reports, lambda: up_result(stage, outcome, writes=sent, seconds=seconds))
    must_have_worked(outcome)
    console.lines([f"{tally(outcome, sent)} in {seconds:.1f} s", *coverage_line(outcome)])
    console.lines([_next_step(outcome, opened)])


def _must_be_agreed_to(
    confirm: Callable[[str], bool], review: StageReview, opened: OpenStage, files: Stage | None
) -> None:
    """Ask whether to deploy. Raises `Refused` for a no."""
    stage = opened.project.stage
    question = f"Deploy '{stage}' to {opened.workspace()}? Its smoke tests may cost {cost_cap(files)}."
    if not confirm(" ".join(filter(None, [gone_for_ever(review), question]))):
        raise Refused("nothing was changed").with_cause_shown()


@dataclass
class _Asked:
    """What the program asks in a run of its own, before it writes anything; `plans` is where its plans are."""

    opened: OpenStage
    files: Stage | None
    console: Console
    confirm: Callable[[str], bool]
    scope: Scope
    plans: Path
    agreed_at: float = 0.0
    refused: Exception | None = None
    early_errors: list[str] = field(default_factory=list)

    @property
    def question(self) -> one_command.Question:
        """For the program, which asks in a thread of its own."""
        return one_command.Question(self._ask, plans_into(self.plans))

    def show(self, event: Event) -> None:
        """Show what the engine reports; errors before the answer wait for the end of the run, which they explain."""
        if isinstance(event, Message) and event.severity == "error" and not self.agreed_at:
            self.early_errors.append(event.text)
        else:
            self.console(event)

    def must_have_been_agreed_to(self) -> float:
        """When it was agreed to, or now if the run ended before it could ask.

        Raises:
            ManagedAgentsError: it was refused, or interrupted.
        """
        if self.refused:
            raise self.refused
        if INTERRUPTED in self.early_errors:
            self.console.line("")  # to begin a line below the question
            raise ManagedAgentsError("cancelled: nothing was changed")
        self.console.errors(self.early_errors)
        return self.agreed_at or time.monotonic()

    def _ask(self, steps: Sequence[EngineStep]) -> bool:
        stage = self.opened.project.stage
        with self.console.paused(f"deploying {stage}"):
            try:
                self._show_and_ask(steps)
            except Exception as error:  # of any kind: raised where the command goes on
                self.refused = error
        if self.refused:
            return False
        self.agreed_at = time.monotonic()
        return True

    def _show_and_ask(self, steps: Sequence[EngineStep]) -> None:
        outcome, review = reviewed(self.opened, RunOutcome.of((), {}, ok=True), steps, self.plans, asks=True)
        self.console.page(text(Review((review,)), self.console.width))
        must_have_worked(outcome, UNTOUCHED)
        self.scope.with_moves_confirmed(review, self.confirm)
        self.console.lines(retiring_models.warnings(self.opened.client, self.files))
        if review.tests.due or any(step.op != "same" for step in steps):
            _must_be_agreed_to(self.confirm, review, self.opened, self.files)


def _approved(file: Path, project: Path, stage: str) -> PlanFile:
    # Imported here: to make the models of saved plans takes a twentieth of a second.
    from pulumi_managed_agents.commands.saved_plan import read_plan

    return read_plan(file, project, stage)


@dataclass(frozen=True)
class _Planned:
    """How many resources an up would change, and the review that says so."""

    changes: int
    review: StageReview


@dataclass(frozen=True)
class _Look:
    """A look at what an up would do, before it does it; the plans are left in the folder `plans`."""

    project: Path
    stage: str
    plans: Path
    emulator: bool
    scope: Scope
    approved: PlanFile | None

    def planned(self, console: Console, *, shown: bool) -> _Planned:
        """What an up would change; raises what would stop it.

        Raises:
            Refused: it is not what was approved.
        """
        approved = self.approved
        with console.following(f"looking at {self.stage}"):
            seen = preview_stage(
                self.project,
                self.stage,
                console if shown else console.quietly(),
                self.plans,
                emulator=self.emulator,
                salt=approved.salt if approved else "",
                scope=replace(self.scope, asks=shown and not approved),
            )
        outcome, reviewed = seen.outcome, seen.review
        if shown:
            console.page(text(Review((without_failure(reviewed),)), console.width))
        if reviewed.ending == "failed" or not shown:
            console.errors(outcome.errors)
        if approved:
            from pulumi_managed_agents.commands.saved_plan import must_be_unmoved  # as in `_approved`

            must_be_unmoved(approved, self.project, outcome, reviewed, self.plans, emulator=self.emulator)
            console.lines([approved.origin])
        must_have_worked(outcome, UNTOUCHED)
        return _Planned(outcome.changes, reviewed)


def _next_step(outcome: RunOutcome, opened: OpenStage) -> str:
    project = opened.project
    return next_step(
        outcome,
        project.stage,
        partial(command_line, emulator=bool(opened.emulator)),
        verified_in=gate(project.own_config, project.name).verified_in,
        program=os.path.relpath(project.program / "__main__.py", project.root),
    )
