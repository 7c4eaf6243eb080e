"""One operation on a stage: which step each resource takes, in which order, and what is recorded of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from pulumi.runtime.proto.provider_pb2 import DiffResponse

from pulumi_managed_agents.engine.events import Listener, Message, Operation, ResourceStep, shown
from pulumi_managed_agents.engine.project import NEEDS_CLI
from pulumi_managed_agents.engine.trial.provider_process import PARALLEL, ProviderProcess, StepFailed
from pulumi_managed_agents.engine.trial.state import holds_sealed, reopened
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_managed_agents.engine.trial.state import Props, Resource, State

_PROTECTED = "as it is protected: remove `protect` from it in the program and run `up` first"


class Run:
    """One operation on a stage, or on its `targets` alone. It takes steps until one fails: then no other begins."""

    def __init__(self, state: State, provider: ProviderProcess, emit: Listener, *, preview: bool) -> None:
        self.state = state
        self.provider = provider
        self.emit = emit
        self.preview = preview
        self.targets = frozenset[str]()
        self.stopping = threading.Event()
        self.unwritable = False
        self._registered: set[str] = set()

    def apply(self, goal: Resource, earlier_urns: Sequence[str]) -> Resource:
        """Bring a resource to what the program says of it; the provider decides which step that takes."""
        old = self._recorded(goal.urn, earlier_urns)
        if self.targets and goal.urn not in self.targets:
            return old or goal
        if old is None:
            return self._take("create", self.provider.check(goal, {}))
        old = replace(
            old,
            inputs=reopened(old.inputs, goal.inputs, self.state.salt),
            outputs=reopened(old.outputs, goal.inputs, self.state.salt),
        )
        checked = self.provider.check(goal, old.inputs)
        diff = self.provider.diff(old, checked.inputs)
        if diff.replaces:
            if old.protect and checked.protect:
                raise StepFailed(f'unable to replace resource "{old.urn}"\n{_PROTECTED}')
            # A new object takes nothing over from the inputs of the old one.
            checked = self.provider.check(goal, {})
            if diff.deleteBeforeReplace:
                self._take("delete-replaced", old, old)
            return self._take("replace", checked, old)
        if diff.changes == DiffResponse.DIFF_UNKNOWN:  # the provider leaves the comparison to the engine
            same = checked.inputs == old.inputs
        else:
            same = diff.changes == DiffResponse.DIFF_NONE
        return self._take("same" if same else "update", replace(checked, id=old.id, outputs=old.outputs), old)

    def finish(self, outputs: Props) -> None:
        """Unless something failed, keep the stage's outputs and delete, dependents first, what was not registered."""
        if self.stopping.is_set():
            return
        self.state.outputs = outputs
        if self.targets:
            return
        removed = [old for key, old in self.state.resources.items() if key not in self._registered]
        protected = [old.urn for old in removed if old.protect]
        if protected:
            raise StepFailed(*(f'resource "{urn}" cannot be deleted\n{_PROTECTED}' for urn in protected))
        dependents = {old.key: [other.key for other in removed if old.urn in other.needs] for old in removed}
        self._each("delete", TopologicalSorter(dependents))

    def refresh(self) -> None:
        """Record what the provider sees of every object."""
        keys = [key for key, old in self.state.resources.items() if not old.replaced]
        self._each("refresh", TopologicalSorter({key: [] for key in keys}))

    def fail(self, failure: StepFailed, urn: str = "") -> None:
        """Emit the reasons as errors, and let no other step begin."""
        for reason in failure.args:
            self.emit(Message("error", reason, urn))
        self.stopping.set()

    def save(self) -> None:
        """Write the state; a failure is reported once, and not tried again."""
        if self.unwritable:
            raise StepFailed("done, and not recorded for the same reason")
        try:
            self.state.save()
        except ManagedAgentsError as error:
            self.unwritable = True
            raise StepFailed(str(error)) from None

    def register(self, urn: str) -> None:
        """Note that the program declares a resource, which it may do once; for a component that is all."""
        with self.state.lock:
            if urn in self._registered:
                raise StepFailed(f"Duplicate resource URN '{urn}'; try giving it a unique name")
            self._registered.add(urn)

    def _recorded(self, urn: str, earlier_urns: Sequence[str]) -> Resource | None:
        """Find what the state has of a resource, under its URN or one that it had before."""
        with self.state.lock:
            # What another registration has taken under an alias is no longer there for this one.
            unclaimed = self.state.resources.keys() - self._registered
            self.register(urn)
            return next((self.state.resources[known] for known in (urn, *earlier_urns) if known in unclaimed), None)

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
        """Take one step: emit its begin and its end, and save the state as it leaves it."""
        if self.stopping.is_set():
            raise StepFailed
        before = shown(old.outputs) if old else None
        after = None if "delete" in op else shown(goal.inputs)
        step = ResourceStep(op, goal.urn, goal.type, goal.name, goal.id, before, after)
        self.emit(step)
        try:
            new = self._act(op, goal)
            if op == "refresh":
                op = "delete" if new is None else "same" if shown(new.outputs) == before else "update"
            self.state.record(old, new)
            if op != "same" and not self.preview:
                self.save()
        except StepFailed as failure:
            self.emit(replace(step, error=str(failure), done=True))
            raise
        result = new or goal
        self.emit(replace(step, op=op, id=result.id, new=shown(new.outputs) if new else None, done=True))
        return result

    def _act(self, op: Operation, goal: Resource) -> Resource | None:
        """Do what a step is about; return the resource as it is then, or None if it is gone."""
        if "delete" in op:
            if not (goal.retain or self.preview):
                self.provider.delete(goal)
            return None
        if op == "same":
            return goal
        if self.preview:
            return replace(goal, outputs=goal.inputs)  # as Pulumi's own preview does
        if op == "refresh":
            return self.provider.read(goal)
        if holds_sealed(goal.inputs):
            raise StepFailed(f"only the fingerprint of a secret among the inputs is known: {NEEDS_CLI}")
        return self.provider.write(goal)
