"""What happens to each resource of a stage: which step it takes, and in which order things are deleted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from pulumi.runtime.proto.provider_pb2 import DiffResponse

from pulumi_managed_agents.engine.events import STACK_TYPE, UNKNOWN, Operation
from pulumi_managed_agents.engine.trial.plugin import StepFailed
from pulumi_managed_agents.engine.trial.wire import Values, from_struct, mark_secrets, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.engine.trial.state import Resource
    from pulumi_managed_agents.engine.trial.steps import Steps

_PROTECTED = "as it is protected: remove `protect` from it in the program and run `up` first"


@dataclass(frozen=True)
class Deployment:
    """One operation on a stage: decides, by the provider's answers, on the steps to take."""

    steps: Steps
    _gone_first: set[str] = field(default_factory=set)

    def settle(self, goal: Resource, old: Resource | None) -> Resource:
        """Record a component, which no provider knows."""
        changed = old is not None and plain(self._reopened(old, goal).inputs) != plain(goal.inputs)
        return self.steps.keep("create" if old is None else "update" if changed else "same", goal, old)

    def apply(self, goal: Resource, old: Resource | None, delete_first: bool | None) -> Resource:
        """Bring a resource to `goal`; `delete_first` overrules the provider's order of a replacement."""
        if old is None:
            op: Operation = "replace" if goal.urn in self._gone_first else "create"
            return self.steps.write(op, self._checked(goal, {}), None)
        old = self._reopened(old, goal)
        checked = replace(self._checked(goal, old.inputs), id=old.id)
        answer = self.steps.diff(old, checked.inputs)
        if answer.replaces:
            first = answer.deleteBeforeReplace if delete_first is None else delete_first
            return self._replace(self._checked(goal, {}), old, delete_first=first)
        if answer.changes == DiffResponse.DIFF_SOME:
            return self.steps.write("update", checked, old)
        return self.steps.keep("same", checked, old)

    def finish(self, registered: set[str], outputs: Values) -> None:
        """After the program: keep the stack's outputs, and unless it failed delete what it did not register."""
        state, failed = self.steps.state, self.steps.stopping.is_set()
        for old in list(state.live.values()):
            if old.type == STACK_TYPE:
                state.put(replace(old, outputs=old.outputs | outputs if failed else outputs))
            elif old.former and not failed:
                state.put(replace(old, former=[]))
        if not failed:
            self.delete_except(registered)

    def delete_except(self, registered: set[str]) -> None:
        """Delete what the program does not register, and all objects that were replaced."""
        state = self.steps.state
        self.delete([*state.replaced, *(old for urn, old in state.live.items() if urn not in registered)])

    def delete(self, unwanted: Iterable[Resource], op: Operation = "delete") -> None:
        """Delete resources, each after those that need it; none if one of them is protected."""
        doomed = list(unwanted)
        for old in doomed:
            if old.protect:
                raise StepFailed(f'resource "{old.urn}" cannot be deleted\n{_PROTECTED}')
        needing = {
            old: [other for other in doomed if other is not old and old.names & {*other.needs}] for old in doomed
        }
        self.steps.each(needing, lambda old: self.steps.remove("delete-replaced" if old.replaced else op, old))

    def refresh(self) -> None:
        """Record what the provider sees of every object."""
        self.steps.each({old: [] for old in self.steps.state.live.values() if old.custom}, self.steps.read)

    def _reopened(self, old: Resource, goal: Resource) -> Resource:
        reopen = self.steps.state.seal.reopen
        return replace(old, inputs=reopen(old.inputs, goal.inputs), outputs=reopen(old.outputs, goal.inputs))

    def _checked(self, goal: Resource, old_inputs: Values) -> Resource:
        answer = self.steps.plugin.call("Check", urn=goal.urn, olds=old_inputs, news=goal.inputs)
        if answer.failures:
            problem = f"{goal.type} resource '{goal.name}' has a problem"
            raise StepFailed(*(f"{problem}: {failure.reason}" for failure in answer.failures))
        return replace(goal, inputs=mark_secrets(from_struct(answer.inputs), goal.inputs, []))

    def _replace(self, goal: Resource, old: Resource, *, delete_first: bool) -> Resource:
        if old.protect and goal.protect:
            raise StepFailed(f'unable to replace resource "{old.urn}"\n{_PROTECTED}')
        if delete_first:
            self.delete([replace(old, protect=False), *self._replaced_with(old)], "delete-replaced")
        return self.steps.write("replace", goal, old)

    def _replaced_with(self, root: Resource) -> Iterator[Resource]:
        """Yield what must be deleted before `root`: all that cannot outlive the values that they take from it."""
        live = dict(self.steps.state.live)  # others register meanwhile
        gone = set(root.names)
        for urn in TopologicalSorter({urn: old.needs for urn, old in live.items()}).static_order():
            taken = live[urn].property_needs if urn in live else {}
            unknown = {name: UNKNOWN for name, urns in taken.items() if gone & {*urns}}
            if unknown and self.steps.diff(live[urn], live[urn].inputs | unknown).replaces:
                gone |= live[urn].names
                self._gone_first.add(urn)
                yield live[urn]
