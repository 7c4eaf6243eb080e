"""A Pulumi program as its author's unit tests run it: with Pulumi's mocks in the place of an engine."""

from __future__ import annotations

import asyncio
import contextvars
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.mocks import MockMonitor

from pulumi_managed_agents.reconcile.mark import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PREFIX = "pulumi-python:dynamic/managedagents:"


@dataclass(frozen=True)
class Registered:
    """A resource as the program registered it; `line` is where it says that the program declares it."""

    title: str
    name: str
    inputs: dict[str, Any]
    provider: str
    line: str
    needs: frozenset[str]

    @property
    def about(self) -> dict[str, Any]:
        """What our provider is told of it."""
        about: dict[str, Any] = self.inputs["__resource"]
        return about


class Mocks(pulumi.runtime.Mocks):
    """Every resource has its inputs as outputs; a workspace is called after its provider. `answers` are by function."""

    def __init__(self, answers: Mapping[str, dict[str, Any]]) -> None:
        self._answers = answers

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Make up an id, and what a provider would compute."""
        workspace = {"workspace": f"of {args.provider or 'the stack'}"} if args.typ == f"{PREFIX}Workspace" else {}
        return f"{args.name}-id", {**args.inputs, **workspace, "version": 1}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Answer, and refuse every other function, as mocks do that know all functions that their program calls."""
        if args.token not in self._answers:
            raise NotImplementedError(args.token)
        return {**args.args, **self._answers[args.token]}, []


class Monitor(MockMonitor):
    """Pulumi's mock of an engine, which keeps what it was asked to register."""

    def __init__(self, answers: Mapping[str, dict[str, Any]]) -> None:
        super().__init__(Mocks(answers))
        self.registered: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's protocol names it
        """Register a resource."""
        with _loop_of_its_own():
            answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # Pulumi's
        title = request.type.removeprefix(PREFIX)
        place = request.sourcePosition
        line = f"{place.uri.rpartition('/')[2]}:{place.line}"
        inputs = pulumi.runtime.rpc.deserialize_properties(request.object)
        self.registered.append(
            Registered(title, request.name, inputs, request.provider, line, frozenset(request.dependencies))
        )
        return answer

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's protocol names it
        """Read a resource of somebody else."""
        with _loop_of_its_own():
            return super().ReadResource(request)  # type: ignore[no-untyped-call]  # Pulumi's

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - Pulumi's protocol names it
        """Call a function."""
        with _loop_of_its_own():
            return super().Invoke(request)  # type: ignore[no-untyped-call]  # Pulumi's


@contextmanager
def _loop_of_its_own() -> Iterator[None]:
    """An event loop for the thread of a call: Pulumi's mock makes one where there is none, and leaves it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        loop.close()
        asyncio.set_event_loop(None)


def registered(
    *programs: Callable[[], object], answers: Mapping[str, dict[str, Any]] | None = None
) -> list[Registered]:
    """Run programs of the project `shop` and the stack `dev`, one after the other as tests in one process are.

    The resources of the last one, in the order of registration; the stack itself is none of them. `answers` are those
    of the functions that the programs call.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return contextvars.copy_context().run(_registered, programs, answers or {})
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)


def _registered(programs: Iterable[Callable[[], object]], answers: Mapping[str, dict[str, Any]]) -> list[Registered]:
    for program in programs:
        monitor = Monitor(answers)
        pulumi.runtime.set_mocks(monitor.mocks, project="shop", stack="dev", monitor=monitor)
        pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]  # Pulumi's
    return [one for one in monitor.registered if one.title != STACK_TYPE]
