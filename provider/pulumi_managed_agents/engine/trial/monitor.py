"""The resource monitor: runs the program and answers it over Pulumi's gRPC protocol."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn

import grpc  # type: ignore[import-untyped]
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc

from pulumi_managed_agents.engine import language_host
from pulumi_managed_agents.engine.events import Message, Severity
from pulumi_managed_agents.engine.project import NEEDS_CLI, Project
from pulumi_managed_agents.engine.trial.provider_process import (
    PARALLEL,
    StepFailed,
    from_struct,
    start_python,
    to_struct,
)
from pulumi_managed_agents.engine.trial.registrations import Registrations
from pulumi_managed_agents.engine.trial.state import Props, Resource, State
from pulumi_managed_agents.reconcile.mark import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_managed_agents.engine.trial.run import Run

# Secrets (0) and alias specs (3); the others so that the program sends what we then refuse by name.
_FEATURES: list[Any] = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16]
_SEVERITIES: tuple[Severity, ...] = ("debug", "info", "warning", "error")
_REFUSED_OPTIONS = {
    "additionalSecretOutputs",
    "deleteBeforeReplaceDefined",
    "deletedWith",
    "ignoreChanges",
    "importId",
    "replaceOnChanges",
    "replace_with",
    "replacement_trigger",
    "state_migrations",
    "transforms",
}


def run_program(project: Project, run: Run, env: Mapping[str, str]) -> Props:
    """Run the program to its end and return the stack's outputs. All steps that it asked for have ended then."""
    monitor = Monitor(project, run)
    pool = ThreadPoolExecutor(PARALLEL)
    server = grpc.server(pool)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)  # type: ignore[arg-type]
    engine_pb2_grpc.add_EngineServicer_to_server(monitor, server)  # type: ignore[arg-type]
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    settings = {
        "project": project.name,
        "stack": project.stage,
        "organization": "organization",
        "root_directory": str(project.root),
        "monitor": address,
        "engine": address,
        "parallel": PARALLEL,
        "dry_run": run.preview,
    }
    config = {"PULUMI_CONFIG": json.dumps(project.config), "PULUMI_CONFIG_SECRET_KEYS": "[]"}
    process = start_python([language_host.__name__, json.dumps(settings)], project, {**env, **config})
    try:
        with process:
            for line in process.stdout or ():
                if not run.stopping.is_set():  # what a program prints when it is ended early only confuses
                    run.emit(Message("info", line.rstrip("\n")))
    except KeyboardInterrupt:
        run.stopping.set()
        run.provider.cancel()
        raise
    finally:
        process.kill()
        server.stop(None)
        pool.shutdown()  # waits for the steps that are under way
    if process.returncode == language_host.ALREADY_REPORTED:
        run.stopping.set()
    elif process.returncode:
        run.fail(StepFailed(f"program exited with non-zero exit code: {process.returncode}"))
    return monitor.outputs


class Monitor:
    """Answers the program. Each call of the protocol for which there is no method here is refused by its name."""

    def __init__(self, project: Project, run: Run) -> None:
        self.outputs: Props = {}
        self._run = run
        self._qualified_project = f"organization/{project.name}"
        self._registrations = Registrations(project)

    def GetDeploymentInfo(self, *_: Any) -> resource_pb2.DeploymentInfo:
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResource(self, request: Any, context: Any) -> resource_pb2.RegisterResourceResponse:
        registration = self._registrations.add(request)
        goal = Resource(
            registration.urn,
            request.type,
            request.name,
            inputs=from_struct(request.object),
            needs=list(registration.needs),
            protect=registration.protect,
            retain=registration.retain,
        )
        try:
            if request.type != STACK_TYPE:
                _refuse_unsupported(request)
            if request.custom:
                goal = self._run.apply(goal, registration.earlier)
            else:
                self._run.register(goal.urn)
        except StepFailed as failure:
            self._end(context, failure, goal.urn)
        return resource_pb2.RegisterResourceResponse(urn=goal.urn, id=goal.id, object=to_struct(goal.outputs))

    def RegisterResourceOutputs(self, request: Any, _: Any) -> Empty:
        if f"::{STACK_TYPE}::" in request.urn:
            self.outputs = from_struct(request.outputs)
        return Empty()

    def Invoke(self, request: Any, context: Any) -> provider_pb2.InvokeResponse:
        """Answer a stack reference to another stage of this project; any other function is refused."""
        project, _, stage = from_struct(request.args).get("stackName", "").rpartition("/")
        if (request.tok, project) != ("pulumi:pulumi:readStackResourceOutputs", self._qualified_project):
            self._end(context, StepFailed(f"{request.tok}: {NEEDS_CLI}"))
        resources = State(self._run.state.path.with_name(f"{stage}.json")).resources.values()
        recorded = {resource.urn: {"outputs": resource.outputs} for resource in resources if not resource.replaced}
        return provider_pb2.InvokeResponse(**{"return": to_struct({"outputs": recorded})})

    def ReadResource(self, request: Any, context: Any) -> NoReturn:
        """Refuse it: to the program alone, as Pulumi does, where what it depends on is no URN."""
        if not all(urn.startswith("urn:pulumi:") for urn in request.dependencies):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"invalid dependency: {', '.join(request.dependencies)}")
        self._end(context, StepFailed(f"ReadResource: {NEEDS_CLI}"))

    def SignalAndWaitForShutdown(self, *_: Any) -> Empty:
        return Empty()

    def Log(self, request: Any, _: Any) -> Empty:
        severity = _SEVERITIES[request.severity]
        if severity != "debug" and not self._run.stopping.is_set():
            self._run.emit(Message(severity, request.message.rstrip("\n"), request.urn))
        return Empty()

    def __getattr__(self, method: str) -> Callable[[Any, Any], NoReturn]:
        def refuse(_: Any, context: Any) -> NoReturn:
            self._end(context, StepFailed(f"{method}: {NEEDS_CLI}"))

        return refuse

    def _end(self, context: Any, failure: StepFailed, urn: str = "") -> NoReturn:
        """End the run, and with this call the program, which may not go on without an answer."""
        self._run.fail(failure, urn)
        context.abort(grpc.StatusCode.UNAVAILABLE, "the run is ending")
        raise failure


def _refuse_unsupported(request: Any) -> None:
    names = {field.name for field, _ in request.ListFields()} & _REFUSED_OPTIONS
    if request.remote or (request.custom and not request.type.startswith("pulumi-python:")):
        names.add(f"resource type {request.type}")
    if any(alias.spec.stack or alias.spec.project for alias in request.aliases):
        names.add("aliases of another stack or project")
    if names:
        raise StepFailed(f"{', '.join(sorted(names))}: {NEEDS_CLI}")
