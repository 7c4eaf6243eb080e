"""Deployments serve only what is proven: until its agent is, a deployment waits, and nothing is made.

A failing step would cancel all others of the run, so waiting is a success: the resource is recorded under an id that
is none of the API's, and made by a replacement as soon as the agent has a proven version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import DiffResult, ReadResult

from pulumi_managed_agents.dynamic.managed import Managed
from pulumi_managed_agents.dynamic.process import at_home, say
from pulumi_managed_agents.dynamic.proven_versions import UNPROVEN
from pulumi_managed_agents.dynamic.wire import is_unknown
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.kinds.record import RESOURCE

if TYPE_CHECKING:
    from pulumi_managed_agents.kinds.plan import Subject

Props = dict[str, Any]
WAITING = "waiting-for-proof"


@dataclass(frozen=True)
class DeploymentBehaviour(Managed):
    """As any managed object, but for those that wait."""

    def diff(self, id: str, olds: Props, news: Props) -> DiffResult:
        """A deployment that waits is made once it may be; one that exists stays with the version it has."""
        if id != WAITING:
            return super().diff(id, olds, with_proven(news, olds))
        if is_unknown(news.get("agent")):
            return DiffResult(changes=True)
        ready = not unproven(news)
        return DiffResult(changes=ready, replaces=["agent"] if ready else [], delete_before_replace=True)

    def create(self, props: Props) -> tuple[str, Props]:
        """Make it, or let it wait."""
        if not unproven(props):
            return super().create(props)
        at_home(props)
        say(f"deployment '{props[RESOURCE]['name']}' waits: its agent has no version for it that passed its tests")
        return WAITING, props

    def _farewell(self, subject: Subject, news: Props) -> str:
        told = super()._farewell(subject, news)
        if told and unproven(news):
            reason = "its agent has no version for it that passed its tests, so that nothing could take its place"
            raise Refused(f"{subject} is not replaced: {reason}")
        return told

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Change it, its agent only to a proven version."""
        return news if id == WAITING else super().update(id, olds, with_proven(news, olds))

    def read(self, id: str, props: Props) -> ReadResult:
        """Nothing is live of one that waits."""
        return ReadResult(id, props) if id == WAITING else super().read(id, props)

    def delete(self, id: str, props: Props) -> None:
        """Archive it, if it was ever made."""
        if id != WAITING:
            super().delete(id, props)


def unproven(props: Props) -> bool:
    """Whether there is no version of the agent, or not the one asked for, that passed its tests."""
    agent = props.get("agent")
    return isinstance(agent, dict) and agent.get("version") == UNPROVEN


def with_proven(news: Props, olds: Props) -> Props:
    """What is declared, with the agent's version that the deployment has while no other is proven."""
    return {**news, "agent": olds["agent"]} if unproven(news) else news
