"""The provider process, which is Pulumi's own host of Python dynamic providers, and how it is called."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from pulumi_managed_agents.engine import attached
from pulumi_managed_agents.engine.trial.wire import plain, to_struct
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_managed_agents.engine.project import Project

GRPC_OPTIONS = [("grpc.max_receive_message_length", 400 * 1024 * 1024)]


class StepFailed(ManagedAgentsError):
    """A resource's turn failed; each argument is a reason."""

    def __str__(self) -> str:
        return "\n".join(self.args)


def start_python(arguments: list[str], project: Project, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a module in the program's folder, out of Ctrl-C's reach; both its outputs are one stream of lines."""
    command = [sys.executable, "-u", "-m", attached.__name__, *arguments]
    streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    place: dict[str, Any] = {"cwd": project.program, "env": env, "start_new_session": True}
    return subprocess.Popen(command, errors="replace", **place, **streams)  # noqa: S603


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield the lines of a process as they come, until it has ended."""
    with process:
        yield from (line.rstrip("\n") for line in process.stdout or ())


def signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Signal a process and all it started, unless it has ended."""
    if process.poll() is None:
        os.killpg(process.pid, number)


class Plugin:
    """A provider process. It starts at once; the first call waits until it serves."""

    def __init__(self, project: Project, env: Mapping[str, str], tell: Callable[[str], None]) -> None:
        settings = {**env, "PULUMI_PROJECT": project.name}
        self._process = start_python(["pulumi.dynamic", "127.0.0.1:0"], project, settings)
        self._config = project.config
        self._tell = tell
        self._connection = ExitStack()
        self._stub: Future[ResourceProviderStub] = Future()
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()

    def call(self, method: str, **fields: Any) -> Any:
        """Make a call; properties are sent without the marks of their secrets. `StepFailed` has its error text."""
        values = {name: to_struct(plain(value)) if isinstance(value, dict) else value for name, value in fields.items()}
        try:
            return getattr(self._stub.result(), method)(getattr(provider_pb2, f"{method}Request")(**values))
        except grpc.RpcError as error:
            raise StepFailed(error.details()) from None

    def cancel(self) -> None:
        """Ask the calls under way to end early, without waiting for them."""
        if self._stub.done() and not self._stub.exception():
            self._stub.result().Cancel.future(Empty())

    def close(self) -> None:
        """End the process and everything it started: in order if it can do so within five seconds."""
        if self._stub.done():
            self._connection.close()  # first, for gRPC would print what a server says at its end
            signal_group(self._process, signal.SIGINT)
        else:
            signal_group(self._process, signal.SIGKILL)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            signal_group(self._process, signal.SIGKILL)
        self._reader.join()
        self._connection.close()

    def _follow(self) -> None:
        """Take the port from the first line that is a number, and tell all others."""
        with suppress(grpc.RpcError):  # it was ended before it served
            for line in lines_of(self._process):
                if self._stub.done() or not line.isdigit():
                    self._tell(line)
                else:
                    channel = grpc.insecure_channel(f"127.0.0.1:{line}", GRPC_OPTIONS)
                    stub = ResourceProviderStub(self._connection.enter_context(channel))
                    stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(self._config)))
                    self._stub.set_result(stub)
        if not self._stub.done():
            self._stub.set_exception(StepFailed("the provider process ended before it could serve"))
