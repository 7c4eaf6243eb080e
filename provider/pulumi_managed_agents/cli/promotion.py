"""Commands about what is proven: what serves, its receipts, and moving both between stages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulumi_managed_agents.cli.options import (
    AGENTS,
    CONFIRM_STAGE,
    EMULATOR,
    PROJECT,
    ROOTS,
    STAGE,
    YES,
    complete_stage,
    completing,
    confirmation,
    deliver_lines,
    echo,
    following,
    reporting,
    with_names,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.output.reports import Report

PR_BODY = click.Path(allow_dash=True, path_type=Path)
FORM = click.option(
    "--output-format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The format of the result.",
)
ONLY = click.option(
    "--only",
    multiple=True,
    metavar="ROOT",
    shell_complete=completing(ROOTS),
    help="Only this agent or deployment, such as agents/triage; may be repeated.",
)


@click.command()
@click.argument("source", metavar="FROM", shell_complete=complete_stage)
@click.argument("target", metavar="TO", shell_complete=complete_stage)
@ONLY
@click.option("--pr-body", type=PR_BODY, help="Write the body of a pull request to a file; - is standard output.")
@click.option("--backport", is_flag=True, help="Take what was changed in TO back into FROM instead.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@EMULATOR
@reporting("text", "json")
def promote(
    source: str, target: str, backport: bool, pr_body: Path | None, reports: Sequence[Report], **how: Any
) -> None:
    """Hand what FROM has proved to TO, as a change to its files. Never touches values or what is live."""
    with following(f"comparing {source} and {target}"):
        if backport:
            from pulumi_managed_agents.commands.promote.backport import backport as take_back

            result = take_back(PROJECT, source, target, **how)
        else:
            from pulumi_managed_agents.commands.promote.promote import promote as hand_over

            result = hand_over(PROJECT, source, target, **how, pr_body=str(pr_body) if pr_body else None)
    if str(pr_body) == "-":
        echo(result.rendered("text"), err=True, nl=False)
        reports = [report for report in reports if report.file]
    deliver_lines(reports, result.rendered)


@click.command()
@click.argument("first", metavar="A", shell_complete=complete_stage)
@click.argument("second", metavar="B", shell_complete=complete_stage)
@FORM
@EMULATOR
def compare(first: str, second: str, form: str, emulator: bool) -> None:
    """Show two stages side by side. Compares files, fields with values applied, and the versions that serve."""
    from pulumi_managed_agents.commands.promote.compare import compare as compare_stages

    with following(f"comparing {first} and {second}"):
        lines = list(compare_stages(PROJECT, first, second, emulator=emulator, form=form))
    for line in lines:
        echo(line)


@click.command()
@STAGE
@ONLY
@click.option(
    "--pins",
    is_flag=True,
    help="Let earlier versions serve at once; definitions stay as they are.",
)
@EMULATOR
@CONFIRM_STAGE
@YES
@reporting("text", "json")
def rollback(
    stage: str,
    only: tuple[str, ...],
    pins: bool,
    emulator: bool,
    confirm_stage: str | None,
    yes: bool,
    reports: Sequence[Report],
) -> None:
    """Go back to what was proven before. Writes its files as a change to review; with --pins it serves at once."""
    if pins:
        from pulumi_managed_agents.commands.promote.rollback_pins import roll_back_pins

        confirm = confirmation(stage, confirm_stage, yes=yes, emulator=emulator)
        roll_back_pins(PROJECT, stage, only, emulator=emulator, confirm=confirm, reports=reports)
        return
    from pulumi_managed_agents.commands.promote.rollback_files import roll_back_files

    with following(f"looking for what {stage} proved before"):
        result = roll_back_files(PROJECT, stage, only, emulator=emulator)
    deliver_lines(reports, result.rendered)


@click.command()
@STAGE
@EMULATOR
@reporting("json")
def pins(stage: str, emulator: bool, reports: Sequence[Report]) -> None:
    """Print the version that each agent of a stage serves. As JSON, for applications that start sessions."""
    from pulumi_managed_agents.commands.pins import pins_as_json

    text = pins_as_json(PROJECT, stage, emulator=emulator)
    deliver_lines(reports, lambda _: text)


@click.command()
@STAGE
@click.argument("agent", required=False, shell_complete=completing(AGENTS))
@EMULATOR
@reporting("text", "json")
def history(stage: str, agent: str | None, emulator: bool, reports: Sequence[Report]) -> None:
    """Show which version of an agent served when. Also its commit, its proof and the cost; does not ask the API."""
    from pulumi_managed_agents.commands.history import history_of

    if agent is None:
        stage, names = with_names(stage, (), AGENTS)
        agent = next(iter(names), None)
    history_of(PROJECT, stage, agent, emulator=emulator, reports=reports)


@click.command()
@STAGE
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write them to a directory, which a gate reads as managed-agents:receipts or MANAGED_AGENTS_RECEIPTS.",
)
@FORM
@EMULATOR
def receipts(stage: str, output: Path | None, form: str, emulator: bool) -> None:
    """List what is proven in a stage. Shows a receipt for each content of an agent or deployment that was tested."""
    from pulumi_managed_agents.commands.pins import receipts_report
    from pulumi_managed_agents.output.reports import Report

    deliver_lines([Report(form)], receipts_report(PROJECT, stage, output, emulator=emulator).rendered)
