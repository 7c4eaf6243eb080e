"""Commands about live objects that a stage does not manage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pulumi_managed_agents.cli.options import EMULATOR, PROJECT, STAGE, YES, confirm


@click.command()
@STAGE
@click.option("--id", "ids", multiple=True, metavar="ID", help="Adopt this object; may be repeated.")
@click.option("--kind", help="Adopt objects of this kind: agent, environment, skill.")
@click.option("--name", help="Adopt the object that has this name in the workspace.")
@click.option("--all", "everything", is_flag=True, help="Adopt every object that no stack manages.")
@click.option(
    "--from",
    "lockfile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the ids from the claude-lock.json of `ant apply`; the files are there already.",
)
@click.option("--take-over", is_flag=True, help="Also take what carries another stack's mark.")
@EMULATOR
def adopt(stage: str, emulator: bool, **wanted: Any) -> None:
    """Write definitions and an import file for live objects that the stage does not manage yet. Only reads the API."""
    from pulumi_managed_agents.adoption.adopt import adopt_stage
    from pulumi_managed_agents.adoption.selection import Wanted

    for line in adopt_stage(PROJECT, stage, Wanted(**wanted), emulator=emulator):
        click.echo(line)


@click.command()
@STAGE
@click.option("--archive", is_flag=True, help="Remove them: agents are archived for ever, environments deleted.")
@EMULATOR
@YES
def orphans(stage: str, archive: bool, emulator: bool, yes: bool) -> None:
    """List live objects with the stage's mark that its state does not know."""
    from pulumi_managed_agents.adoption.orphans import find_orphans, remove_orphans

    found = find_orphans(PROJECT, stage, emulator=emulator)
    for line in found.lines():
        click.echo(line)
    if archive and found.found:
        for line in remove_orphans(found, None if yes else confirm):
            click.echo(line)
