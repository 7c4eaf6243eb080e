"""`managed-agents status`: what serves on each stage, proven by what, and what to do; only by reading.

Each state is read once, and each stage that is asked for previewed once, to see what was changed outside. Without
a network, a credential or readable files the status says what the states know, and what could not be compared.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.drift import look_outside
from pulumi_managed_agents.commands.export import read_export
from pulumi_managed_agents.commands.promote.origins import came_from
from pulumi_managed_agents.engine.events import error_text
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.plan_collection import plan_folder, plans_into
from pulumi_managed_agents.engine.project import command_line, must_be_stage, read_project
from pulumi_managed_agents.engine.project import stages as stages_of
from pulumi_managed_agents.engine.stage_results import subject_of
from pulumi_managed_agents.engine.stage_state import state_of
from pulumi_managed_agents.errors import InputError, ManagedAgentsError
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.reports import Report, deliver_on, keeps_standard_output, run_page
from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.review.plan_files import collect
from pulumi_managed_agents.review.stage_state import StageState
from pulumi_managed_agents.review.status import StageStatus, StatusReport, stage_status
from pulumi_managed_agents.review.status_advice import with_advice
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.stage.retiring_models import retiring_models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.engine.events import RunOutcome
    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.review.drift import StageDrift
    from pulumi_managed_agents.review.plan_files import Plans
    from pulumi_managed_agents.review.style import Page

WHOLE = ("create", "replace", "delete")
"""What an engine does with a whole resource, whichever of its fields differ."""
EDITS = ("edit", "conflict")
"""The causes of changes in which a file has a part."""
OFFLINE = "not compared with what is live: --offline"


def status_stages(
    project: Path,
    stages: tuple[str, ...],
    *,
    emulator: bool,
    offline: bool = False,
    reports: Sequence[Report] = (Report("text"),),
) -> StatusReport:
    """Write the status of stages, of all unless some are named.

    Raises:
        InputError: there is no such stage, or no project.
    """
    console = Console(aside=keeps_standard_output(reports))
    report, _ = status_of(project, stages, console, emulator=emulator, offline=offline)
    deliver_on(console, reports, lambda form, width: _rendered(report, form, width))
    return report


def status_of(
    project: Path,
    stages: tuple[str, ...],
    console: Console,
    *,
    emulator: bool,
    offline: bool,
    records: Path | None = None,
) -> tuple[StatusReport, dict[str, StageState]]:
    """The status of stages, of all unless some are named, and the states that could be read.

    With `records` what stages record is read from what `export` wrote there, ``STAGE/record.json`` each.

    Raises:
        InputError: there is no such stage, or no project.
    """
    root = project.resolve()
    names = stages or tuple(_in_order(root, emulator=emulator))
    for name in names:
        must_be_stage(root, name)
    with ExitStack() as exports:
        states = _States(root, emulator, records, exports)
        report = StatusReport(tuple(_status_of(states, name, console, offline=offline) for name in names))
        return report, states.known()


@dataclass
class _States:
    """The states of a project's stages, each read once; one that cannot be read is an error instead."""

    root: Path
    emulator: bool
    records: Path | None
    exports: ExitStack
    _read: dict[str, StageState | ManagedAgentsError] = field(default_factory=dict)

    def opened(self, stage: str, plans: Path) -> OpenStage | ManagedAgentsError:
        """The stage, whose previews write plans into a folder; or why it cannot be opened."""
        try:
            return self._open(stage, plans_into(plans))
        except ManagedAgentsError as error:
            return error

    def _open(self, stage: str, variables: Mapping[str, str] | None = None) -> OpenStage:
        file = self.records / stage / "record.json" if self.records else None
        if file and not file.exists():
            raise InputError(f"there is no {file}; `managed-agents export {stage} --output {file}` writes it")
        recorded = self.exports.enter_context(read_export(file, self.root, stage))
        return open_stage(self.root, stage, emulator=self.emulator, variables=variables, recorded=recorded)

    def of(self, stage: str, opened: OpenStage | ManagedAgentsError) -> StageState | ManagedAgentsError:
        """The state of a stage, or why it is not known."""
        if stage not in self._read:
            try:
                self._read[stage] = opened if isinstance(opened, ManagedAgentsError) else state_of(opened)
            except ManagedAgentsError as error:
                self._read[stage] = error
        return self._read[stage]

    def known(self) -> dict[str, StageState]:
        """The states that could be read."""
        return {stage: state for stage, state in self._read.items() if isinstance(state, StageState)}

    def before(self, stage: str) -> StageState | ManagedAgentsError | None:
        """The state of the stage that another one takes over from; None if there is no such stage."""
        try:
            name = _stage_before(self.root, stage)
            if not name:
                return None
            if name in self._read:
                return self._read[name]
            return self.of(name, self._open(name))
        except ManagedAgentsError as error:
            return error


def _status_of(states: _States, stage: str, console: Console, *, offline: bool) -> StageStatus:
    with plan_folder() as plans, console.following(f"looking at {stage}"):
        opened = states.opened(stage, plans)
        state = states.of(stage, opened)
        if isinstance(opened, ManagedAgentsError) or isinstance(state, ManagedAgentsError):
            return StageStatus(stage, "not known", unknown=(f"its state cannot be read: {_first_line(str(state))}",))
        before = states.before(stage)
        unknown = []
        if isinstance(before, ManagedAgentsError):
            unknown = [f"not compared with the stage before: {_first_line(str(before))}"]
        if not state.resources:
            live = _Live()
        else:
            live = _Live(unknown=OFFLINE) if offline else _compared(opened, plans, console)
    status = stage_status(
        state,
        live.drift,
        live.waiting,
        before=before if isinstance(before, StageState) else None,
        unknown=[*filter(None, [live.unknown]), *unknown],
        live_versions=live.versions,
    )
    retiring = () if offline or not state.resources else _retiring(opened, state)
    status = replace(status, unproven=live.unproven, retiring=retiring)
    return with_advice(status, partial(command_line, emulator=states.emulator))


@dataclass(frozen=True)
class _Live:
    """What came of looking at what is live.

    Attributes:
        drift: What was changed outside.
        waiting: How many resources the files change.
        unknown: What could not be compared, and why.
        versions: The live version of each agent.
        unproven: What goes without proof, and what no proof covers.
    """

    drift: StageDrift | None = None
    waiting: int | None = None
    unknown: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    unproven: tuple[str, ...] = ()


def _compared(opened: OpenStage, plans: Path, console: Console) -> _Live:
    try:
        opened.must_be_well_formed()
        outcome, drift = look_outside(opened, plans, console.count)
    except ManagedAgentsError as error:
        return _Live(unknown=f"not compared with what is live: {_first_line(str(error))}")
    why = _first_line(error_text(next(iter(outcome.errors), "the preview failed")))
    if not (outcome.ok or drift.looked_at):
        return _Live(unknown=f"not compared with what is live: {why}")
    stopped = "" if outcome.ok else f"compared in part with what is live: {why}"
    planned = collect(plans)
    versions = {plan.name: plan.live_version for plan in planned.resources if plan.kind == "agent"}
    return _Live(drift, _edited(outcome, planned) if outcome.ok else None, stopped, versions, planned.unproven)


def _retiring(opened: OpenStage, state: StageState) -> tuple[str, ...]:
    """What the API says of the models of what is deployed; nothing without a credential, which is said already."""
    agents = {resource.name: resource.models for resource in state.resources if resource.models}
    with suppress(ManagedAgentsError), closing(opened.client()) as client:
        return tuple(map(str, retiring_models(client, agents)))
    return ()


def _edited(outcome: RunOutcome, plans: Plans) -> int:
    """How many resources the files change; what only follows another is none of them."""
    edited = {
        (plan.kind, plan.name) for plan in plans.resources if any(change.cause in EDITS for change in plan.changes)
    }
    digests = {
        (subject.kind, subject.name) for step in outcome.steps if step.op in WHOLE and (subject := subject_of(step))
    }
    gone = {(plan.kind, plan.name) for plan in plans.resources if plan.vanished}
    return len(edited | digests - gone)


def _stage_before(root: Path, stage: str) -> str:
    """The stage that a stage takes over from: by its gate, else by what was last promoted into it; or empty."""
    project = read_project(root, stage)
    return gate(project.own_config, project.name).verified_in or came_from(root, stage)


def _in_order(root: Path, *, emulator: bool) -> list[str]:
    """All stages, each behind the one that it takes over from."""
    known = stages_of(root)
    if not known:
        read_project(root, "dev")  # says so where there is no project at all
        command = command_line("status STAGE", emulator=emulator)
        raise InputError(f"a Python program has no list of its stages; name one: `{command}`")
    order: list[str] = []
    waiting = {name: _stage_before_or_none(root, name) for name in known}
    while waiting:
        # A circle, in which no stage comes first, stays in the order of names.
        ready = [name for name, before in waiting.items() if before not in waiting] or list(waiting)
        order += ready
        waiting = {name: before for name, before in waiting.items() if name not in ready}
    return order


def _stage_before_or_none(root: Path, stage: str) -> str:
    try:
        return _stage_before(root, stage)
    except ManagedAgentsError:  # its own row says why
        return ""


def _first_line(text: str) -> str:
    """The first line of an error, without secrets, and how many more there are."""
    first, *more = KNOWN.scrubber().text(text).strip().splitlines() or [""]
    return f"{first.strip()} (and {len(more)} more)" if more else first.strip()


def _rendered(report: StatusReport, form: str, width: int) -> str | Page:
    """A status as text, JSON or Markdown."""
    if form == "json":
        from pulumi_managed_agents.review.json import as_json

        return as_json(report)
    if form == "markdown":
        from pulumi_managed_agents.review.markdown import status_markdown

        return status_markdown(report, artifact=run_page(os.environ))
    from pulumi_managed_agents.review.status_text import status_text

    return status_text(report, width)
