"""What a program's registrations carry beside the resource, cut down to what somebody reads.

The SDK sends the whole stack of calls with each registration, which the state keeps: paths of the machine that ran the
program, another on every machine. And it names each property of a resource, also where it depends on nothing. Guarded:
where the SDK is another, nothing is cut.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pulumi
from pulumi.runtime import resource as runtime_resource
from pulumi.runtime import rpc_manager
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.reconcile.mark import BOOKS, STACK_TYPE, TYPE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

INSTALLED = (Path(sysconfig.get_path("stdlib")), Path(str(pulumi.__file__)).parent, Path(__file__).parents[1])
_CUTS = "_managed_agents_cuts"


def cut_down() -> None:
    """Cut the registrations of our resources, and of the stack itself, from now on; harmless if called again."""
    monitor = get_monitor()
    register = getattr(monitor, "RegisterResource", None)
    if register is None or _CUTS in vars(monitor):
        return
    vars(monitor).update({_CUTS: True, "RegisterResource": _cutting(register)})


def _cutting(register: Callable[..., Any]) -> Callable[..., Any]:
    def cut(request: Any, *arguments: Any, **named: Any) -> Any:
        if request.type == STACK_TYPE or request.type.startswith(TYPE_PREFIX):
            _cut(request)
        return register(request, *arguments, **named)

    return cut


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


class _Quiet:
    """Stands in for `pulumi.log` in the SDK's code, where a debug line is a call that waits for the engine's answer."""

    def debug(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        from pulumi import log

        return getattr(log, name)


def lighten() -> None:
    """Cut registrations down, and leave out the SDK's debug lines, four for each resource; a program's own stay."""
    cut_down()
    for module in (runtime_resource, rpc_manager):
        if hasattr(getattr(module, "log", None), "debug"):
            module.log = _Quiet()  # type: ignore[attr-defined]  # the module's own import
