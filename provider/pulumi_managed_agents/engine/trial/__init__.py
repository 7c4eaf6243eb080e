"""The trial engine: runs a Pulumi program without Pulumi's CLI, for a first look, for tests and examples.

It speaks to the same program and the same provider process over Pulumi's own protocol. It is meant for an API on
this machine alone and refuses any other; everything beyond its few abilities it leaves to the Pulumi CLI.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE, is_loopback
from pulumi_managed_agents.engine.events import STACK_TYPE, Event, Listener, Message, Outcome, shown
from pulumi_managed_agents.engine.project import NEEDS_CLI, read_project
from pulumi_managed_agents.engine.trial.deployment import Deployment
from pulumi_managed_agents.engine.trial.monitor import Monitor
from pulumi_managed_agents.engine.trial.plugin import Plugin, StepFailed
from pulumi_managed_agents.engine.trial.program import run_program
from pulumi_managed_agents.engine.trial.state import State, one_writer
from pulumi_managed_agents.engine.trial.steps import Steps
from pulumi_managed_agents.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["TrialEngine"]

_BANNER = "trial engine: runs the program against the API on this machine; it is not Pulumi's CLI"


class TrialEngine:
    """Previews, applies, refreshes and destroys one stage; its state is ``<state_dir>/<project>/<stage>.json``.

    `env` is the whole environment of the program and the provider. Raises `Refused` if its ``ANTHROPIC_BASE_URL``,
    or the stage's, is not on this machine, and `InputError` if the project cannot be read.
    """

    def __init__(self, *, project_dir: Path, stage: str, state_dir: Path, env: Mapping[str, str]) -> None:
        self._project = read_project(project_dir.resolve(), stage)
        self._env = env
        self._path = state_dir.resolve() / self._project.name / f"{stage}.json"
        configured = self._project.config.get("managed-agents:baseUrl", "")
        url = env.get(EMULATOR_VARIABLE) or configured or env.get("ANTHROPIC_BASE_URL", "")
        if not is_loopback(url):
            raise Refused(f"the trial engine is for an API on this machine, not for {url or 'the real one'!r}")
        if self._project.secrets and not env.get(EMULATOR_VARIABLE):
            names = ", ".join(sorted(self._project.secrets))
            raise Refused(f"{self._project.stack_file}: {names}: secret configuration: {NEEDS_CLI}")

    def preview(self, on_event: Listener) -> Outcome:
        """Tell what `up` would do, and change nothing."""
        return self._run(on_event, self._program, preview=True)

    def up(self, on_event: Listener) -> Outcome:
        """Make what exists what the program says."""
        with one_writer(self._path):
            return self._run(on_event, self._program)

    def refresh(self, on_event: Listener) -> Outcome:
        """Record what exists now."""
        with one_writer(self._path):
            return self._run(on_event, lambda deployment: deployment.refresh())

    def destroy(self, on_event: Listener) -> Outcome:
        """Delete all that is recorded."""
        with one_writer(self._path):
            return self._run(on_event, lambda deployment: deployment.delete_except(set()))

    def resources(self) -> list[dict[str, Any]]:
        """Return type, urn, id, inputs and outputs (both as `shown`) of each recorded resource."""
        recorded = State(self._path).live.values()
        return [
            {"type": old.type, "urn": old.urn, "id": old.id, "inputs": shown(old.inputs), "outputs": shown(old.outputs)}
            for old in recorded
        ]

    def _run(self, on_event: Listener, act: Callable[[Deployment], None], *, preview: bool = False) -> Outcome:
        events: list[Event] = []
        telling = threading.RLock()

        def tell(event: Event) -> None:
            with telling:
                events.append(event)
                on_event(event)

        tell(Message("info", _BANNER))
        state = State(self._path, durable=not preview)
        plugin = Plugin(self._project, self._env, lambda line: tell(Message("info", line)))
        steps = Steps(state, plugin, tell, preview)
        try:
            with _interruptible(steps):
                act(Deployment(steps))
        except StepFailed as failure:
            steps.fail(failure)
        finally:
            state.save()
            plugin.close()
        outputs = next((old.outputs for old in state.live.values() if old.type == STACK_TYPE), {})
        return Outcome.of(events, outputs, ok=not steps.stopping.is_set())

    def _program(self, deployment: Deployment) -> None:
        monitor = Monitor(self._project, deployment, self._path.parent.parent)
        run_program(monitor, self._env)
        deployment.finish(monitor.registered, monitor.outputs)


@contextmanager
def _interruptible(steps: Steps) -> Iterator[None]:
    """Have a first Ctrl-C, or other word to end, end the run after the steps under way; the next acts as ever."""

    def stop() -> None:
        steps.plugin.cancel()
        steps.fail(StepFailed("interrupted: what has finished is recorded; run it again to go on"))

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def interrupted(*_: Any) -> None:
        restore()
        threading.Thread(target=stop).start()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        restore()
