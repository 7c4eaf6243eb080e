"""`managed-agents history`: which version of each agent served when, from the state alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.engine.stage_state import state_of
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.reports import Report, deliver_on, keeps_standard_output
from pulumi_managed_agents.review.history import history, history_text
from pulumi_managed_agents.review.json import as_json
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def history_of(
    project: Path, stage: str, agent: str | None, *, emulator: bool, reports: Sequence[Report] = (Report("text"),)
) -> None:
    """Write the history of a stage's agents, or of one.

    Raises:
        InputError: the stage has no release, or no such agent.
    """
    console = Console(aside=keeps_standard_output(reports))
    state = state_of(open_stage(project, stage, emulator=emulator))
    if not state.has_release and state.resources:
        raise InputError(f"'{stage}' is deployed without a release: a Python program itself exports what serves")
    known = {*state.released.applied, *state.released.pins}
    if not known:
        raise InputError(f"stage '{stage}' serves nothing yet; run `{command_line(f'up {stage}', emulator=emulator)}`")
    if agent and agent not in known:
        raise InputError(f"stage '{stage}' has no agent '{agent}'{suggestion_or_some(agent, known)}")
    report = history(state, [agent] if agent else [])
    deliver_on(console, reports, lambda form, width: as_json(report) if form == "json" else history_text(report, width))
