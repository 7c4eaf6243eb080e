"""The program of a stage of files, run by the process of the command, which has imported and read all that it needs.

The engine starts a program in a process of its own, after it has asked pip twice what is installed there: a fifth of
what a preview of hundreds of resources costs. A program that does nothing but to deploy a stage of files needs neither.
The Automation API calls this an inline program; its provider still is a process of its own.
"""

from __future__ import annotations

import ast
import os
import runpy
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.own_backend import is_own_backend
from pulumi_managed_agents.one_command import run_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_managed_agents.engine.project import Project

KNOWN_OPTIONS = frozenset({"virtualenv", "toolchain"})


def own_program(project: Project, environment: Mapping[str, str], *, emulator: bool) -> Path | None:
    """The folder of a stage's program, where it is one that this process could run; None if the engine has to.

    Pulumi Cloud notes with a stack how its program is run, so that there it stays what it is.
    """
    # A run against the emulator has a state and a virtual environment of our choice.
    alike = emulator or (_runs_in_this_python(project) and is_own_backend(project, environment))
    return project.program.resolve() if alike and is_files_alone(project) else None


def is_files_alone(project: Project) -> bool:
    """Whether a program does nothing but to deploy a stage of files."""
    if not project.has_files:
        return False
    try:
        program = ast.parse((project.program / "__main__.py").read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return False
    return [ast.unparse(statement) for statement in program.body if not _is_text(statement)] == [
        "from pulumi_managed_agents import deploy_stage",
        "deploy_stage()",
    ]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _runs_in_this_python(project: Project) -> bool:
    """Whether a project's program runs in the virtual environment that this process runs in, and in no special way."""
    runtime = project.settings.get("runtime")
    if not isinstance(runtime, dict) or runtime.get("name") != "python":
        return False
    options = runtime.get("options")
    if not isinstance(options, dict) or options.keys() - KNOWN_OPTIONS or options.get("toolchain", "pip") != "pip":
        return False
    named = options.get("virtualenv")
    return isinstance(named, str) and (project.root / named).resolve() == Path(sys.prefix).resolve()


@contextmanager
def running_here(folder: Path, variables: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """The program in a folder as a function; in the block this process has the folder and variables of the program."""
    before, at = dict(os.environ), Path.cwd()
    # The engine starts the provider by the Python that this names.
    os.environ.update({**variables, "PULUMI_PYTHON_CMD": sys.executable})
    os.chdir(folder)
    try:
        yield partial(run_program, partial(runpy.run_path, str(folder / "__main__.py")))
    finally:
        os.chdir(at)
        os.environ.clear()
        os.environ.update(before)
