"""Single steps on resources: each calls the provider, is told when it begins and ends, and is on disk then."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from pulumi.runtime.proto.provider_pb2 import DiffResponse

from pulumi_managed_agents.engine.events import Listener, Message, Operation, Step, shown
from pulumi_managed_agents.engine.project import NEEDS_CLI
from pulumi_managed_agents.engine.trial.plugin import Plugin, StepFailed
from pulumi_managed_agents.engine.trial.wire import Values, from_struct, holds_sealed, mark_secrets, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.engine.trial.state import Resource, State

PARALLEL = 16


@dataclass(frozen=True)
class Steps:
    """Takes steps until one fails: that sets `stopping`, those under way end, and no other begins."""

    state: State
    plugin: Plugin
    tell: Listener
    preview: bool
    stopping: threading.Event = field(default_factory=threading.Event)
    when_stopping: list[Callable[[], None]] = field(default_factory=list)

    def keep(self, op: Operation, goal: Resource, old: Resource | None) -> Resource:
        """Record a component, or a resource that is the same."""
        kept = replace(goal, id=old.id, outputs=old.outputs) if old else goal
        return self._take(op, kept, old, lambda: kept)

    def write(self, op: Operation, goal: Resource, old: Resource | None) -> Resource:
        """Create or update an object. A preview has the inputs stand for the outputs, as Pulumi's own does."""

        def act() -> Resource:
            if self.preview:
                return replace(goal, outputs=goal.inputs)
            if holds_sealed(goal.inputs):
                raise StepFailed(f"only the fingerprint of a secret among the inputs is known: {NEEDS_CLI}")
            if op == "update" and old:
                answer = self.plugin.call("Update", id=goal.id, urn=goal.urn, olds=old.outputs, news=goal.inputs)
            else:
                answer = self.plugin.call("Create", urn=goal.urn, properties=goal.inputs)
            outputs = mark_secrets(from_struct(answer.properties), goal.inputs, goal.secret_outputs)
            return replace(goal, id=goal.id or answer.id, outputs=outputs)

        return self._take(op, goal, old, act)

    def read(self, old: Resource) -> None:
        """Record what the provider sees of an object, or that it is gone."""

        def act() -> Resource | None:
            answer = self.plugin.call("Read", id=old.id, urn=old.urn, properties=old.outputs, inputs=old.inputs)
            inputs = mark_secrets(from_struct(answer.inputs), old.inputs, []) or old.inputs
            outputs = mark_secrets(from_struct(answer.properties), old.inputs, old.secret_outputs)
            return replace(old, id=answer.id, inputs=inputs, outputs=outputs) if answer.id else None

        def finding(new: Resource | None) -> Operation:
            changed = new and self.diff(new, old.inputs).changes == DiffResponse.DIFF_SOME
            return "delete" if new is None else "update" if changed else "same"

        self._take("refresh", old, old, act, finding)

    def diff(self, old: Resource, inputs: Values) -> DiffResponse:
        """Ask the provider what new inputs change; where it does not know, inputs that differ are a change."""
        answer: DiffResponse = self.plugin.call("Diff", id=old.id, urn=old.urn, olds=old.outputs, news=inputs)
        if answer.changes == DiffResponse.DIFF_UNKNOWN:
            same = plain(old.inputs) == plain(inputs)
            answer.changes = DiffResponse.DIFF_NONE if same else DiffResponse.DIFF_SOME
        return answer

    def remove(self, op: Operation, old: Resource) -> None:
        """Delete an object, unless it is to be retained, and forget it."""

        def act() -> None:
            if old.custom and not old.retain and not self.preview:
                self.plugin.call("Delete", id=old.id, urn=old.urn, properties=old.outputs)

        self._take(op, old, old, act)

    def each(self, prerequisites: dict[Resource, list[Resource]], act: Callable[[Resource], None]) -> None:
        """Act on resources side by side, on each after its prerequisites, until one fails."""

        def attempt(resource: Resource) -> None:
            try:
                act(resource)
            except StepFailed as failure:
                self.fail(failure, resource.urn)

        order = TopologicalSorter(prerequisites)
        order.prepare()
        with ThreadPoolExecutor(PARALLEL) as pool:
            while order.is_active() and not self.stopping.is_set():
                ready = order.get_ready()
                list(pool.map(attempt, ready))
                order.done(*ready)

    def fail(self, failure: StepFailed, urn: str = "") -> None:
        """Say why, let no other step begin, and call all in `when_stopping`."""
        for reason in failure.args:
            self.tell(Message("error", reason, urn))
        if not self.stopping.is_set():
            self.stopping.set()
            for react in self.when_stopping:
                react()

    def _take(
        self,
        op: Operation,
        goal: Resource,
        old: Resource | None,
        act: Callable[[], Resource | None],
        finding: Callable[[Resource | None], Operation] | None = None,
    ) -> Resource:
        if self.stopping.is_set():
            raise StepFailed
        wanted = None if op.startswith("delete") else shown(goal.inputs)
        before = shown(old.outputs) if old else None
        step = Step(op, goal.urn, goal.type, goal.name, goal.id, before, wanted)
        self.tell(step)
        try:
            new = act()
            op = finding(new) if finding else op
        except StepFailed as failure:
            self.tell(replace(step, error=str(failure), done=True))
            raise
        if new:
            self.state.put(new, keep_replaced=op == "replace")
        else:
            self.state.drop(goal)
        if op != "same":
            self.state.save()
        left = new or goal
        self.tell(replace(step, op=op, id=left.id, new=shown(new.outputs) if new else None, done=True))
        return left
