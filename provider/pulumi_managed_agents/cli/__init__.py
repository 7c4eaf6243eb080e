"""The `managed-agents` command: arguments in, exit codes out. Everything else is imported when it is needed."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import click

from pulumi_managed_agents.cli.adoption import adopt, orphans
from pulumi_managed_agents.cli.options import echo, in_project
from pulumi_managed_agents.cli.project import ci, completion, doctor, emulator, init, schema, skills, validate
from pulumi_managed_agents.cli.promotion import compare, history, pins, promote, receipts, rollback
from pulumi_managed_agents.cli.sessions import explain, record, replay
from pulumi_managed_agents.cli.stage import destroy, drift, export, preview, pull, report, smoke, status, up
from pulumi_managed_agents.cli.verbose import VERBOSE
from pulumi_managed_agents.errors import InputError, ManagedAgentsError

SECTIONS: dict[str, tuple[click.Command, ...]] = {
    "Begin": (init, adopt, ci, doctor),
    "Change a stage": (validate, preview, up, status, report, smoke, drift, pull, skills, destroy),
    "From stage to stage": (promote, receipts, compare, rollback, pins, history),
    "Sessions": (explain, record, replay),
    "Tools": (export, orphans, emulator, schema, completion),
}
"""All commands, as the help shows them."""

FULL = {errno.ENOSPC, errno.EDQUOT}
"""What the system says of a full disk, without naming a file."""

EXIT_CODES = (
    "Exit codes: 0 done, 1 error, 2 bad input, 3 changes planned (preview --detailed-exitcode), 4 a smoke test failed, "
    "5 drift, 6 conflict, 7 refused."
)


class Commands(click.Group):
    """Shows commands by section, and turns failures into one line and an exit code; a bug keeps its traceback."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click calls it so
        """Write each section in the order in which a person meets its commands."""
        longest = max(len(name) for name in self.commands)
        room = formatter.width - longest - 6
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                rows = [(str(command.name).ljust(longest), command.get_short_help_str(room)) for command in commands]
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ManagedAgentsError as error:
            echo(_message_of(error), err=True)
            sys.exit(error.exit_code)
        except OSError as error:
            # An OSError without a file, on a disk with room, is a defect of ours: it keeps its traceback.
            if error.filename is None and error.errno not in FULL:
                raise
            place = "" if error.filename is None else f"{error.filename}: "
            echo(f"error: {place}{error.strerror}", err=True)
            sys.exit(ManagedAgentsError.exit_code)


def _message_of(error: ManagedAgentsError) -> str:
    """An error for a person, without secrets; findings about files hold no values."""
    if isinstance(error, InputError) and error.findings:
        return str(error)
    from pulumi_managed_agents.scrubbing import KNOWN

    return KNOWN.scrubber().text(str(error) if error.cause_is_shown else f"error: {error}")


def _enter(folder: str | None) -> None:
    if folder:
        os.chdir(folder)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.option(
    "-C",
    "folder",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    is_eager=True,
    expose_value=False,
    callback=lambda _context, _option, folder: _enter(folder),
    help="Run as if started in DIR.",
)
@VERBOSE
@click.version_option(package_name="managed-agents-pulumi", prog_name="managed-agents")
def main() -> None:
    """Hosted agents as code, run by Pulumi: validate, preview, deploy and smoke-test a stage."""


ANYWHERE = (init, ci, validate, emulator, schema, completion)
"""Commands that need no project, or get its path."""

for command in (command for section in SECTIONS.values() for command in section):
    if command not in ANYWHERE and command.callback:
        command.callback = in_project(command.callback)
        VERBOSE(command)
    main.add_command(command)
