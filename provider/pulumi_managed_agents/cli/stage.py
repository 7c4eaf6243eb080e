"""Commands that run a stage."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulumi_managed_agents.cli.options import (
    CONFIRM_STAGE,
    EMULATOR,
    JUNIT,
    LOG_FILE,
    PROJECT,
    RESOURCES,
    SCRIPT,
    STAGE,
    STAGES,
    TESTS,
    YES,
    NewFile,
    complete_stage,
    completing,
    confirmation,
    echo,
    follow_script,
    must_be_whole_for_plan,
    reporting,
    scoped,
    with_names,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.output.reports import Report

AGAINST = click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Compare with a file that `export` wrote, not with the state; needs no passphrase and no access to the state.",
)


@click.command()
@STAGES
@EMULATOR
@reporting("text", "json", "markdown")
@LOG_FILE
@scoped
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 3 when there are changes.")
@click.option(
    "--save-plan",
    type=NewFile(),
    metavar="FILE",
    help="Save the plan of the one stage, for `up --plan FILE`. It holds prompts, and secrets only encrypted.",
)
@AGAINST
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Preview nothing; combine what earlier previews of the stages wrote to this folder, as STAGE.json.",
)
def preview(
    stages: tuple[str, ...],
    emulator: bool,
    reports: Sequence[Report],
    detailed_exitcode: bool,
    save_plan: Path | None,
    against: Path | None,
    folder: Path | None,
    **scope: Any,
) -> None:
    """Show what an up would change. Compares the files of stages with the state and with what is live."""
    from pulumi_managed_agents.commands.preview import preview_stages, previewed_stages

    if folder and (save_plan or emulator or scope["scope"].only or scope["scope"].confirmed):
        raise click.UsageError("--from shows what was previewed: leave out all but stages and --output")
    if folder:
        changes = previewed_stages(folder, stages, reports)
        sys.exit(3 if changes and detailed_exitcode else 0)

    if save_plan and len(stages) > 1:
        raise click.UsageError("--save-plan saves the plan of one stage; preview each by itself")
    if save_plan and against:
        raise click.UsageError("--save-plan saves what the state says; leave out --against")
    _must_be_one(stages, against)
    must_be_whole_for_plan("--save-plan" if save_plan else "", scope["scope"])
    changes = preview_stages(
        PROJECT, stages, emulator=emulator, reports=reports, save_to=save_plan, against=against, **scope
    )
    sys.exit(3 if changes and detailed_exitcode else 0)


@click.command()
@STAGES
@EMULATOR
@reporting("text", "json", "markdown")
@LOG_FILE
@AGAINST
def drift(stages: tuple[str, ...], emulator: bool, reports: Sequence[Report], against: Path | None) -> None:
    """Show what was changed outside Pulumi, and nothing else. Only reads; exits with 5 if something was."""
    from pulumi_managed_agents.commands.drift import drift_stages

    _must_be_one(stages, against)
    sys.exit(5 if drift_stages(PROJECT, stages, emulator=emulator, reports=reports, against=against) else 0)


@click.command()
@STAGE
@EMULATOR
@click.option(
    "--output", "file", type=NewFile(), metavar="FILE", required=True, help="The file to write; it holds prompts."
)
def export(stage: str, emulator: bool, file: Path) -> None:
    """Write what a stage records, without secrets. For `preview --against` and `drift --against` in a pipeline."""
    from pulumi_managed_agents.commands.export import export_stage

    echo(export_stage(PROJECT, stage, file, emulator=emulator))


def _must_be_one(stages: tuple[str, ...], against: Path | None) -> None:
    if against and len(stages) > 1:
        raise click.UsageError("--against is the export of one stage; name that one alone")


@click.command()
@click.argument("stages", nargs=-1, shell_complete=complete_stage)
@EMULATOR
@click.option("--offline", is_flag=True, help="Show only what the states record; do not ask the API.")
@reporting("text", "json", "markdown")
@LOG_FILE
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 5 when something was changed outside.")
def status(
    stages: tuple[str, ...], emulator: bool, offline: bool, reports: Sequence[Report], detailed_exitcode: bool
) -> None:
    """Show what serves on each stage. Also its proof, what is held back or changed outside, and what to do next."""
    from pulumi_managed_agents.commands.status import status_stages

    report = status_stages(PROJECT, stages, emulator=emulator, offline=offline, reports=reports)
    drifted = report.is_drifted and detailed_exitcode
    sys.exit(5 if drifted else 0 if report.is_known else 1)


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.argument("stages", nargs=-1, shell_complete=complete_stage)
@EMULATOR
@click.option("--offline", is_flag=True, help="Show only what the states record; do not ask the API.")
@click.option(
    "--records",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Read what `export` wrote to FOLDER/STAGE/record.json, not the states and the API.",
)
@LOG_FILE
def report(directory: Path, stages: tuple[str, ...], emulator: bool, offline: bool, records: Path | None) -> None:
    """Write web pages: what serves, changed and cost. A board, and pages of stages, agents and recorded sessions."""
    from pulumi_managed_agents.commands.report.report import write_report

    write_report(PROJECT, directory, stages, emulator=emulator, offline=offline, records=records)


@click.command()
@STAGE
@click.argument("names", nargs=-1, shell_complete=completing(RESOURCES))
@EMULATOR
@click.option("--dry-run", is_flag=True, help="Show how the files would change; write nothing.")
@click.option("--undeclared", is_flag=True, help="Also write fields that changed and that no file names.")
@reporting("text", "json")
@LOG_FILE
def pull(
    stage: str, names: tuple[str, ...], emulator: bool, dry_run: bool, undeclared: bool, reports: Sequence[Report]
) -> None:
    """Take what was changed outside Pulumi into the files. Takes all unless you name resources; only reads the API.

    Exits with 6 where a file and what is live changed the same lines, which are marked, and with 1 where a file cannot
    be edited.
    """
    from pulumi_managed_agents.commands.pull.pull import pull_stage

    stage, names = with_names(stage, names, RESOURCES)
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
@click.option(
    "--plan",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Apply what `preview --save-plan FILE` showed, without a question; stop if anything has changed since.",
)
@click.option("--wide", is_flag=True, help="Show whole ids, even if lines become wider than the terminal.")
@CONFIRM_STAGE
@scoped
@YES
def up(
    stage: str,
    emulator: bool,
    script: Path | None,
    plan: Path | None,
    wide: bool,
    confirm_stage: str | None,
    yes: bool,
    **more: Any,
) -> None:
    """Deploy a stage and run its smoke tests."""
    from pulumi_managed_agents.commands.up import up_stage

    follow_script(script, emulator=emulator)
    must_be_whole_for_plan("--plan" if plan else "", more["scope"])
    # A plan was agreed to when it was reviewed; a protected stage needs its name typed even then.
    agreed = confirmation(stage, confirm_stage, yes=yes, emulator=emulator or plan is not None)
    scope = replace(more["scope"], plan=plan, wide=wide)
    report, reports = more["junit"], more["reports"]
    up_stage(PROJECT, stage, emulator=emulator, confirm=agreed, report=report, reports=reports, scope=scope)


@click.command()
@STAGE
@EMULATOR
@LOG_FILE
@CONFIRM_STAGE
@YES
def destroy(stage: str, emulator: bool, confirm_stage: str | None, yes: bool) -> None:
    """Take a stage down. Agents and deployments are archived for ever; all else is deleted with its content."""
    from pulumi_managed_agents.commands.destroy import destroy_stage

    agreed = confirmation(stage, confirm_stage, yes=yes, emulator=emulator)
    destroy_stage(PROJECT, stage, emulator=emulator, confirm=agreed)


@click.command()
@STAGE
@click.argument("names", nargs=-1, shell_complete=completing(TESTS))
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
    """Run a stage's smoke tests now. Runs all tests unless you name some, on the versions that are deployed."""
    from pulumi_managed_agents.commands.smoke import smoke_stage

    follow_script(script, emulator=emulator)
    stage, names = with_names(stage, names, TESTS)
    smoke_stage(PROJECT, stage, names, emulator=emulator, report=junit, reports=reports)
