"""The engine's side of the protocol: what the program asks for, and what of that the trial engine refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import grpc  # type: ignore[import-untyped]
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2, resource_pb2
from pulumi.runtime.proto.engine_pb2_grpc import EngineServicer
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorServicer

from pulumi_managed_agents.engine.events import STACK_TYPE, Message, Severity
from pulumi_managed_agents.engine.project import NEEDS_CLI, Project
from pulumi_managed_agents.engine.trial.plugin import StepFailed
from pulumi_managed_agents.engine.trial.state import Resource, State
from pulumi_managed_agents.engine.trial.steps import PARALLEL
from pulumi_managed_agents.engine.trial.urns import former_urns, make_urn
from pulumi_managed_agents.engine.trial.wire import Values, from_struct, to_struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_managed_agents.engine.trial.deployment import Deployment

# Secrets (0) and alias specs (3); the others so that the program sends what we then refuse by name.
_FEATURES: list[Any] = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16]
_SEVERITIES: tuple[Severity, ...] = ("debug", "info", "warning", "error")
_REFUSED_OPTIONS = {
    *("deletedWith", "ignoreChanges", "importId", "packageRef", "provider", "remote", "replaceOnChanges"),
    *("replace_with", "replacement_trigger", "state_migrations", "transforms"),
}
_REFUSED_CALLS = (
    *("Call", "ExistsResource", "ReadResource", "RegisterErrorHook", "RegisterPackage", "RegisterResourceHook"),
    *("RegisterStackInvokeTransform", "RegisterStackTransform"),
)
_STACK_READS = ("pulumi:pulumi:readStackOutputs", "pulumi:pulumi:readStackResourceOutputs")


class Monitor(ResourceMonitorServicer, EngineServicer):
    """Answers the program. `states` is the folder with the states of all projects."""

    def __init__(self, project: Project, deployment: Deployment, states: Path) -> None:
        self.project, self.deployment, self.states = project, deployment, states
        self.registered: set[str] = set()
        self.outputs: Values = {}
        self._moved: dict[str, str] = {}

    def GetDeploymentInfo(self, *_: Any) -> resource_pb2.DeploymentInfo:  # noqa: D102, N802
        name, stage, preview = self.project.name, self.project.stage, self.deployment.steps.preview
        settings: dict[str, Any] = {"organization": "organization", "dryRun": preview, "parallel": PARALLEL}
        return resource_pb2.DeploymentInfo(project=name, stack=stage, supportedFeatures=_FEATURES, **settings)

    def RegisterResource(self, request: Any, context: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: D102, N802
        urn = make_urn(self.project.name, self.project.stage, request.parent, request.type, request.name)
        try:
            new = self._register(request, urn)
        except StepFailed as failure:
            self._end(context, failure, urn)
        values = to_struct(new.outputs if new.custom else {})
        return resource_pb2.RegisterResourceResponse(urn=urn, id=new.id, object=values)

    def RegisterResourceOutputs(self, request: Any, _: Any) -> Empty:  # noqa: D102, N802
        outputs = from_struct(request.outputs)
        if f"::{STACK_TYPE}::" in request.urn:
            self.outputs = outputs
        else:
            state = self.deployment.steps.state
            state.put(replace(state.live[request.urn], outputs=outputs))
        return Empty()

    def Invoke(self, request: Any, context: Any) -> provider_pb2.InvokeResponse:  # noqa: D102, N802
        name = str(next(iter(from_struct(request.args).values()), ""))
        project, stage = [self.project.name, *name.split("/")][-2:]
        path = self.states / project / f"{stage}.json"
        if request.tok not in _STACK_READS:
            self._end(context, StepFailed(f"the function {request.tok}: {NEEDS_CLI}"))
        if not path.exists():
            context.abort(grpc.StatusCode.UNKNOWN, f"unknown stack {name!r}")
        resources = State(path).live.values()
        outputs = {old.urn: {"type": old.type, "outputs": old.outputs} for old in resources}
        if request.tok == _STACK_READS[0]:
            outputs = next((old.outputs for old in resources if old.type == STACK_TYPE), {})
        values = {"name": name, "outputs": outputs}
        return provider_pb2.InvokeResponse(**{"return": to_struct(values)})

    def SignalAndWaitForShutdown(self, *_: Any) -> Empty:  # noqa: D102, N802
        return Empty()

    def Log(self, request: Any, _: Any) -> Empty:  # noqa: D102, N802
        steps = self.deployment.steps
        if request.severity and not steps.stopping.is_set():
            steps.tell(Message(_SEVERITIES[request.severity], request.message.rstrip("\n"), request.urn))
        return Empty()

    def _end(self, context: Any, failure: StepFailed, urn: str = "") -> NoReturn:
        self.deployment.steps.fail(failure, urn)
        context.abort(grpc.StatusCode.UNAVAILABLE, "the run is ending")
        raise failure

    def _register(self, request: Any, urn: str) -> Resource:
        unsupported = _REFUSED_OPTIONS & {part.name for part, _ in request.ListFields()}
        if request.hooks.ByteSize():
            unsupported.add("hooks")
        if request.custom and not request.type.startswith("pulumi-python:"):
            unsupported.add(f"resource type {request.type}")
        if unsupported:
            raise StepFailed(f"{', '.join(sorted(unsupported))}: {NEEDS_CLI}")
        goal, old = _goal(request, urn), self._recorded(request, urn)
        if not goal.custom:
            return self.deployment.settle(goal, old)
        delete_first = request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
        return self.deployment.apply(goal, old, delete_first)

    def _recorded(self, request: Any, urn: str) -> Resource | None:
        """Find what the state has of a resource, under its name or one that it had before."""
        state = self.deployment.steps.state
        with state.lock:
            if urn in self.registered:
                raise StepFailed(f"Duplicate resource URN '{urn}'; try giving it a unique name")
            self.registered.add(urn)
            if urn in state.live:
                return state.live[urn]
            for former in former_urns(request, urn, self._moved):
                if former in state.live and former not in self.registered:
                    self._moved[urn] = former
                    return state.rename(state.live[former], urn)
            return None


def _refused(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Monitor, _: Any, context: Any) -> NoReturn:
        self._end(context, StepFailed(f"{name}: {NEEDS_CLI}"))

    return refuse


for _name in _REFUSED_CALLS:
    setattr(Monitor, _name, _refused(_name))


def _goal(request: Any, urn: str) -> Resource:
    property_needs = {name: list(needs.urns) for name, needs in request.propertyDependencies.items()}
    through_properties = {need for needs in property_needs.values() for need in needs}
    return Resource(
        urn=urn,
        type=request.type,
        custom=request.custom,
        inputs=from_struct(request.object),
        needs=sorted({*request.dependencies, *through_properties, request.parent} - {""}),
        property_needs=property_needs,
        secret_outputs=list(request.additionalSecretOutputs),
        protect=request.protect,
        retain=request.retainOnDelete,
    )
