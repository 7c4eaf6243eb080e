"""The mistakes of a program: all of them are reported, at their lines, before the first of its resources is registered.

Pulumi registers what a program declares as soon as the program waits for something, which most do only at their end.
Until then our resources are held back; what is wrong in one of them stops all.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.settings import get_engine, get_monitor

from pulumi_managed_agents.dynamic.default_name import with_some_name
from pulumi_managed_agents.dynamic.program.exit import ALREADY_REPORTED, end_program
from pulumi_managed_agents.dynamic.python_problems import problems_in_python
from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.words import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import FrameType

    from pulumi_managed_agents.errors import InputError
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.schema.problem import FieldPath, Problem

Props = dict[str, Any]

LONGEST_HOLD = 5.0
"""The most seconds that a program may wait for something in its middle before what it declared so far goes on.

It may be waiting for just that.
"""
LOOK_AGAIN = 0.01
_HELD = "_managed_agents_mistakes"
_OURS = Path(__file__).parents[2]
_PULUMI = Path(str(pulumi.__file__)).parent


@dataclass
class _Program:
    """What is known of a program: the task that runs its code, what is wrong in it, and whether it ended itself."""

    task: asyncio.Task[Any] | None
    mistakes: list[tuple[pulumi.Resource, str]] = field(default_factory=list)
    is_stopped: bool = False
    wait: asyncio.Task[None] | None = None

    @property
    def is_declaring(self) -> bool:
        """Whether the program's own code is running, or waiting in its middle."""
        # A coroutine that awaits something is not running; one that has the event loop turn inside of it is.
        return self.task is not None and bool(getattr(self.task.get_coro(), "cr_running", False))


def _program() -> _Program:
    monitor = vars(get_monitor() or pulumi.runtime)
    if _HELD not in monitor:
        try:
            task = asyncio.current_task()
        except RuntimeError:  # without a loop, as in unit tests
            task = None
        monitor[_HELD] = _Program(task)
    known: _Program = monitor[_HELD]
    return known


def note_mistakes(resource: pulumi.Resource, facts: Facts, name: str, props: Props | None) -> None:
    """Note what is wrong with a resource that the program is about to declare; None is known to be right."""
    program = _program()  # whose code is running now
    if props is None:
        return
    inputs = with_some_name(facts, name, props)
    wrong = [problem for problem in problems_in_python(facts, inputs, _is_later) if problem.severity == "error"]
    if wrong:
        frame = _line_of_program()
        _note(program, resource, [_finding(frame, problem, name) for problem in wrong])


def note(resource: pulumi.Resource, name: str, error: InputError) -> None:
    """Note what else is wrong with it; it will not be registered.

    Raises:
        InputError: the error itself, in a unit test.
    """
    if _is_mocked():
        raise error
    place = _place(_line_of_program())
    _note(_program(), resource, [Finding(*place, f"'{name}'", str(one)) for one in error.findings or (error,)])


def end() -> NoReturn:
    """End the program, which has said why; nothing of ours that it declared before is registered."""
    _program().is_stopped = True
    end_program()


async def nothing_is_wrong() -> None:
    """Wait until the program has declared what it can; ends it if something is wrong by then."""
    if _is_mocked():
        return
    program = _program()
    if program.is_declaring:
        if program.wait is None or program.wait.done():  # one for all, be they thousands
            program.wait = asyncio.ensure_future(_declaring(program))
        await program.wait
    if not program.mistakes and not program.is_stopped:
        return
    _tell(program)
    if threading.current_thread() is threading.main_thread():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ALREADY_REPORTED)  # any other way, what was not registered complains of that
    end_program()


async def _declaring(program: _Program) -> None:
    began = time.monotonic()
    while program.is_declaring and time.monotonic() - began < LONGEST_HOLD:
        await asyncio.sleep(LOOK_AGAIN)


def _note(program: _Program, resource: pulumi.Resource, findings: Iterable[Finding]) -> None:
    lines = [harmless(str(finding)) for finding in findings]
    if _is_mocked():
        raise pulumi.RunError("\n".join(lines))
    if not program.mistakes:
        # Which comes before Pulumi takes its next step with anything that is declared from here on, ours or not.
        stopping: asyncio.Future[Any] = asyncio.ensure_future(nothing_is_wrong())
        pulumi.Output.from_input(stopping)
    program.mistakes += [(resource, line) for line in lines]


def _is_mocked() -> bool:
    return isinstance(get_monitor(), (MockMonitor, type(None)))


def _tell(program: _Program) -> None:
    mistakes, program.mistakes = program.mistakes, []
    parents, engine = _parents(), get_engine()
    for resource, line in mistakes:
        if engine:
            urn = _urn(resource, parents)
            engine.Log(engine_pb2.LogRequest(severity=engine_pb2.ERROR, message=line, urn=urn))


def _parents() -> dict[pulumi.Resource, pulumi.Resource]:
    """The parent of each resource of the program; a parent knows its children, and nobody knows all parents."""
    resources = [candidate for candidate in gc.get_objects() if issubclass(type(candidate), pulumi.Resource)]
    return {child: candidate for candidate in resources for child in getattr(candidate, "_childResources", ())}


def _urn(resource: pulumi.Resource, parents: Mapping[pulumi.Resource, pulumi.Resource]) -> str:
    """The URN of what is declared, which Pulumi says only of what is registered."""
    types, above = [resource.pulumi_resource_type], parents.get(resource)
    while above is not None:
        types, above = [above.pulumi_resource_type, *types], parents.get(above)
    place = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}"
    return f"{place}::{'$'.join(types)}::{resource.pulumi_resource_name}"


def _is_later(value: Any) -> bool:
    return isinstance(value, (pulumi.Output, pulumi.Resource)) or inspect.isawaitable(value)


def _line_of_program() -> FrameType | None:
    """The innermost frame that is neither ours nor Pulumi's; rather one of the project than of an installed package."""
    here, outer = sys._getframe(1), None  # noqa: SLF001 - there is no public name for it
    frame: FrameType | None = here
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_file() and not file.is_relative_to(_OURS) and not file.is_relative_to(_PULUMI):
            if file.resolve().is_relative_to(Path.cwd()) and "site-packages" not in file.parts:
                return frame
            outer = outer or frame
        frame = frame.f_back
    return outer


def _place(frame: FrameType | None) -> tuple[str, int]:
    if frame is None:
        return "the program", 0
    file = Path(frame.f_code.co_filename).resolve()
    shown = os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
    return shown, frame.f_lineno


def _finding(frame: FrameType | None, problem: Problem, name: str) -> Finding:
    file, line = _place(frame)
    at = _line_of_value(frame, problem.path) if frame else 0
    where = ": ".join(filter(None, [f"'{name}'", field_name(problem.path)]))
    return Finding(file, at or line, where, problem.message)


def _line_of_value(frame: FrameType, path: FieldPath) -> int:
    """The line of the value at a path, as far as it is written out in the call; 0 if the call is not found."""
    try:
        tree = ast.parse(Path(frame.f_code.co_filename).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return 0
    # An instruction is two bytes long, and has one entry here.
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    here: ast.AST | None = next((call for call in calls if (call.lineno, call.end_lineno) == positions[:2]), None)
    line = 0
    for step in (None, *path):
        if step is not None:
            here = _inside(here, step)
        if here is None:
            break
        line = getattr(here, "lineno", line)
    return line


def _inside(node: ast.AST | None, step: str | int) -> ast.AST | None:
    if isinstance(node, ast.Call):
        return next((keyword.value for keyword in node.keywords if keyword.arg == step), None)
    if isinstance(node, ast.Dict):
        keys = {
            key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
        }
        return keys.get(step)
    if isinstance(node, (ast.List, ast.Tuple)) and isinstance(step, int) and step < len(node.elts):
        return node.elts[step]
    return None
