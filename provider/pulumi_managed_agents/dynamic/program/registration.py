"""What a program's registrations carry beside the resource, and cost beside the call, cut down to what somebody needs.

The SDK sends the whole stack of calls with each registration, which the state keeps: paths of the machine that ran the
program, another on every machine. And it names each property of a resource, also where it depends on nothing. What it
does again for each resource and for each output takes a third of the time of a program with hundreds of
resources. What our provider alone reads goes to the engine packed, and comes back so (`reconcile.packed_record`).
Guarded: where the SDK is another, nothing is cut.
"""

from __future__ import annotations

import asyncio
import json
import sysconfig
import threading
from asyncio import FIRST_COMPLETED, FIRST_EXCEPTION
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pulumi
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from pulumi.runtime import resource as runtime_resource
from pulumi.runtime import rpc, rpc_manager
from pulumi.runtime import stack as runtime_stack
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.dynamic.wire import with_whole_numbers
from pulumi_managed_agents.garbage import collect_seldom
from pulumi_managed_agents.reconcile.mark import BOOKS, STACK_TYPE, TYPE_PREFIX
from pulumi_managed_agents.reconcile.packed_record import LONGEST_PLAIN, PLAIN_INPUTS, is_packed, opened, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

INSTALLED = (Path(sysconfig.get_path("stdlib")), Path(str(pulumi.__file__)).parent, Path(__file__).parents[2])
_CUTS = "_managed_agents_cuts"


def cut_down() -> None:
    """Cut the registrations of our resources, and of the stack itself, from now on; harmless if called again."""
    monitor = get_monitor()
    register = getattr(monitor, "RegisterResource", None)
    if register is None or _CUTS in vars(monitor):
        return
    # The mocks of a program's author are asked and answer in plain fields.
    exchange = register if isinstance(monitor, MockMonitor) else _packing(register)
    vars(monitor).update({_CUTS: True, "RegisterResource": _cutting(exchange)})


def _cutting(register: Callable[..., Any]) -> Callable[..., Any]:
    def cut(request: Any, *arguments: Any, **named: Any) -> Any:
        if request.type == STACK_TYPE or request.type.startswith(TYPE_PREFIX):
            _cut(request)
        return register(request, *arguments, **named)

    return cut


def _packing(register: Callable[..., Any]) -> Callable[..., Any]:
    def pack(request: Any, *arguments: Any, **named: Any) -> Any:
        if request.type in BOOKS:
            _pack(request.object)
        answer = register(request, *arguments, **named)
        # The records of an object stay packed: the program reads none of them.
        if request.type in BOOKS:
            _unpack(answer.object)
        return answer

    return pack


def _pack(inputs: Any) -> None:
    """Pack the records among the inputs of a resource, unless the engine has to see what is inside."""
    for key in LONGEST_PLAIN.keys() & inputs.fields.keys() - PLAIN_INPUTS:
        value = with_whole_numbers(MessageToDict(inputs.fields[key]))
        if not _is_special(value):
            inputs.update(packed({key: value}))


def _unpack(outputs: Any) -> None:
    """Unpack the records among the outputs of a resource, which the program reads."""
    for key in LONGEST_PLAIN.keys() & outputs.fields.keys():
        if is_packed(key, outputs[key]):
            outputs.update({key: opened(outputs[key])})


def _is_special(value: Any) -> bool:
    """Whether a secret is in there, or something that is not known yet."""
    text = json.dumps(value)
    return rpc._special_sig_key in text or rpc.UNKNOWN in text  # noqa: SLF001 - Pulumi has no public name for it


def _cut(request: Any) -> None:
    request.ClearField("stackTrace")
    if _is_installed(request.sourcePosition.uri):
        request.ClearField("sourcePosition")
    if request.type in BOOKS:
        # Which property depends on what decides what is replaced with a resource, and nothing replaces these.
        for dependencies in request.propertyDependencies.values():
            dependencies.ClearField("urns")
    # Where none is named, the engine takes each property to depend on all that the resource depends on.
    idle = [key for key, dependencies in request.propertyDependencies.items() if not dependencies.urns]
    keep_one = len(idle) == len(request.propertyDependencies)
    for key in idle[keep_one:]:
        del request.propertyDependencies[key]


def _is_installed(uri: str) -> bool:
    """Whether a place is in a package or in Python itself: where that lies on a machine says nothing of the program."""
    file = Path(unquote(urlsplit(uri).path))
    return "site-packages" in file.parts or any(map(file.is_relative_to, INSTALLED))


class _StandIn:
    """Stands in for a module in the SDK's code; attributes that a class lacks are the module's own."""

    module: str

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.module), name)


class _Log(_StandIn):
    """A debug line is a call that waits for the engine's answer: four for each resource."""

    module = "pulumi.log"

    def debug(self, *_: Any, **__: Any) -> None:
        pass


class _Types(_StandIn):
    """The types of a class's outputs are the same for each of its resources."""

    module = "pulumi._types"

    @cache  # noqa: B019 - of one object, which lives as long as the process
    def resource_types(self, resource: type) -> dict[str, type]:
        types: dict[str, type] = self.__getattr__("resource_types")(resource)
        return types


class _Asyncio(_StandIn):
    """Who wakes up at each output that is there, to wait for all others again, does so for as many as the square."""

    module = "asyncio"

    async def wait(self, tasks: Iterable[asyncio.Future[Any]], *, return_when: str) -> Any:
        # The SDK looks at what is there for failures alone, and waits until all of it is.
        until = FIRST_EXCEPTION if return_when == FIRST_COMPLETED else return_when
        return await asyncio.wait(tasks, return_when=until)


STAND_INS: tuple[tuple[Any, str, str, _StandIn], ...] = (
    (runtime_resource, "log", "debug", _Log()),
    (rpc_manager, "log", "debug", _Log()),
    (rpc, "_types", "resource_types", _Types()),
    (runtime_stack, "asyncio", "wait", _Asyncio()),
)
"""What stands in for which module, by the SDK's module that imports it, and the function that it does otherwise."""


def lighten() -> None:
    """Cut registrations down, and what the SDK does for each; a program's own debug lines stay."""
    cut_down()
    for module, name, function, stand_in in STAND_INS:
        if hasattr(getattr(module, name, None), function):
            setattr(module, name, stand_in)
    # A program of the Automation API is a thread of its caller's process, which may live long.
    if threading.current_thread() is threading.main_thread():
        collect_seldom()
