"""The provider process, called over Pulumi's gRPC protocol; and what both ends of that protocol share.

Nothing here decides what becomes of a resource: `run` does.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import json_format, struct_pb2  # type: ignore[import-untyped]
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_managed_agents.engine import parent_watch
from pulumi_managed_agents.engine.trial.state import Props, Resource, marked, plain
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_managed_agents.engine.project import Project

PARALLEL = 64
"""How many steps are taken at a time; most of one is waiting for the API."""


class StepFailed(ManagedAgentsError):
    """A resource's turn failed; each argument is a reason."""


class ProviderProcess:
    """A provider in a separate process. It starts at once; the first call waits until it serves.

    `emit_line` gets each line that the process prints. A call may raise `StepFailed`.
    """

    def __init__(self, project: Project, env: Mapping[str, str], emit_line: Callable[[str], None]) -> None:
        self._emit_line = emit_line
        self._config = project.config
        self._process = start_python(
            ["pulumi.dynamic", "127.0.0.1:0"], project, {**env, "PULUMI_PROJECT": project.name}
        )
        # One thread reads what the process prints: first up to its port, then to the end.
        self._reader = ThreadPoolExecutor(1)
        self._stub = self._reader.submit(self._connect)
        self._reader.submit(self._emit_remaining_lines)

    def check(self, goal: Resource, old_inputs: Props) -> Resource:
        """Return the resource with the inputs as the provider completes them."""
        answer = self._call("Check", urn=goal.urn, olds=old_inputs, news=goal.inputs)
        if answer.failures:
            problem = f"{goal.type} resource '{goal.name}' has a problem"
            raise StepFailed(*(f"{problem}: {failure.reason}" for failure in answer.failures))
        return replace(goal, inputs=marked(from_struct(answer.inputs), goal.inputs))

    def diff(self, old: Resource, inputs: Props) -> Any:
        """Return the `DiffResponse` on what new inputs change."""
        return self._call("Diff", id=old.id, urn=old.urn, olds=old.outputs, news=inputs)

    def write(self, goal: Resource) -> Resource:
        """Create an object, or change the one with the id there is; return it with its id and new outputs."""
        if goal.id:
            answer = self._call("Update", id=goal.id, urn=goal.urn, olds=goal.outputs, news=goal.inputs)
        else:
            answer = self._call("Create", urn=goal.urn, properties=goal.inputs)
        return replace(goal, id=goal.id or answer.id, outputs=marked(from_struct(answer.properties), goal.inputs))

    def read(self, old: Resource) -> Resource | None:
        """Return what the provider sees of an object, or None if it is gone."""
        answer = self._call("Read", id=old.id, urn=old.urn, properties=old.outputs, inputs=old.inputs)
        if not answer.id:
            return None
        inputs = marked(from_struct(answer.inputs), old.inputs) or old.inputs
        outputs = marked(from_struct(answer.properties), old.inputs)
        return replace(old, id=answer.id, inputs=inputs, outputs=outputs)

    def delete(self, old: Resource) -> None:
        """Delete an object."""
        self._call("Delete", id=old.id, urn=old.urn, properties=old.outputs)

    def cancel(self) -> None:
        """Let what is under way come to an early end, as far as the provider can."""
        with suppress(grpc.RpcError, StepFailed):
            self._stub.result().Cancel(Empty())

    def close(self) -> None:
        """End the process, once every line that it printed is emitted."""
        with self._process:
            self._process.kill()
            self._reader.shutdown()

    def _call(self, method: str, **fields: Any) -> Any:
        """Make a call; properties are sent without the marks of their secrets."""
        values = {name: to_struct(plain(value)) if isinstance(value, dict) else value for name, value in fields.items()}
        request = getattr(provider_pb2, f"{method}Request")(**values)
        try:
            return getattr(self._stub.result(), method)(request)
        except grpc.RpcError as error:
            raise StepFailed(error.details()) from None

    def _connect(self) -> provider_pb2_grpc.ResourceProviderStub:
        """Connect to the port that the process prints on a separate line, and emit the lines before it."""
        for line in self._process.stdout or ():
            if line.strip().isdigit():
                stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{int(line)}"))
                stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(self._config)))
                return stub
            self._emit_line(line)
        raise StepFailed("the provider process ended before it could serve")

    def _emit_remaining_lines(self) -> None:
        for line in self._process.stdout or ():
            self._emit_line(line)


def start_python(arguments: list[str], project: Project, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a module in the program's folder; both its outputs are one stream of lines."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", parent_watch.__name__, *arguments],
        cwd=project.program,
        env=env,
        stdin=subprocess.PIPE,  # its end shows the process that this one has ended
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # out of reach of Ctrl-C: this process decides when it ends
    )


def to_struct(values: Props) -> struct_pb2.Struct:
    """Encode properties as they are sent to a provider or the program."""
    return json_format.ParseDict(values, struct_pb2.Struct())


def from_struct(struct: struct_pb2.Struct) -> Props:
    """Decode properties that a provider or the program sent."""
    return dict(json_format.MessageToDict(struct))
