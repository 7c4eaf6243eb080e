"""The SDK's server for dynamic providers as it is installed, in this process, with our wrapper in it."""

from __future__ import annotations

import asyncio
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pulumi.dynamic
from pulumi.runtime import rpc
from pulumi.runtime.proto.provider_pb2 import DiffRequest

from pulumi_managed_agents.dynamic.provider import diff_call
from pulumi_managed_agents.dynamic.provider_reference import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi.dynamic import ResourceProvider

SOURCE = Path(str(pulumi.dynamic.__file__)).with_name("__main__.py")


def sdk_server() -> ModuleType:
    """A fresh copy of the module that the engine starts, without the last line, which would serve."""
    source = SOURCE.read_text(encoding="utf-8")
    assert source.rstrip().endswith("\nmain()")
    module = ModuleType("pulumi_dynamic_main")
    exec(compile(source.rstrip().removesuffix("main()"), str(SOURCE), "exec"), vars(module))  # noqa: S102 - the SDK's
    return module


@cache
def _wrapped() -> ModuleType:
    module = sdk_server()
    assert diff_call.install(module.DynamicResourceProviderServicer)
    return module


def server_diff(
    provider: ResourceProvider,
    id: str,
    olds: dict[str, Any],
    news: dict[str, Any],
    ignore_changes: Sequence[str] = (),
    urn: str = "",
) -> Any:
    """The server's answer to the engine's question."""
    module = _wrapped()
    module._PROVIDER_CACHE[PROVIDER] = provider  # noqa: SLF001 - the SDK has no other way in
    request = DiffRequest(id=id, olds=_struct(olds), news=_struct(news), ignoreChanges=ignore_changes, urn=urn)
    return module.DynamicResourceProviderServicer().Diff(request, _Context())


class _Context:
    """What gRPC gives a call, by which the server answers with an error."""

    def abort(self, _code: Any, details: str) -> None:
        """Fail with the error that was raised, which the server gives as a text."""
        error = sys.exc_info()[1]
        raise error or AssertionError(details)


def _struct(props: dict[str, Any]) -> Any:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(props, {}))
    finally:
        loop.close()
