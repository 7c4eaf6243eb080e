"""Commands about a project and its machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulumi_managed_agents.cli.options import (
    EMULATOR,
    PROJECT,
    SCRIPT_HELP,
    complete_stage,
    deliver_lines,
    echo,
    following,
    reporting,
)
from pulumi_managed_agents.commands.init import TEMPLATES
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.output.reports import Report


def _list_templates(ctx: click.Context, _: click.Parameter, is_set: Any) -> None:
    if is_set:
        for name, template in TEMPLATES.items():
            echo(f"{name:<10} {template.description}")
        ctx.exit()


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--template",
    type=click.Choice(list(TEMPLATES)),
    default="minimal",
    show_default=True,
    help="The template to begin with.",
)
@click.option("--name", help="The project's name; by default that of the directory.")
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list_templates, help="List the templates."
)
def init(directory: Path, template: str, name: str | None) -> None:
    """Create a project from a template. Never overwrites a file."""
    from pulumi_managed_agents.commands.init import write_project

    for line in write_project(directory, template, name):
        echo(line)


@click.group()
def ci() -> None:
    """Write pipelines for review, deployment and drift."""


@ci.command("init")
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=PROJECT,
    show_default=True,
    help="The project's directory; the workflows go into the repository that it is in.",
)
@click.option("--branch", default="main", show_default=True, help="The branch whose content is deployed.")
@click.option(
    "--approve-plans",
    is_flag=True,
    help="Deploy a stage in two jobs: one saves its plan, the other waits for reviewers and applies that plan.",
)
@click.option("--pages", is_flag=True, help="Also publish the report on GitHub Pages.")
def ci_init(directory: Path, branch: str, approve_plans: bool, pages: bool) -> None:
    """Write GitHub Actions workflows for the project's stages. Never overwrites a file."""
    from pulumi_managed_agents.commands.ci_init import write_workflows

    for line in write_workflows(directory, branch, approve_plans=approve_plans, pages=pages):
        echo(line)


@click.command()
@click.argument("targets", nargs=-1, metavar="[STAGE|PATH]...", shell_complete=complete_stage)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@reporting("text", "json", "github")
def validate(targets: tuple[str, ...], strict: bool, reports: Sequence[Report]) -> None:
    """Check the files of stages or of any folder. Without arguments, of all stages. Needs no key and no network.

    A stage needs a project, here or in a folder above; a folder needs none.
    """
    from pulumi_managed_agents.commands.validate.paths import validate_paths
    from pulumi_managed_agents.commands.validate.validate import checked, rendered

    with following("checking files"):
        checked_files = checked(validate_paths(targets, strict=strict))
    deliver_lines(reports, lambda form: rendered(checked_files, form))
    if checked_files.error:
        raise checked_files.error


@click.group()
def skills() -> None:
    """Skills that agents name by the URL of a directory on GitHub."""


@skills.command("update")
@click.argument("selected", nargs=-1, metavar="[NAME|URL|STAGE]...", shell_complete=complete_stage)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@reporting("text", "json")
def skills_update(selected: tuple[str, ...], dry_run: bool, reports: Sequence[Report]) -> None:
    """Pin skills to the commits that their URLs now stand for, and show what changes in their files.

    Name skills, URLs or stages to update less. Without a stage it takes every stage that has no gate; a stage behind
    a gate gets its skills by promotion.
    """
    from pulumi_managed_agents.commands.skills import update

    with following("asking GitHub"):
        result = update(selected, dry_run=dry_run)
    deliver_lines(reports, result.rendered)
    if result.record.failures:
        raise InputError("\n".join(result.record.failures))


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path("schemas"))
def schema(directory: Path) -> None:
    """Write the JSON Schemas of files (for editors) and of reports."""
    from pulumi_managed_agents.commands.schema import write_all_schemas

    for path in write_all_schemas(directory):
        echo(f"wrote {path}")


@click.command()
@click.argument("stage", required=False, shell_complete=complete_stage)
@EMULATOR
@reporting("text", "json")
def doctor(stage: str | None, emulator: bool, reports: Sequence[Report]) -> None:
    """Check what a deployment needs. Says what to do about what is missing; with a stage, checks its credential too."""
    from pulumi_managed_agents.commands.doctor import doctor_report

    result = doctor_report(PROJECT, stage, emulator=emulator)
    deliver_lines(reports, result.rendered)
    sys.exit(0 if result.record.ok else 1)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes what you type. In bash: `eval "$(managed-agents completion bash)"`."""
    from click.shell_completion import get_completion_class

    completion_class = get_completion_class(shell)
    program = click.get_current_context().find_root()
    assert completion_class is not None  # noqa: S101 - each of the choices has one
    click.echo(completion_class(program.command, {}, "managed-agents", "_MANAGED_AGENTS_COMPLETE").source())


@click.command(
    epilog="Any client of the API can use it: set its base URL to the one that is printed, and any key. A script is "
    "a list of rules, such as `rules: [{match: {message: refund}, do: [{reply: Certainly.}]}]`."
)
@click.option("--host", metavar="ADDRESS", help="Loopback address to listen on (127.0.0.1 unless given).")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 picks a free one (8181 unless given)."
)
@click.option("--data", type=click.Path(file_okay=False), metavar="DIR", help="Keep the state here across restarts.")
@click.option("--script", type=click.Path(dir_okay=False), metavar="FILE", help=SCRIPT_HELP)
@click.option(
    "--key",
    multiple=True,
    metavar="KEY[=WORKSPACE]",
    help="Accept this API key, for that workspace; may be repeated. Without one, any key is accepted.",
)
@click.option(
    "--rule",
    multiple=True,
    metavar="RULE[=WORKSPACE]",
    help="Accept identity tokens by this federation rule, for that workspace; may be repeated.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Once it listens, write its URL and process id here, as JSON; removed when it ends.",
)
@click.option("--stop", is_flag=True, help="End the emulator that --emulator started in the background.")
def emulator(stop: bool, **options: Any) -> None:
    """Serve a local emulator of the API, until Ctrl-C or SIGTERM. Without --data its state ends with it."""
    from pulumi_managed_agents.engine import emulator as emulation

    options_given = {f"--{name.replace('_', '-')}": value for name, value in options.items() if value not in (None, ())}
    if not stop:
        values = ((name, value if isinstance(value, tuple) else (value,)) for name, value in options_given.items())
        emulation.serve([f"{name}={value}" for name, several in values for value in several])
    if options_given:
        raise click.UsageError(f"--stop takes no {next(iter(options_given))}")
    echo(emulation.stop(PROJECT))
