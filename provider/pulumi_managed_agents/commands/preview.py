"""`managed-agents preview`: what an up would do to each stage, reviewed and written; nothing is changed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.export import read_export
from pulumi_managed_agents.commands.scope import WHOLE, Scope
from pulumi_managed_agents.config.policy import policy
from pulumi_managed_agents.engine.events import Message, error_text
from pulumi_managed_agents.engine.plan_collection import count_of, open_for_plans, plan_folder
from pulumi_managed_agents.engine.stage_results import subject_of
from pulumi_managed_agents.errors import Conflict, InputError, ManagedAgentsError, Refused
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.reports import Report, deliver_on, is_shown, keeps_standard_output, run_page
from pulumi_managed_agents.output.run_summary import STOPPED, failure, must_have_worked
from pulumi_managed_agents.reconcile.fingerprint import new_salt
from pulumi_managed_agents.reconcile.mark import BOOKS
from pulumi_managed_agents.review.plan_files import collect, prepare_to_save
from pulumi_managed_agents.review.review import EngineStep, Review, StageReview, stage_review
from pulumi_managed_agents.stage import retiring_models

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Event, RunOutcome
    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.review.review import Ending
    from pulumi_managed_agents.review.style import Page
    from pulumi_managed_agents.stage import Stage


def preview_stages(
    project: Path,
    stages: tuple[str, ...],
    *,
    emulator: bool,
    reports: Sequence[Report] = (Report("text"),),
    scope: Scope = WHOLE,
    save_to: Path | None = None,
    against: Path | None = None,
) -> int:
    """Preview stages and write one review of all of them; returns how many resources and tests would change.

    The review is written even if a stage cannot go on; its error follows. The plan of the one stage is saved in
    `save_to`, unless an up would stop. `against` is an export of the one stage, to compare with instead of its state.
    """
    console = Console(aside=keeps_standard_output(reports))
    previews, saved = [], []
    for stage in stages:
        with plan_folder() as folder, read_export(against, project, stage) as recorded:
            salt = new_salt() if save_to else ""
            seen = preview_stage(
                project,
                stage,
                console,
                folder,
                emulator=emulator,
                salt=salt,
                scope=replace(scope, recorded=recorded),
            )
            outcome, of_stage = seen.outcome, seen.review
            previews.append((outcome, of_stage))
            if outcome.ok:
                console.lines(retiring_models.warnings(seen.opened.client, seen.files))
            if save_to and outcome.ok:
                # Imported here: to make the models of saved plans takes a twentieth of a second.
                from pulumi_managed_agents.commands.saved_plan import save_plan

                saved = save_plan(save_to, project, of_stage, folder, emulator=emulator)
            elif save_to:
                saved = ["no plan was saved: an up would stop"]
    review = Review(tuple(of_stage for _, of_stage in previews))
    for_terminal = Review(tuple(map(without_failure, review.stages))) if is_shown(reports) else review
    deliver_on(console, reports, lambda form, width: _rendered(for_terminal if form == "text" else review, form, width))
    for outcome, of_stage in previews:
        if of_stage.ending == "failed" or not is_shown(reports):
            console.errors(outcome.errors)
    console.lines(saved)
    for outcome, _ in previews:
        must_have_worked(outcome, STOPPED)
    return sum(_changes(outcome, of_stage) for outcome, of_stage in previews)


def _changes(outcome: RunOutcome, review: StageReview) -> int:
    """How many resources and tests an up would change; to record what is live already changes nothing.

    Neither do the books, where they only follow what is recorded and no test runs.
    """
    recorded = sum(plan.only_records for plan in review.resources)
    follows = recorded and not review.tests.due and outcome.changes_beside(BOOKS) == recorded
    return 0 if follows else outcome.changes - recorded


def without_failure(review: StageReview) -> StageReview:
    """A review for the terminal; why a preview could not be made is on standard error."""
    return replace(review, errors=()) if review.ending == "failed" else review


def previewed_stages(folder: Path, stages: tuple[str, ...], reports: Sequence[Report]) -> int:
    """Write one review of what earlier previews left in a folder as `STAGE.json`; returns how much would change.

    A stage without such a file is in the review as one that nothing is known about.
    """
    from pulumi_managed_agents.review.json import from_json

    console = Console(aside=keeps_standard_output(reports))
    reviews: list[StageReview] = []
    for stage in stages:
        file = folder / f"{stage}.json"
        try:
            reviews += from_json(file.read_text(encoding="utf-8"), str(file)).stages
        except FileNotFoundError:
            reviews.append(
                StageReview(
                    stage,
                    "failed",
                    errors=("no preview of it was written; the log of its run says why",),
                    complete=False,
                )
            )
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: cannot be read: {error}") from None
    review = Review(tuple(reviews))
    deliver_on(console, reports, lambda form, width: _rendered(review, form, width))
    return sum(not plan.only_records for stage in review.stages for plan in stage.resources)


@dataclass(frozen=True)
class Preview:
    """How the preview of a stage ended and what it means, with the stage and its files; a program has none."""

    outcome: RunOutcome
    review: StageReview
    opened: OpenStage
    files: Stage | None


def preview_stage(
    project: Path,
    stage: str,
    console: Console,
    folder: Path,
    *,
    emulator: bool,
    salt: str = "",
    scope: Scope = WHOLE,
) -> Preview:
    """Preview one stage, and say what that means; the plans are left in `folder`.

    With a `salt` so is what a saved plan holds beside them: the engine's own plan, and fingerprints of the secrets.
    Errors are part of the review; the console shows the rest. What probably moved is one of them, unless it will be
    asked about.
    """

    def show_all_but_errors(event: Event) -> None:
        console.count(event)
        if isinstance(event, Message) and event.severity != "error":
            console(event)

    reach = scope.of(project, stage)
    opened, files = open_for_plans(
        project, stage, console.line, folder, emulator=emulator, variables=reach.variables, recorded=scope.recorded
    )
    console.lines(filter(None, [reach.line]))
    engine_plan = prepare_to_save(folder, salt) if salt else None
    with console.following(f"looking at {stage}", 0 if reach.targets else count_of(files)):
        engine_outcome = opened.engine.preview(show_all_but_errors, engine_plan, reach.targets)
    outcome, review = reviewed(opened, engine_outcome, list(_engine_steps(engine_outcome)), folder, asks=scope.asks)
    compared = replace(review, compared=scope.recorded.line) if scope.recorded else review
    return Preview(outcome, compared, opened, files)


def reviewed(
    opened: OpenStage, outcome: RunOutcome, steps: Sequence[EngineStep], folder: Path, *, asks: bool
) -> tuple[RunOutcome, StageReview]:
    """How a run would end that nobody lets go on where an up would stop, and the review of what it would do.

    `asks` says that a person will be asked about what probably moved, so that this does not stop it.
    """
    plans, stage = collect(folder), opened.project.stage
    reasons = plans.removals.reasons(stage) if plans.removals.wholesale or not asks else []
    # The program and the provider went on where an up would stop, so that the engine knows nothing of these errors.
    stops = tuple(Message("error", text) for text in (*reasons, *plans.stops))
    stopped = replace(outcome, ok=outcome.ok and not stops, messages=(*outcome.messages, *stops))
    review = stage_review(
        stage,
        steps,
        plans,
        ending=_ending(stopped),
        complete=outcome.ok,
        errors=tuple(map(error_text, stopped.errors)),
        on_removal=policy(opened.project.own_config).on_removal,
    )
    return stopped, review


def _ending(outcome: RunOutcome) -> Ending:
    endings: dict[type[ManagedAgentsError], Ending] = {Conflict: "conflict", Refused: "refused"}
    return "planned" if outcome.ok else endings.get(failure(outcome), "failed")


def _engine_steps(outcome: RunOutcome) -> Iterator[EngineStep]:
    for step in outcome.steps:
        subject = subject_of(step)
        if subject and not step.error and step.op != "delete-replaced":
            yield EngineStep(step.op, subject.kind, subject.name, subject.version)


def _rendered(review: Review, form: str, width: int) -> str | Page:
    """A review as text, JSON or Markdown."""
    if form == "json":
        from pulumi_managed_agents.review.json import as_json

        return as_json(review)
    if form == "markdown":
        from pulumi_managed_agents.review.markdown import markdown

        return markdown(review, artifact=run_page(os.environ))
    from pulumi_managed_agents.review.text import text

    return text(review, width)
