"""Has the engine start the provider while the program still reads its files: each takes about as long as the other.

An engine starts a provider's process when it is first needed, which is otherwise for the first resource. The protocol
has no question that does this and nothing else, and a dynamic provider logs a traceback for each function that it is
asked for. So the engine is asked to read a resource which it refuses to read: it finds the provider before it looks at
what the resource is said to depend on, which is no URN.
"""

from __future__ import annotations

import threading
from contextlib import suppress

import grpc  # type: ignore[import-untyped]
import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.dynamic.program.resource import token

THREAD = "start of the provider"
"""The name of the thread that waits until the provider has started."""
_REFUSED = resource_pb2.ReadResourceRequest(type=token("Workspace"), name="no resource", dependencies=["no URN"])


def start_provider() -> None:
    """Have a preview start the provider of the stack's own configuration; nobody waits for that.

    An up does not: the engine would record a provider for a stack whose files turn out to be wrong.
    """
    monitor = get_monitor()
    if monitor is None or isinstance(monitor, MockMonitor) or not pulumi.runtime.is_dry_run():
        return

    def ask() -> None:
        with suppress(grpc.RpcError):  # it is refused, or the run has ended meanwhile
            monitor.ReadResource(_REFUSED)

    threading.Thread(target=ask, name=THREAD, daemon=True).start()
