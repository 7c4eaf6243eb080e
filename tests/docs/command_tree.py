"""Reading a command line as `managed-agents` would, without running it."""

from __future__ import annotations

import click

from pulumi_managed_agents.cli import main


def must_be_known(words: list[str]) -> None:
    """Raise click.UsageError where `managed-agents` has no such command, option or argument."""
    command, rest = _command(words)
    try:
        command.make_context(str(command.name), rest)
    except click.exceptions.Exit:  # such as --help, which says its piece and ends
        return
    except click.BadParameter as error:
        of_a_reader = error.param is not None and isinstance(error.param.type, click.Path)
        if isinstance(error, click.MissingParameter) or not of_a_reader:  # a file of a reader's need not exist here
            raise


def option_names(words: list[str]) -> set[str]:
    """The options of the command that a line names; raises click.UsageError where there is no such command."""
    command, _ = _command(words)
    return {name for parameter in command.params for name in parameter.opts} | {"--help"}


def _command(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = main
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            raise click.UsageError(f"no command '{name}' in `managed-agents {' '.join(words)}`")
        command = command.commands[name]
    return command, rest
