"""What happens to each resource of a stage: which step it takes, in which order, and what is recorded of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from pulumi.runtime.proto.provider_pb2 import DiffResponse

from pulumi_managed_agents.engine.events import Listener, Message, Operation, ResourceStep, shown
from pulumi_managed_agents.engine.project import NEEDS_CLI
from pulumi_managed_agents.engine.trial.plugin import PARALLEL, Plugin, StepFailed
from pulumi_managed_agents.engine.trial.state import holds_sealed, reopened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.engine.trial.state import Resource, State, Values

_PROTECTED = "as it is protected: remove `protect` from it in the program and run `up` first"


class Run:
    """One operation on a stage, or on its `targets`. It takes steps until one fails: then no other begins."""

    def __init__(self, state: State, plugin: Plugin, tell: Listener, *, preview: bool) -> None:
        self.state, self.plugin, self.tell, self.preview = state, plugin, tell, preview
        self.targets, self.stopping = frozenset[str](), threading.Event()
        self._registered: set[str] = set()

    def apply(self, goal: Resource, earlier_urns: Sequence[str]) -> Resource:
        """Bring a resource to what the program says of it; the provider decides which step that takes."""
        old = self._recorded(goal.urn, earlier_urns)
        if self.targets and goal.urn not in self.targets:
            return old or goal
        if old is None:
            return self._take("create", self.plugin.check(goal, {}))
        inputs, outputs = (reopened(known, goal.inputs, self.state.salt) for known in (old.inputs, old.outputs))
        old = replace(old, inputs=inputs, outputs=outputs)
        declared, goal = goal, self.plugin.check(goal, old.inputs)
        answer = self.plugin.diff(old, goal.inputs)
        if answer.replaces:
            if old.protect and goal.protect:
                raise StepFailed(f'unable to replace resource "{old.urn}"\n{_PROTECTED}')
            goal = self.plugin.check(declared, {})
            if answer.deleteBeforeReplace:
                self._take("delete-replaced", old, old)
            return self._take("replace", goal, old)
        unknown = answer.changes == DiffResponse.DIFF_UNKNOWN  # the provider leaves the comparison to the engine
        same = goal.inputs == old.inputs if unknown else answer.changes == DiffResponse.DIFF_NONE
        return self._take("same" if same else "update", replace(goal, id=old.id, outputs=old.outputs), old)

    def finish(self, outputs: Values) -> None:
        """Unless something failed, keep the stage's outputs and delete, dependents first, what was not registered."""
        if self.stopping.is_set():
            return
        self.state.outputs = outputs
        known = {} if self.targets else self.state.resources
        doomed = [old for key, old in known.items() if key not in self._registered]
        if protected := [old.urn for old in doomed if old.protect]:
            raise StepFailed(*(f'resource "{urn}" cannot be deleted\n{_PROTECTED}' for urn in protected))
        needing = {old.key: [other.key for other in doomed if old.urn in other.needs] for old in doomed}
        self._each("delete", TopologicalSorter(needing))

    def refresh(self) -> None:
        """Record what the provider sees of every object."""
        live = (key for key, old in self.state.resources.items() if not old.replaced)
        self._each("refresh", TopologicalSorter({key: [] for key in live}))

    def fail(self, failure: StepFailed, urn: str = "") -> None:
        """Say why, and let no other step begin."""
        for reason in failure.args:
            self.tell(Message("error", reason, urn))
        self.stopping.set()

    def register(self, urn: str) -> None:
        """Take note of a resource, of which there can be but one; for a component that is all."""
        with self.state.lock:
            if urn in self._registered:
                raise StepFailed(f"Duplicate resource URN '{urn}'; try giving it a unique name")
            self._registered.add(urn)

    def _recorded(self, urn: str, earlier_urns: Sequence[str]) -> Resource | None:
        """Find what the state has of a resource, under its URN or one that it had before."""
        with self.state.lock:
            known = self.state.resources.keys() - self._registered
            self.register(urn)
            return next((self.state.resources[one] for one in (urn, *earlier_urns) if one in known), None)

    def _each(self, op: Operation, order: TopologicalSorter[str]) -> None:
        """Take a step on resources by their keys, side by side where the order allows, until one fails."""

        def attempt(key: str) -> None:
            old = self.state.resources[key]
            try:
                self._take("delete-replaced" if old.replaced else op, old, old)
            except StepFailed as failure:
                self.fail(failure, old.urn)

        order.prepare()
        with ThreadPoolExecutor(PARALLEL) as pool:
            while order.is_active():
                ready = order.get_ready()
                list(pool.map(attempt, ready))
                order.done(*ready)

    def _take(self, op: Operation, goal: Resource, old: Resource | None = None) -> Resource:
        """Take one step: tell that it begins and how it ends, and have on disk what it leaves."""
        if self.stopping.is_set():
            raise StepFailed
        before, wanted = shown(old.outputs) if old else None, None if "delete" in op else shown(goal.inputs)
        step = ResourceStep(op, goal.urn, goal.type, goal.name, goal.id, before, wanted)
        self.tell(step)
        try:
            new = self._act(op, goal)
        except StepFailed as failure:
            self.tell(replace(step, error=str(failure), done=True))
            raise
        if op == "refresh":
            op = "delete" if new is None else "same" if shown(new.outputs) == before else "update"
        self.state.record(old, new)
        if op != "same" and not self.preview:
            self.state.save()
        left = new or goal
        self.tell(replace(step, op=op, id=left.id, new=shown(new.outputs) if new else None, done=True))
        return left

    def _act(self, op: Operation, goal: Resource) -> Resource | None:
        """Return what a step leaves. In a preview the inputs stand for the outputs, as in Pulumi's own."""
        if "delete" in op:
            if not (goal.retain or self.preview):
                self.plugin.delete(goal)
            return None
        if op == "same":
            return goal
        if self.preview:
            return replace(goal, outputs=goal.inputs)
        if op == "refresh":
            return self.plugin.read(goal)
        if holds_sealed(goal.inputs):
            raise StepFailed(f"only the fingerprint of a secret among the inputs is known: {NEEDS_CLI}")
        return self.plugin.write(goal)
