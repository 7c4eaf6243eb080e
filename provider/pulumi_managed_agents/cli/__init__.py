"""The `managed-agents` command: arguments in, exit codes out. Everything else is imported when it is needed.

Exit codes: 0 done, 1 error, 2 bad input, 3 changes planned (with ``--detailed-exitcode``), 4 smoke test failed,
5 drift, 6 conflict, 7 refused.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from pulumi_managed_agents.cli.checkout import completion, doctor, emulator, schema, validate
from pulumi_managed_agents.cli.proving import compare, pins, promote, receipts, rollback
from pulumi_managed_agents.cli.running import destroy, drift, preview, smoke, up
from pulumi_managed_agents.cli.scaffolding import ci, init
from pulumi_managed_agents.cli.sessions import explain, record, replay
from pulumi_managed_agents.cli.taking import adopt, orphans
from pulumi_managed_agents.errors import InputError, ManagedAgentsError


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


for command in (
    init,
    ci,
    validate,
    preview,
    drift,
    up,
    destroy,
    smoke,
    pins,
    receipts,
    promote,
    compare,
    rollback,
    replay,
    explain,
    record,
    adopt,
    orphans,
    emulator,
    schema,
    doctor,
    completion,
):
    main.add_command(command)
