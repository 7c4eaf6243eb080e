"""The trial engine: runs a Pulumi program without Pulumi's CLI, for a first look, for tests and examples.

It runs the same program and the same provider process over Pulumi's own protocol. It takes only an API on this
machine and refuses any other; what a program asks beyond its few abilities is refused by name.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE, is_loopback
from pulumi_managed_agents.engine.events import (
    INTERRUPTED,
    Event,
    Listener,
    Message,
    RunOutcome,
    shown,
    without_secrets,
)
from pulumi_managed_agents.engine.project import NEEDS_CLI, read_project
from pulumi_managed_agents.engine.trial.monitor import run_program
from pulumi_managed_agents.engine.trial.provider_process import ProviderProcess, StepFailed
from pulumi_managed_agents.engine.trial.run import Run
from pulumi_managed_agents.engine.trial.state import State, one_writer, state_file
from pulumi_managed_agents.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path


class TrialEngine:
    """Previews, applies, refreshes and destroys one stage; its state is ``<state_dir>/<project>/<stage>.json``.

    `env` is the whole environment of the program and the provider.

    Raises:
        Refused: its ``ANTHROPIC_BASE_URL``, or the stage's, is not on this machine; or the configuration is encrypted.
        InputError: the project cannot be read.
    """

    kind = "trial"

    def __init__(self, *, project_dir: Path, stage: str, state_dir: Path, env: Mapping[str, str]) -> None:
        self._project = read_project(project_dir.resolve(), stage)
        self._env = env
        self._path = state_file(state_dir.resolve(), self._project.name, stage)
        configured = self._project.config.get("managed-agents:baseUrl", "")
        url = env.get(EMULATOR_VARIABLE) or configured or env.get("ANTHROPIC_BASE_URL", "")
        if not is_loopback(url):
            raise Refused(f"the trial engine is for an API on this machine, not for {url or 'the real one'!r}")
        if self._project.secrets and not env.get(EMULATOR_VARIABLE):
            names = ", ".join(sorted(self._project.secrets))
            raise Refused(f"{self._project.stack_file}: {names}: secret configuration: {NEEDS_CLI}")

    def preview(
        self,
        on_event: Listener,
        plan: Path | None = None,  # noqa: ARG002 - it makes none
        targets: Collection[str] = (),
    ) -> RunOutcome:
        """Tell what `up` would do, and change nothing."""
        return self._run(on_event, lambda run: self._program(run, targets), preview=True)

    def up(
        self,
        on_event: Listener,
        targets: Collection[str] = (),
        plan: Path | None = None,  # noqa: ARG002 - it makes none
    ) -> RunOutcome:
        """Make what exists what the program says; with `targets` (URNs), only those, and all others stay."""
        with one_writer(self._path):
            return self._run(on_event, lambda run: self._program(run, targets))

    def refresh(self, on_event: Listener) -> RunOutcome:
        """Record what exists now."""
        with one_writer(self._path):
            return self._run(on_event, lambda run: run.refresh())

    def destroy(self, on_event: Listener) -> RunOutcome:
        """Delete all that is recorded."""
        with one_writer(self._path):
            return self._run(on_event, lambda run: run.finish({}))

    def resources(self) -> list[dict[str, Any]]:
        """Return type, urn, id, inputs and outputs (both as `shown`) of each recorded resource."""
        return [
            {
                "type": resource.type,
                "urn": resource.urn,
                "id": resource.id,
                "inputs": shown(resource.inputs),
                "outputs": shown(resource.outputs),
                "protect": resource.protect,
            }
            for resource in State(self._path).resources.values()
            if not resource.replaced
        ]

    def state(self) -> dict[str, Any] | None:
        """All that is recorded, without the salt of its secrets' fingerprints; None before the first run."""
        if not self._path.exists():
            return None
        state = State(self._path)
        return {"outputs": state.outputs, "resources": [vars(resource) for resource in state.resources.values()]}

    def _program(self, run: Run, targets: Collection[str] = ()) -> None:
        run.targets = frozenset(targets)
        run.finish(run_program(self._project, run, self._env))

    def _run(self, on_event: Listener, act: Callable[[Run], None], *, preview: bool = False) -> RunOutcome:
        events: list[Event] = []
        one_at_a_time = threading.RLock()

        def emit(event: Event) -> None:
            event = without_secrets(event)
            with one_at_a_time:  # events come from the threads of all steps
                events.append(event)
                on_event(event)

        emit(Message("info", "trial engine: runs the program against the API on this machine; it is not Pulumi's CLI"))
        state = State(self._path)
        provider = ProviderProcess(self._project, self._env, lambda line: emit(Message("info", line.rstrip("\n"))))
        run = Run(state, provider, emit, preview=preview)
        try:
            with _reporting_failures(run):
                if not preview:
                    run.save()  # before anything is done that could not be recorded
                act(run)
        except KeyboardInterrupt:
            run.fail(StepFailed(INTERRUPTED))
        finally:
            provider.close()
            if not (preview or run.unwritable):
                with _reporting_failures(run):
                    run.save()
        return RunOutcome.of(events, state.outputs, ok=not run.stopping.is_set())


@contextmanager
def _reporting_failures(run: Run) -> Iterator[None]:
    """Report a failure, which ends the run."""
    try:
        yield
    except StepFailed as failure:
        run.fail(failure)
