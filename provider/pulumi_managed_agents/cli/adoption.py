"""Commands about live objects that a stage does not manage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulumi_managed_agents.cli.options import (
    CONFIRM_STAGE,
    EMULATOR,
    PROJECT,
    STAGE,
    YES,
    confirmation,
    deliver_lines,
    echo,
    following,
    reporting,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.output.reports import Report


@click.command()
@STAGE
@click.option("--id", "ids", multiple=True, metavar="ID", help="Adopt this object; may be repeated.")
@click.option(
    "--kind",
    type=click.Choice(["agent", "environment", "skill", "memory_store", "vault", "deployment"]),
    help="Adopt objects of this kind.",
)
@click.option("--name", help="Adopt the object that has this name in the workspace.")
@click.option("--all", "everything", is_flag=True, help="Adopt every object that no stack manages.")
@click.option(
    "--from",
    "lockfile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the ids from the claude-lock.json of `ant apply`; the files are there already.",
)
@click.option("--take-over", is_flag=True, help="Also adopt objects that carry the mark of another stack.")
@click.option("--import", "imports", is_flag=True, help="Run the import as well, into the stage's state.")
@EMULATOR
@reporting("text", "json")
def adopt(stage: str, emulator: bool, reports: Sequence[Report], imports: bool, **choice: Any) -> None:
    """Take over live objects: write definitions and an import file. Only reads the API; without options, lists them."""
    from pulumi_managed_agents.commands.adopt.adopt import adopt_stage
    from pulumi_managed_agents.commands.adopt.report import Adoption
    from pulumi_managed_agents.commands.adopt.selection import AdoptionChoice
    from pulumi_managed_agents.errors import InputError
    from pulumi_managed_agents.scrubbing import KNOWN

    with following(f"reading the workspace of {stage}"):
        adopted = adopt_stage(PROJECT, stage, AdoptionChoice(**choice), emulator=emulator, imports=imports)
    deliver_lines(reports, lambda form: KNOWN.scrubber().text(adopted.rendered(form)))
    if isinstance(adopted, Adoption) and adopted.is_put_off:
        raise InputError("nothing was imported yet: secrets have no value")


@click.command()
@STAGE
@click.option(
    "--archive", is_flag=True, help="Remove them: agents and deployments are archived for ever; all else is deleted."
)
@EMULATOR
@CONFIRM_STAGE
@YES
@reporting("text", "json")
def orphans(
    stage: str, archive: bool, emulator: bool, confirm_stage: str | None, yes: bool, reports: Sequence[Report]
) -> None:
    """List live objects that carry the stage's mark but are not in its state.

    It does not find objects without a mark: uploaded files, since the API keeps no metadata with them, and adopted
    objects that have not been changed since.
    """
    from pulumi_managed_agents.commands.adopt.orphans import find_orphans, remove_orphans
    from pulumi_managed_agents.output.reports import keeps_standard_output
    from pulumi_managed_agents.scrubbing import KNOWN

    agreed = confirmation(stage, confirm_stage, yes=yes, emulator=emulator) if archive else None
    with following(f"reading the workspace of {stage}"):
        orphans_found = find_orphans(PROJECT, stage, emulator=emulator)
    deliver_lines(reports, lambda form: KNOWN.scrubber().text(orphans_found.result().rendered(form)))
    if archive and orphans_found.candidates:
        for line in remove_orphans(orphans_found, agreed):
            echo(KNOWN.scrubber().text(line), err=keeps_standard_output(reports))
