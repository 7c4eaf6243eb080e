"""The `managed-agents` command: arguments in, exit codes out. Everything else is imported when it is needed.

Exit codes: 0 done, 1 error, 2 bad input, 3 changes planned (with ``--detailed-exitcode``), 4 smoke test failed,
6 conflict, 7 refused.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from pulumi_managed_agents.errors import InputError, ManagedAgentsError

PROJECT = Path()
STAGE = click.argument("stage")
EMULATOR = click.option(
    "--emulator",
    is_flag=True,
    help="Use a local emulator of the API, started if need be. Needs no key; proves plumbing.",
)
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask before acting.")


class Commands(click.Group):
    """Turns our errors into their message and exit code; a bug keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ManagedAgentsError as error:
            click.echo(str(error) if isinstance(error, InputError) and error.findings else f"error: {error}", err=True)
            sys.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="managed-agents-pulumi", prog_name="managed-agents")
def main() -> None:
    """Hosted agents as code, run by Pulumi: validate, preview, deploy and smoke-test a stage."""


@main.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--name", help="The project's name; the directory's unless given.")
def init(directory: Path, name: str | None) -> None:
    """Write the smallest repository of your own. Never overwrites a file."""
    from pulumi_managed_agents.scaffold import write_project

    for line in write_project(directory, name):
        click.echo(line)


@main.command()
@click.argument("stages", nargs=-1)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
def validate(stages: tuple[str, ...], strict: bool) -> None:
    """Check the files of one or more stages (all, unless named). Needs no key and calls nothing."""
    from pulumi_managed_agents.validation import validate_stages

    for line in validate_stages(PROJECT, stages, strict=strict):
        click.echo(line)


@main.command()
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


@main.command()
@STAGE
@EMULATOR
@YES
def up(stage: str, emulator: bool, yes: bool) -> None:
    """Deploy a stage and run its smoke tests."""
    from pulumi_managed_agents.engine.commands import up_stage

    up_stage(PROJECT, stage, emulator=emulator, confirm=None if yes or emulator else _confirm)


@main.command()
@STAGE
@EMULATOR
@YES
def destroy(stage: str, emulator: bool, yes: bool) -> None:
    """Take a stage down. Agents are archived, for ever; environments and skills are deleted."""
    from pulumi_managed_agents.engine.commands import destroy_stage

    destroy_stage(PROJECT, stage, emulator=emulator, confirm=None if yes or emulator else _confirm)


@main.command()
@STAGE
@click.argument("names", nargs=-1)
@EMULATOR
def smoke(stage: str, names: tuple[str, ...], emulator: bool) -> None:
    """Run a stage's smoke tests now, on the versions that are deployed."""
    from pulumi_managed_agents.engine.commands import smoke_stage

    smoke_stage(PROJECT, stage, names, emulator=emulator)


@main.command()
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


@main.command()
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
        for line in remove_orphans(found, None if yes else _confirm):
            click.echo(line)


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def emulator(arguments: tuple[str, ...]) -> None:
    """Serve a local emulator of the API (--host 127.0.0.1 --port N --data DIR), or --stop the one in the background."""
    from pulumi_managed_agents.engine import emulation

    if arguments == ("--stop",):
        click.echo(emulation.stop(PROJECT))
    else:
        sys.exit(emulation.serve(arguments))


@main.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path("schemas"))
def schema(directory: Path) -> None:
    """Write the JSON Schema of every kind of file, for editors, and of a review in JSON."""
    from pulumi_managed_agents.definitions.schema import write
    from pulumi_managed_agents.preview.machine import write_schema

    for path in [*write(directory), write_schema(directory)]:
        click.echo(f"wrote {path}")


@main.command()
@click.argument("stage", required=False)
@EMULATOR
def doctor(stage: str | None, emulator: bool) -> None:
    """Look at what a deployment needs, and say what to do about what is missing."""
    from pulumi_managed_agents.engine.doctor import examine

    healthy = True
    for check in examine(PROJECT, stage, emulator=emulator):
        click.echo(str(check))
        healthy = healthy and check.ok
    sys.exit(0 if healthy else 1)


def _confirm(question: str) -> bool:
    return click.confirm(question, default=False)


if __name__ == "__main__":
    main()
