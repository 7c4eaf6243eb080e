"""The Pulumi CLI, driven through Pulumi's Automation API; its events become the values of `events`."""

from __future__ import annotations

import re
import signal
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import (
    INTERRUPTED,
    Event,
    Listener,
    Message,
    Operation,
    ResourceStep,
    RunOutcome,
    shown,
    without_secrets,
)
from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.one_command import ENDED, may_run_a_program
from pulumi_managed_agents.reconcile.mark import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from pulumi.automation import Deployment
    from pulumi.automation.events import DiagnosticEvent, EngineEvent, StepEventMetadata

    from pulumi_managed_agents.engine.automation_stack import AutomationStack

# "replace" is Pulumi's logical step around "create-replacement" and "delete-replaced"; one of them is enough.
_OPERATIONS: dict[str, Operation] = {
    "create": "create",
    "update": "update",
    "create-replacement": "replace",
    "delete": "delete",
    "delete-replaced": "delete-replaced",
    "same": "same",
    "read": "read",
    "refresh": "refresh",
    "import": "create",
}
_NO_NEWS = re.compile(rf"\w+ failed|(?:an unhandled error occurred: )?{ENDED}")
"""The CLI's last errors of a run, such as ``update failed``, which say nothing that the others do not."""
_COLOUR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
_VALUES_OF_A_VIOLATION = re.compile(r"(violates plan: [\w ]+ changed): .*", re.DOTALL)
"""What the CLI says of values that are not those of a plan: secrets among them, in plain text."""
_DEFAULT_PROVIDER = re.compile(r"::pulumi:providers:[\w-]+::default")
"""One that no program declares: that of dynamic resources, and the engine's own, which is asked for the state."""
AT_ONCE = 32
"""How many steps run at once: each waits for the API, and the provider takes as many calls."""


class PulumiCli:
    """Previews, applies, refreshes and destroys one stage with the `pulumi` on PATH.

    Where the state is kept and how secrets are encrypted is the business of the CLI, its login and the environment;
    `env` is added to this process's. The stack is made by the first run or by `make_stack`, never by `resources`; it
    begins with the state `begin_with`, if one is given. This process may run the program in the folder `program`.
    Raises `ManagedAgentsError` if the CLI cannot open it.
    """

    kind = "pulumi"

    def __init__(
        self,
        *,
        project_dir: Path,
        stage: str,
        env: Mapping[str, str],
        begin_with: Mapping[str, Any] | None = None,
        program: Path | None = None,
    ) -> None:
        self._project_dir = project_dir
        self._program = program
        self._begin_with = begin_with
        self._stage = stage
        self._env = dict(env)
        self._opened: AutomationStack | None = None

    def preview(self, on_event: Listener, plan: Path | None = None, targets: Collection[str] = ()) -> RunOutcome:
        """Tell what `up` would do, and change nothing; Pulumi's update plan is written to `plan`."""
        written = str(plan) if plan else None
        run = partial(self._stack.preview, target=list(targets) or None, plan=written, parallel=AT_ONCE)
        return self._with_program(on_event, run)

    def up(self, on_event: Listener, targets: Collection[str] = (), plan: Path | None = None) -> RunOutcome:
        """Make what exists what the program says; with `targets` (URNs), only those, and all others stay.

        With a `plan`, Pulumi's update plan, it stops at the first step that is not in there.
        """
        constraint = str(plan) if plan else None
        run = partial(self._stack.up, target=list(targets) or None, plan=constraint, parallel=AT_ONCE)
        return self._with_program(on_event, run)

    def _with_program(self, on_event: Listener, run: Callable[..., object]) -> RunOutcome:
        if not self._program or not may_run_a_program():
            return run_operation(on_event, run)
        from pulumi_managed_agents.engine.own_program import running_here

        with running_here(self._program, self._env) as program:
            return run_operation(on_event, partial(run, program=program))

    def refresh(self, on_event: Listener) -> RunOutcome:
        """Record what exists now."""
        return run_operation(on_event, partial(self._stack.refresh, parallel=AT_ONCE))

    def destroy(self, on_event: Listener) -> RunOutcome:
        """Delete all that is recorded."""
        return run_operation(on_event, partial(self._stack.destroy, parallel=AT_ONCE))

    def make_stack(self) -> None:
        """Make the stack if there is none, for commands that are typed next."""
        _ = self._stack

    def take_over(self, resources: list[dict[str, Any]]) -> None:
        """Record objects that exist, given as entries of an import file, as `pulumi import --file` does."""
        entries: Any = resources  # the SDK's type knows neither inputs nor outputs
        with _as_our_errors():
            self._stack.import_resources(resources=entries, protect=False, generate_code=False, show_secrets=False)

    def resources(self) -> list[dict[str, Any]]:
        """Return type, urn, id, inputs, outputs (both as `shown`) and protection of each recorded resource, if any.

        Components are left out: what they are is their children.
        """
        exported = self._exported(in_clear=False)
        deployment = (exported.deployment if exported else None) or {}
        recorded = [entry for entry in deployment.get("resources", []) if not entry.get("delete")]
        return [
            {
                "type": entry["type"],
                "urn": entry["urn"],
                "id": entry.get("id", ""),
                "inputs": shown(entry.get("inputs", {})),
                "outputs": shown(entry.get("outputs", {})),
                "protect": bool(entry.get("protect")),
            }
            for entry in recorded
            if not entry["type"].startswith("pulumi:providers:") and (entry["custom"] or entry["type"] == STACK_TYPE)
        ]

    def state(self) -> dict[str, Any] | None:
        """All that is recorded, secrets marked and in plain text; None if there is no stack."""
        exported = self._exported(in_clear=True)
        return None if exported is None else {"version": exported.version, "deployment": exported.deployment}

    def _exported(self, *, in_clear: bool) -> Deployment | None:
        from pulumi.automation import StackNotFoundError

        from pulumi_managed_agents.engine.automation_stack import open_automation_stack

        with _as_our_errors():
            # Not through `_stack`, which would make it.
            stack = open_automation_stack(self._project_dir, self._stage, self._env, create=False)
            try:
                return stack.export_in_clear() if in_clear else stack.export_stack()
            except StackNotFoundError:
                return None

    @property
    def _stack(self) -> AutomationStack:
        from pulumi.automation import Deployment

        from pulumi_managed_agents.engine.automation_stack import open_automation_stack

        if self._opened is None:
            with _as_our_errors():
                new = self._begin_with is not None  # in a place of its own
                opened = open_automation_stack(self._project_dir, self._stage, self._env, create=True, new=new)
                if self._begin_with:
                    opened.import_stack(Deployment(**self._begin_with))
                self._opened = opened
        return self._opened


def run_operation(on_event: Listener, operation: Callable[..., object]) -> RunOutcome:
    """Follow an operation of the Automation API to its end; the outcome says whether it failed.

    What the listener raises (a closed pipe, a full disk) is raised, but only at the end: until then the CLI waits for
    its events to be read.
    """
    from pulumi.automation import CommandError

    events: list[Event] = []
    listener_errors: list[Exception] = []
    interrupted = threading.Event()

    def emit(event: Event) -> None:
        event = without_secrets(event)
        if isinstance(event, Message) or event.done:  # of a turn that begins nothing is asked in the end
            events.append(event)
        try:
            if not listener_errors:
                on_event(event)
        except Exception as error:  # of any kind: raised in the end
            listener_errors.append(error)

    def follow(engine_event: EngineEvent) -> None:
        for event in _translate(engine_event, events):
            emit(event)

    try:
        with _interrupts_left_to_the_cli(interrupted):
            operation(on_event=follow, color="never")
        ok = True
    except (CommandError, RuntimeError) as error:  # the latter where the CLI ends without a summary
        ok = False
        reported = any(isinstance(event, Message) and event.severity == "error" for event in events)
        text = INTERRUPTED if interrupted.is_set() else "" if reported else _errors_printed(error)
        if text:
            emit(Message("error", text))
    if listener_errors:
        raise listener_errors[0]
    stack = (
        event
        for event in reversed(events)
        if isinstance(event, ResourceStep) and event.type == STACK_TYPE and event.done
    )
    return RunOutcome.of(events, next((step.new for step in stack if step.new is not None), {}), ok=ok)


def _translate(event: EngineEvent, before: list[Event]) -> Iterator[Event]:
    diagnostic = event.diagnostic_event
    if diagnostic and diagnostic.severity != "debug" and not _NO_NEWS.fullmatch(diagnostic.message.strip()):
        yield _message(diagnostic)
    ended = event.res_outputs_event or event.res_op_failed_event
    step = event.resource_pre_event or ended
    if step and step.metadata.op in _OPERATIONS and not _has_no_object(step.metadata):
        error = _reason(step.metadata.urn, before) if event.res_op_failed_event else ""
        yield _step(step.metadata, done=ended is not None, error=error)


def _has_no_object(metadata: StepEventMetadata) -> bool:
    """Whether a resource only groups others, as a component does, or is the engine's own."""
    state = metadata.new or metadata.old
    component = state is not None and not state.custom and metadata.type != STACK_TYPE
    return component or _DEFAULT_PROVIDER.search(metadata.urn) is not None


def _message(event: DiagnosticEvent) -> Message:
    severity = event.severity if event.severity in {"warning", "error"} else "info"
    text = _VALUES_OF_A_VIOLATION.sub(r"\1", _COLOUR.sub("", event.message)).rstrip("\n")
    return Message(severity, text, event.urn or "")  # type: ignore[arg-type]  # one of three


def _step(metadata: StepEventMetadata, *, done: bool, error: str) -> ResourceStep:
    old, new = metadata.old, metadata.new
    result = (new.outputs if done else new.inputs) if new else None
    recorded = old.outputs if old else None
    before = shown(recorded or {}) if old else None
    # Of what stays as it is there is one copy, not two.
    after = before if result == recorded else shown(result or {})
    return ResourceStep(
        op=_OPERATIONS[metadata.op],
        urn=metadata.urn,
        type=metadata.type,
        name=metadata.urn.split("::", 3)[3],
        id=(new and new.id) or (old and old.id) or "",
        old=before,
        new=None if result is None or error else after,
        error=error,
        done=done,
    )


def _reason(urn: str, events: list[Event]) -> str:
    errors = [e.text for e in events if isinstance(e, Message) and e.severity == "error" and e.urn == urn]
    return errors[-1] if errors else "failed"


def _errors_printed(error: Exception) -> str:
    """What the CLI has printed of an error; empty if all there was is a program that ended itself."""
    lines = [line.strip().removeprefix("stderr: ") for line in _COLOUR.sub("", str(error)).splitlines()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    if errors and all(line.endswith(ENDED) for line in errors):
        return ""
    return _VALUES_OF_A_VIOLATION.sub(r"\1", "\n".join(errors) or str(error))


@contextmanager
def _as_our_errors() -> Iterator[None]:
    """Raise what the CLI refuses, such as a missing passphrase, as our error; a missing stack stays Pulumi's."""
    from pulumi.automation import CommandError, StackNotFoundError

    try:
        yield
    except StackNotFoundError:
        raise
    except CommandError as error:
        raise ManagedAgentsError(_errors_printed(error)) from None


@contextmanager
def _interrupts_left_to_the_cli(interrupted: threading.Event) -> Iterator[None]:
    """Note Ctrl-C and wait: it reaches the CLI as well, which then ends its run in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
