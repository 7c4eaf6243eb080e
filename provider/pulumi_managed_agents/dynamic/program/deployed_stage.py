"""What `deploy_stage` gives to the program: the stage's resources by name, its release, and the pins in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from pulumi_managed_agents.dynamic.program.deployments import Deployment, File, MemoryStore
from pulumi_managed_agents.dynamic.program.resource import token
from pulumi_managed_agents.dynamic.program.resources import Agent, Credential, Environment, Skill, Vault
from pulumi_managed_agents.dynamic.wire import with_whole_numbers
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE
from pulumi_managed_agents.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.dynamic.program.declare_release import ReleaseResource
    from pulumi_managed_agents.dynamic.program.resource import ManagedResource

R = TypeVar("R", bound="ManagedResource")

CLASSES: dict[str, type[ManagedResource]] = {
    cls.kind: cls for cls in (Agent, Environment, Skill, MemoryStore, Vault, Credential, Deployment, File)
}


class Named(dict[str, R]):
    """Resources by name."""

    def __missing__(self, name: str) -> R:
        known = suggestion(name, self) or f"; there are: {', '.join(self) or 'none'}"
        raise KeyError(f"the stage has no {name!r} among these{known}")


@dataclass(frozen=True)
class Stage:
    """A stage whose files the program deploys.

    Attributes:
        name: The stage.
        resources: Everything that its files describe, by name: the path of the file without suffixes.
        release: The resource that keeps which version of each agent serves. What depends on it comes after everything
            that the files describe, even if smoke tests fail.
    """

    name: str
    resources: Mapping[str, ManagedResource]
    release: ReleaseResource

    @property
    def pins(self) -> pulumi.Output[dict[str, Any]]:
        """The id and the version that each agent serves, by name: ``{"agents/triage": {"id": …, "version": …}}``.

        This is what applications start sessions from. An agent that never passed its tests has none.
        """
        return self.release.pins

    @property
    def agents(self) -> Mapping[str, Agent]:
        """The agents by name; their `version` is the one just applied, which need not serve: see `pins`."""
        return self._of(Agent)

    @property
    def environments(self) -> Mapping[str, Environment]:
        """The environments by name."""
        return self._of(Environment)

    @property
    def skills(self) -> Mapping[str, Skill]:
        """The skills by name."""
        return self._of(Skill)

    @property
    def memory_stores(self) -> Mapping[str, MemoryStore]:
        """The memory stores by name."""
        return self._of(MemoryStore)

    @property
    def vaults(self) -> Mapping[str, Vault]:
        """The vaults by name."""
        return self._of(Vault)

    @property
    def credentials(self) -> Mapping[str, Credential]:
        """The credentials in the vaults by name."""
        return self._of(Credential)

    @property
    def files(self) -> Mapping[str, File]:
        """The uploaded files by name."""
        return self._of(File)

    @property
    def deployments(self) -> Mapping[str, Deployment]:
        """The deployments by name."""
        return self._of(Deployment)

    def _of(self, cls: type[R]) -> Named[R]:
        return Named({name: resource for name, resource in self.resources.items() if isinstance(resource, cls)})


def recorded_resources(state: Mapping[str, Mapping[str, Any]]) -> dict[str, ManagedResource]:
    """A stage's resources as they are recorded, for a program in a run that does not declare them."""
    ours = {urn: outputs for urn, outputs in state.items() if APPLIED in outputs and RESOURCE in outputs}
    return {outputs[RESOURCE]["name"]: _recorded(urn, outputs) for urn, outputs in ours.items()}


def _recorded(urn: str, outputs: Mapping[str, Any]) -> ManagedResource:
    cls = CLASSES[outputs[RESOURCE]["kind"]]
    resource = cls.__new__(cls)
    # As Pulumi's own stand-in for a resource that is only depended on.
    pulumi.CustomResource.__init__(resource, token(cls.title), outputs[RESOURCE]["name"], None, None, dependency=True)
    fields = {
        **dict.fromkeys(cls.output_names()),
        **with_whole_numbers(dict(outputs)),
        "urn": urn,
        "id": outputs[APPLIED]["id"],
    }
    for name, value in fields.items():
        vars(resource)[name] = pulumi.Output.from_input(value)
    return resource
