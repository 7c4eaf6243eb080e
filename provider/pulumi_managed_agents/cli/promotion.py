"""Commands about what is proven: what serves, its receipts, and moving both between stages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_managed_agents.cli.options import CONFIRM_STAGE, EMULATOR, PROJECT, STAGE, YES, agreement, echo, reporting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.commands.output import Report

ONLY = click.option(
    "--only", multiple=True, metavar="ROOT", help="An agent or deployment, as agents/triage; repeatable."
)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@ONLY
@click.option("--pr-body", type=click.Path(allow_dash=True), help="Write the body of a pull request; - for the screen.")
@click.option("--backport", is_flag=True, help="Take what was changed in TO back into FROM instead.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@EMULATOR
def promote(
    source: str, target: str, only: tuple[str, ...], pr_body: str | None, backport: bool, dry_run: bool, emulator: bool
) -> None:
    """Hand what FROM has proved to TO, as a change to its files. Never touches values or what is live."""
    if backport:
        from pulumi_managed_agents.commands.promote.backport import backport as take_back

        lines = take_back(PROJECT, source, target, only, emulator=emulator, dry_run=dry_run)
    else:
        from pulumi_managed_agents.commands.promote.promote import promote as hand_over

        lines = hand_over(PROJECT, source, target, only, emulator=emulator, dry_run=dry_run, pr_body=pr_body)
    for line in lines:
        echo(line, err=pr_body == "-")


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--output-format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@EMULATOR
def compare(first: str, second: str, form: str, emulator: bool) -> None:
    """Show two stages side by side. Files, fields with values applied, versions that serve."""
    from pulumi_managed_agents.commands.promote.compare import compare as compare_stages

    for line in compare_stages(PROJECT, first, second, emulator=emulator, form=form):
        echo(line)


@click.command()
@STAGE
@ONLY
@click.option("--pins", is_flag=True, help="At once: move pins and deployments to earlier versions, and no file.")
@EMULATOR
@CONFIRM_STAGE
@YES
def rollback(
    stage: str, only: tuple[str, ...], pins: bool, emulator: bool, confirm_stage: str | None, yes: bool
) -> None:
    """Go back to what was proven before. Writes its files as a change to review; with --pins it serves at once."""
    if pins:
        from pulumi_managed_agents.commands.promote.rollback_pins import roll_back_pins

        confirm = agreement(stage, confirm_stage, yes=yes, emulator=emulator)
        roll_back_pins(PROJECT, stage, only, emulator=emulator, confirm=confirm)
        return
    from pulumi_managed_agents.commands.promote.rollback_files import roll_back_files

    for line in roll_back_files(PROJECT, stage, only, emulator=emulator):
        echo(line)


@click.command()
@STAGE
@EMULATOR
def pins(stage: str, emulator: bool) -> None:
    """Print the version that each agent of a stage serves. JSON, for applications that start sessions."""
    from pulumi_managed_agents.commands.pins import pins_as_json

    echo(pins_as_json(PROJECT, stage, emulator=emulator), nl=False)


@click.command()
@STAGE
@click.argument("agent", required=False)
@EMULATOR
@reporting("text", "json")
def history(stage: str, agent: str | None, emulator: bool, reports: Sequence[Report]) -> None:
    """Show which version of an agent served when. Of which commit, proven by what and for how much; asks no API."""
    from pulumi_managed_agents.commands.history import history_of

    history_of(PROJECT, stage, agent, emulator=emulator, reports=reports)


@click.command()
@STAGE
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write them to a directory, which a gate reads as managed-agents:receipts or MANAGED_AGENTS_RECEIPTS.",
)
@EMULATOR
def receipts(stage: str, output: Path | None, emulator: bool) -> None:
    """List what is proven in a stage. A receipt for each content of an agent or deployment that was tested."""
    from pulumi_managed_agents.commands.pins import hand_over, line, receipts_of, unproven_now

    found = receipts_of(PROJECT, stage, emulator=emulator)
    for receipt in found:
        echo(line(receipt))
    for unproven in unproven_now(PROJECT, stage, found):
        echo(unproven)
    if output:
        echo(f"wrote {hand_over(found, output, stage)}")
