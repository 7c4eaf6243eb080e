"""Commands that run a stage."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pulumi_managed_agents.cli.options import (
    CONFIRM_STAGE,
    EMULATOR,
    JUNIT,
    LOG_FILE,
    PROJECT,
    SCRIPT,
    STAGE,
    STAGES,
    YES,
    agreement,
    complete_resource,
    follow_script,
    reporting,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pulumi_managed_agents.commands.output import Report


@click.command()
@STAGES
@EMULATOR
@reporting("text", "json", "markdown")
@LOG_FILE
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 3 when there are changes.")
def preview(stages: tuple[str, ...], emulator: bool, reports: Sequence[Report], detailed_exitcode: bool) -> None:
    """Show what an up would change. Of one or more stages, against the files, the state and what is live."""
    from pulumi_managed_agents.commands.preview import preview_stages

    changes = preview_stages(PROJECT, stages, emulator=emulator, reports=reports)
    sys.exit(3 if changes and detailed_exitcode else 0)


@click.command()
@STAGES
@EMULATOR
@reporting("text", "json", "markdown")
@LOG_FILE
def drift(stages: tuple[str, ...], emulator: bool, reports: Sequence[Report]) -> None:
    """Show what was changed outside Pulumi. Nothing else; exits with 5 if there is anything. Only reads."""
    from pulumi_managed_agents.commands.drift import drift_stages

    sys.exit(5 if drift_stages(PROJECT, stages, emulator=emulator, reports=reports) else 0)


@click.command()
@STAGE
@click.argument("names", nargs=-1, shell_complete=complete_resource)
@EMULATOR
@click.option("--dry-run", is_flag=True, help="Show how the files would change; write nothing.")
@click.option("--undeclared", is_flag=True, help="Also write fields that changed and that no file names.")
@reporting("text", "json")
@LOG_FILE
def pull(
    stage: str, names: tuple[str, ...], emulator: bool, dry_run: bool, undeclared: bool, reports: Sequence[Report]
) -> None:
    """Take what was changed outside Pulumi into the files. All of it, unless named; only reads the API.

    Exits with 6 where a file and what is live changed the same lines, which are marked, and with 1 where a file cannot
    be edited.
    """
    from pulumi_managed_agents.commands.pull.pull import pull_stage

    pulled = pull_stage(
        PROJECT, stage, names, emulator=emulator, dry_run=dry_run, undeclared=undeclared, reports=reports
    )
    sys.exit(pulled.exit_code)


@click.command()
@STAGE
@EMULATOR
@SCRIPT
@JUNIT
@reporting("text", "json")
@LOG_FILE
@CONFIRM_STAGE
@YES
def up(
    stage: str,
    emulator: bool,
    script: Path | None,
    junit: Path | None,
    reports: Sequence[Report],
    confirm_stage: str | None,
    yes: bool,
) -> None:
    """Deploy a stage and run its smoke tests."""
    from pulumi_managed_agents.commands.up import up_stage

    follow_script(script, emulator=emulator)
    agreed = agreement(stage, confirm_stage, yes=yes, emulator=emulator)
    up_stage(PROJECT, stage, emulator=emulator, confirm=agreed, report=junit, reports=reports)


@click.command()
@STAGE
@EMULATOR
@LOG_FILE
@CONFIRM_STAGE
@YES
def destroy(stage: str, emulator: bool, confirm_stage: str | None, yes: bool) -> None:
    """Take a stage down. Agents and deployments are archived, for ever; all else is deleted, with what is in it."""
    from pulumi_managed_agents.commands.destroy import destroy_stage

    agreed = agreement(stage, confirm_stage, yes=yes, emulator=emulator)
    destroy_stage(PROJECT, stage, emulator=emulator, confirm=agreed)


@click.command()
@STAGE
@click.argument("names", nargs=-1)
@EMULATOR
@SCRIPT
@JUNIT
@reporting("text", "json")
@LOG_FILE
def smoke(
    stage: str,
    names: tuple[str, ...],
    emulator: bool,
    script: Path | None,
    junit: Path | None,
    reports: Sequence[Report],
) -> None:
    """Run a stage's smoke tests now. On the versions that are deployed; all tests, unless named."""
    from pulumi_managed_agents.commands.smoke import smoke_stage

    follow_script(script, emulator=emulator)
    smoke_stage(PROJECT, stage, names, emulator=emulator, report=junit, reports=reports)
