"""What several commands take."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from pulumi_managed_agents.words import hanging, harmless

Command = Callable[..., Any]

PROJECT = Path()
"""Where a command runs: in the project's folder, see `in_project`."""


def in_project(command: Command) -> Command:
    """A command that runs in the project's folder, also when it is typed in one below; files are as they were typed."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        root = _project()
        if root != PROJECT:
            options = {name: _meant(value) for name, value in options.items()}
            os.chdir(root)
        return command(*arguments, **options)

    return run


def _project() -> Path:
    """The project that is here or above; this folder where there is none."""
    from pulumi_managed_agents.engine.project import project_above

    return project_above(PROJECT) or PROJECT


def _meant(value: Any) -> Any:
    """A file as it was typed, from wherever the command runs; ``-`` is none."""
    if isinstance(value, tuple):
        return tuple(map(_meant, value))
    return value.absolute() if isinstance(value, Path) and value != Path("-") else value


def complete_stage(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """The stages that a shell may complete to."""
    return [name for name in _stages() if name.startswith(begun)]


Names = Callable[[Any], Iterable[str]]
"""Which names of a stage that was loaded are meant."""


def _of_kinds(*kinds: str) -> Names:
    return lambda stage: [definition.name for definition in stage.definitions if definition.kind in kinds]


RESOURCES: Names = lambda stage: [definition.name for definition in stage.definitions]  # noqa: E731 - as below
ROOTS = _of_kinds("agent", "deployment")
AGENTS = _of_kinds("agent")
TESTS: Names = lambda stage: [test.name for test in stage.smoke]  # noqa: E731 - one of several of a type


def completing(names: Names) -> Callable[..., list[str]]:
    """What a shell may complete to: what is in the stage that was typed, the first one of several."""

    def complete(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
        typed = context.params
        stage = typed.get("stage") or typed.get("source") or next(iter([*(typed.get("stages") or ()), *_stages()]), "")
        return [name for name in _names_in(str(stage), names) if name.startswith(begun)]

    return complete


def _names_in(stage: str, names: Names) -> list[str]:
    """Names in a stage; none if it cannot be read."""
    from pulumi_managed_agents.engine.project import read_project
    from pulumi_managed_agents.errors import ManagedAgentsError

    try:
        return list(names(read_project(_project().resolve(), stage).load()))
    # A shell that completes a word has no place for an error.
    except ManagedAgentsError:
        return []


def _stages() -> list[str]:
    from pulumi_managed_agents.engine.project import stages

    return stages(_project())


def the_stage(_context: click.Context, _parameter: click.Parameter, stage: str | None) -> str:
    """The stage that was typed, or the only one there is."""
    if stage is not None:
        return stage
    known = _stages()
    if len(known) == 1:
        return known[0]
    raise click.UsageError(f"say which stage: {', '.join(known)}" if known else "Missing argument 'STAGE'.")


def with_names(stage: str, names: tuple[str, ...], meant: Names) -> tuple[str, tuple[str, ...]]:
    """The stage and the names that were typed, where the only stage there is may be left out before them."""
    known = _stages()
    is_name = len(known) == 1 and stage not in known and stage in _names_in(known[0], meant)
    return (known[0], (stage, *names)) if is_name else (stage, names)


STAGE = click.argument("stage", required=False, callback=the_stage, shell_complete=complete_stage)
STAGES = click.argument(
    "stages",
    nargs=-1,
    callback=lambda context, parameter, given: given or (the_stage(context, parameter, None),),
    shell_complete=complete_stage,
)


class NewFile(click.Path):
    """A file to write: refused where it cannot be, before anything has run."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, whose directory need not exist yet."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        nearest = next(parent for parent in path.absolute().parents if parent.exists())
        if not nearest.is_dir():
            self.fail(f"{value}: {nearest} is not a directory", param, ctx)
        if not os.access(nearest, os.W_OK):
            self.fail(f"{value}: {nearest} is not writable", param, ctx)
        return path


EMULATOR = click.option(
    "--emulator",
    is_flag=True,
    help="Use a local emulator of the API, which is started if none runs. Needs no key; no model answers.",
)
SCRIPT_HELP = "Let agents answer as this script says, a YAML or JSON file."
SCRIPT = click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"With --emulator: {SCRIPT_HELP[0].lower()}{SCRIPT_HELP[1:]}",
)
JUNIT = click.option("--junit", type=NewFile(), help="Write smoke test results to a file, as JUnit XML.")
LOG_FILE = click.option(
    "--log-file",
    type=NewFile(),
    expose_value=False,
    callback=lambda _context, _option, file: _log_into(file),
    help="Append what happens to a file, as JSON lines: steps, requests, request ids; no bodies, no secrets.",
)
CONFIRM_STAGE = click.option(
    "--confirm-stage", metavar="NAME", help="The stage's name once more, if managed-agents:protectedStage requires it."
)
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask before acting.")


def follow_script(script: Path | None, *, emulator: bool) -> None:
    """Let the project's emulator follow a script from now on, if one was given.

    Raises:
        InputError: the file holds no script.
    """
    if script is None:
        return
    if not emulator:
        raise click.UsageError("--script says how the emulator's agents answer; add --emulator")
    from pulumi_managed_agents.engine import emulator as emulation

    emulation.follow(emulation.ensure(PROJECT), script)


def reporting(*forms: str) -> Callable[[Command], Command]:
    """Options for where a result goes; the command gets the `reports` to write.

    Standard output carries one form. With files each is written in the form that its suffix names.
    """

    def decorate(command: Command) -> Command:
        @click.option(
            "--output-format",
            "form",
            type=click.Choice(forms),
            help=f"The format of the result. Without it: {forms[0]}, or for a file the format that its suffix names.",
        )
        @click.option(
            "--output",
            "files",
            type=NewFile(),
            multiple=True,
            help="Write the result to a file; may be repeated.",
        )
        @wraps(command)
        def run(*arguments: Any, files: tuple[Path, ...], form: str | None, **options: Any) -> Any:
            from pulumi_managed_agents.output.reports import reports_for

            return command(*arguments, reports=reports_for(files, form, forms), **options)

        return run

    return decorate


def scoped(command: Command) -> Command:
    """Options for how far a command may go; it is given the `scope` that they make."""

    @click.option(
        "--confirm-removal",
        multiple=True,
        metavar="NAME",
        help="Remove NAME (such as agents/old) although it looks moved; may be repeated. `all`: even most of a stage.",
    )
    @click.option(
        "--only",
        multiple=True,
        metavar="NAME",
        shell_complete=completing(RESOURCES),
        help="Only NAME (such as agents/triage), what it needs and its smoke tests; may be repeated.",
    )
    @wraps(command)
    def run(*arguments: Any, confirm_removal: tuple[str, ...], only: tuple[str, ...], **options: Any) -> Any:
        from pulumi_managed_agents.commands.scope import Scope

        return command(*arguments, scope=Scope(frozenset(confirm_removal), only), **options)

    return run


def must_be_whole_for_plan(option: str, scope: Any) -> None:
    """Refuse an option for saved plans, if one was given, together with a scope."""
    if option and (scope.only or scope.confirmed):
        raise click.UsageError(
            f"{option} is for all of a stage as its settings say: leave out --only and --confirm-removal; what may be "
            "removed goes into managed-agents:confirmRemoval"
        )


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write lines made safe for a terminal; messages on a terminal are broken between words."""
    shown = harmless(text)
    if err and sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        shown = "\n".join(part for line in shown.split("\n") for part in hanging(line, width))
    click.echo(shown, err=err, nl=nl)


@contextmanager
def following(what: str) -> Iterator[None]:
    """While something runs that shows nothing itself, show on standard error's terminal what, and for how long."""
    from pulumi_managed_agents.output.console import Console

    with Console(aside=True).following(what):
        yield


def deliver_lines(reports: Sequence[Any], render: Callable[[str], str]) -> None:
    """Write a result that people read as plain lines."""
    from pulumi_managed_agents.output.reports import deliver

    def show(text: str) -> None:
        echo(text, nl=False)

    deliver(reports, lambda form, _: render(form), show=show, say=lambda line: echo(line, err=True))


def _log_into(file: Path | None) -> None:
    """Ask this process, and every one that it starts, to log."""
    if file is not None:
        from pulumi_managed_agents.api.run_log import VARIABLE

        file.parent.mkdir(parents=True, exist_ok=True)
        os.environ[VARIABLE] = str(file.resolve())


def confirm(question: str) -> bool:
    """Ask; no answer means no.

    Raises:
        Refused: there is nobody to answer.
    """
    from pulumi_managed_agents.errors import Refused

    try:
        return click.confirm(harmless(question), default=False)
    except click.Abort:
        if sys.stdin.isatty():  # Ctrl-C; elsewhere the input has come to its end
            raise
        click.echo(err=True)
        raise Refused("there is no one to answer; with --yes nothing is asked; nothing was changed") from None


def confirmation(stage: str, named: str | None, *, yes: bool, emulator: bool = False) -> Callable[[str], bool] | None:
    """How to ask before acting on a stage; None if no question is left.

    `yes` and the emulator want no question, but a protected stage does: its name has to be typed, or given as `named`.

    Raises:
        Refused: the stage is protected and its name is missing, or another one.
    """
    from pulumi_managed_agents.engine.project import is_protected
    from pulumi_managed_agents.errors import Refused

    if named is not None and named != stage:
        raise Refused(f"--confirm-stage names '{named}', but the stage is '{stage}'; nothing was changed")
    if not is_protected(PROJECT, stage) or named == stage:
        return None if yes or emulator or named else confirm
    if yes or not sys.stdin.isatty():
        raise Refused(
            f"'{stage}' is protected (managed-agents:protectedStage), and --yes is not enough: "
            f"add --confirm-stage {stage}; nothing was changed"
        )
    return lambda question: click.prompt(f"{question} Type {stage} to go on", default="", show_default=False) == stage
