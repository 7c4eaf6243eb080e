"""Commands about a project and its machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pulumi_managed_agents.cli.options import EMULATOR, PROJECT


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--name", help="The project's name; the directory's unless given.")
def init(directory: Path, name: str | None) -> None:
    """Write the smallest repository of your own. Never overwrites a file."""
    from pulumi_managed_agents.scaffold import write_project

    for line in write_project(directory, name):
        click.echo(line)


@click.command()
@click.argument("stages", nargs=-1)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
def validate(stages: tuple[str, ...], strict: bool) -> None:
    """Check the files of one or more stages (all, unless named). Needs no key and calls nothing."""
    from pulumi_managed_agents.validation import validate_stages

    for line in validate_stages(PROJECT, stages, strict=strict):
        click.echo(line)


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path("schemas"))
def schema(directory: Path) -> None:
    """Write the JSON Schema of every kind of file, for editors, and of a review in JSON."""
    from pulumi_managed_agents.definitions.schema import write
    from pulumi_managed_agents.preview.machine import write_schema

    for path in [*write(directory), write_schema(directory)]:
        click.echo(f"wrote {path}")


@click.command()
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


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def emulator(arguments: tuple[str, ...]) -> None:
    """Serve a local emulator of the API (--host 127.0.0.1 --port N --data DIR), or --stop the one in the background."""
    from pulumi_managed_agents.engine import emulation

    if arguments == ("--stop",):
        click.echo(emulation.stop(PROJECT))
    else:
        sys.exit(emulation.serve(arguments))
