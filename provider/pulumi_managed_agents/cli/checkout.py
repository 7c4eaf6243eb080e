"""Commands about a project and its machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_managed_agents.cli.options import EMULATOR, PROJECT, complete_stage, deliver_lines, reporting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.engine.delivery import Report


@click.command()
@click.argument("stages", nargs=-1, shell_complete=complete_stage)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@reporting("text", "json", "github")
def validate(stages: tuple[str, ...], strict: bool, asked: Sequence[Report]) -> None:
    """Check the files of one or more stages (all, unless named). Needs no key and calls nothing."""
    from pulumi_managed_agents.engine.findings import checked, written
    from pulumi_managed_agents.validation import validate_stages

    found = checked(validate_stages(PROJECT, stages, strict=strict))
    deliver_lines(asked, lambda form: written(found, form))
    if found.error:
        raise found.error


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path("schemas"))
def schema(directory: Path) -> None:
    """Write JSON Schemas of files, for editors, and of reports."""
    from pulumi_managed_agents.definitions.schema import write
    from pulumi_managed_agents.preview.machine import write_schemas

    for path in [*write(directory), *write_schemas(directory)]:
        click.echo(f"wrote {path}")


@click.command()
@click.argument("stage", required=False, shell_complete=complete_stage)
@EMULATOR
@reporting("text", "json")
def doctor(stage: str | None, emulator: bool, asked: Sequence[Report]) -> None:
    """Look at what a deployment needs. Says what to do about what is missing; with a stage, its credential too."""
    from pulumi_managed_agents.engine.checks import written
    from pulumi_managed_agents.engine.doctor import examine

    checks = list(examine(PROJECT, stage, emulator=emulator))
    deliver_lines(asked, lambda form: written(checks, form))
    sys.exit(0 if all(check.ok for check in checks) else 1)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes what you type. In bash: `eval "$(managed-agents completion bash)"`."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    program = click.get_current_context().find_root()
    assert made is not None  # noqa: S101 - each of the choices has one
    click.echo(made(program.command, {}, "managed-agents", "_MANAGED_AGENTS_COMPLETE").source())


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def emulator(arguments: tuple[str, ...]) -> None:
    """Serve a local emulator of the API. With --stop, end the one in the background; --help tells the rest."""
    from pulumi_managed_agents.engine import emulation

    if {"-h", "--help"} & set(arguments):
        click.echo("`managed-agents emulator --stop` ends the project's emulator in the background. To run one here:\n")
    if arguments == ("--stop",):
        click.echo(emulation.stop(PROJECT))
    else:
        sys.exit(emulation.serve(arguments))
