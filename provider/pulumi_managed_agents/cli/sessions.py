"""Commands about single sessions: a recorded one, one that somebody asks about, one to make a test of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_managed_agents.cli.options import (
    EMULATOR,
    PROJECT,
    STAGE,
    NewFile,
    complete_stage,
    deliver_lines,
    echo,
    reporting,
)
from pulumi_managed_agents.errors import SmokeFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.output.reports import Report

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SESSION = click.argument("session", metavar="SESN_ID")


@click.command()
@click.argument("transcript", type=FILE)
@click.option("--test", type=FILE, help="Check the assertions of this file instead of those that were recorded.")
@click.option("--html", type=NewFile(), metavar="FILE", help="Also write the session as a page, for a browser.")
def replay(transcript: Path, test: Path | None, html: Path | None) -> None:
    """Check a smoke test's recorded session again, offline. Shows the session; exits with 4 if an assertion fails."""
    from pulumi_managed_agents.commands.replay import replay_in_project
    from pulumi_managed_agents.output.console import Console

    lines, failures = replay_in_project(PROJECT, transcript, test, html)
    console = Console()
    for line in lines:
        console.line(line)
    if html:
        echo(f"wrote {html}")
    if failures:
        raise SmokeFailed("\n".join(failures))
    echo("every assertion holds")


@click.command()
@SESSION
@click.argument("stage", required=False, shell_complete=complete_stage)
@EMULATOR
@reporting("text", "json")
def explain(session: str, stage: str | None, emulator: bool, reports: Sequence[Report]) -> None:
    """Say what a session ran. Shows agent, version, whether that serves and is proven, its tests, and next steps."""
    from pulumi_managed_agents.commands.explain import explain_session
    from pulumi_managed_agents.scrubbing import KNOWN

    result = explain_session(PROJECT, session, stage, emulator=emulator)
    deliver_lines(reports, lambda form: KNOWN.scrubber().text(result.rendered(form)))


@click.command()
@SESSION
@STAGE
@click.option("--output", type=NewFile(), help="The file in the stage's smoke folder.")
@EMULATOR
def record(session: str, stage: str, output: Path | None, emulator: bool) -> None:
    """Turn a session into a smoke test file. Proposes what to assert; never overwrites a file."""
    from pulumi_managed_agents.commands.record import record_session

    for line in record_session(PROJECT, session, stage, output, emulator=emulator):
        echo(line)
