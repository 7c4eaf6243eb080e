"""Runs the Pulumi program in a process of its own, connected to the monitor."""

from __future__ import annotations

import json
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto.engine_pb2_grpc import add_EngineServicer_to_server
from pulumi.runtime.proto.resource_pb2_grpc import add_ResourceMonitorServicer_to_server

from pulumi_managed_agents.engine import language_host
from pulumi_managed_agents.engine.events import Message
from pulumi_managed_agents.engine.trial.plugin import GRPC_OPTIONS, StepFailed, lines_of, signal_group, start_python
from pulumi_managed_agents.engine.trial.steps import PARALLEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.engine.trial.monitor import Monitor


def run_program(monitor: Monitor, env: Mapping[str, str]) -> None:
    """Run the program to its end, or until a step fails. All steps that it asked for have ended when this returns."""
    project, steps = monitor.project, monitor.deployment.steps
    pool = ThreadPoolExecutor(PARALLEL * 4)
    server = grpc.server(pool, options=GRPC_OPTIONS)
    add_ResourceMonitorServicer_to_server(monitor, server)
    add_EngineServicer_to_server(monitor, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    settings = {
        "monitor": address,
        "engine": address,
        "project": project.name,
        "stack": project.stage,
        "organization": "organization",
        "root_directory": str(project.root),
        "parallel": PARALLEL,
        "dry_run": steps.preview,
    }
    config = {"PULUMI_CONFIG": json.dumps(project.config), "PULUMI_CONFIG_SECRET_KEYS": "[]"}
    process = start_python([language_host.__name__, json.dumps(settings)], project, {**env, **config})

    def interrupt() -> None:
        signal_group(process, signal.SIGINT)
        end = threading.Timer(5, signal_group, (process, signal.SIGKILL))
        end.daemon = True
        end.start()

    steps.when_stopping.append(interrupt)
    try:
        for line in lines_of(process):
            if not steps.stopping.is_set():
                steps.tell(Message("info", line))
        code = process.returncode
    finally:
        signal_group(process, signal.SIGKILL)
        server.stop(None)
    pool.shutdown()
    if code and not steps.stopping.is_set():
        reported = code == language_host.ALREADY_REPORTED
        steps.fail(StepFailed(*([] if reported else [f"program exited with non-zero exit code: {code}"])))
