"""Commands that run a stage."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pulumi_managed_agents.cli.options import EMULATOR, PROJECT, STAGE, YES, confirm


@click.command()
@click.argument("stages", nargs=-1, required=True)
@EMULATOR
@click.option(
    "--output-format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text for a terminal, JSON for programs, Markdown for a comment on a pull request.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the review to a file.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 3 when there are changes.")
def preview(stages: tuple[str, ...], emulator: bool, form: str, output: Path | None, detailed_exitcode: bool) -> None:
    """Show what an up of one or more stages would change, against the files, the state and what is live."""
    from pulumi_managed_agents.engine.commands import preview_stages

    changes = preview_stages(PROJECT, stages, emulator=emulator, form=form, output=output)
    sys.exit(3 if changes and detailed_exitcode else 0)


@click.command()
@STAGE
@EMULATOR
@YES
def up(stage: str, emulator: bool, yes: bool) -> None:
    """Deploy a stage and run its smoke tests."""
    from pulumi_managed_agents.engine.commands import up_stage

    up_stage(PROJECT, stage, emulator=emulator, confirm=None if yes or emulator else confirm)


@click.command()
@STAGE
@EMULATOR
@YES
def destroy(stage: str, emulator: bool, yes: bool) -> None:
    """Take a stage down. Agents are archived, for ever; environments and skills are deleted."""
    from pulumi_managed_agents.engine.commands import destroy_stage

    destroy_stage(PROJECT, stage, emulator=emulator, confirm=None if yes or emulator else confirm)


@click.command()
@STAGE
@click.argument("names", nargs=-1)
@EMULATOR
def smoke(stage: str, names: tuple[str, ...], emulator: bool) -> None:
    """Run a stage's smoke tests now, on the versions that are deployed."""
    from pulumi_managed_agents.engine.commands import smoke_stage

    smoke_stage(PROJECT, stage, names, emulator=emulator)
