"""Commands that write the first files of a repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pulumi_managed_agents.cli.options import PROJECT
from pulumi_managed_agents.scaffold.project import TEMPLATES


def _list_templates(ctx: click.Context, _: click.Parameter, wanted: Any) -> None:
    if wanted:
        for name, template in TEMPLATES.items():
            click.echo(f"{name:<10} {template.description}")
        ctx.exit()


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--template",
    type=click.Choice(list(TEMPLATES)),
    default="minimal",
    show_default=True,
    help="What to begin with.",
)
@click.option("--name", help="The project's name; the directory's unless given.")
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list_templates, help="List the templates."
)
def init(directory: Path, template: str, name: str | None) -> None:
    """Write a repository of your own, from a template. Never overwrites a file."""
    from pulumi_managed_agents.scaffold.project import write_project

    for line in write_project(directory, template, name):
        click.echo(line)


@click.group()
def ci() -> None:
    """Write pipelines: review, deployment, a nightly look for drift."""


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
def ci_init(directory: Path, branch: str) -> None:
    """Write workflows for GitHub Actions, for the stages that the project has. Never overwrites a file."""
    from pulumi_managed_agents.scaffold.github_actions import write_workflows

    for line in write_workflows(directory, branch):
        click.echo(line)
