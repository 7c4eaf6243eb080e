"""The handler of deployments, which serve proven versions only: until its agent has one, a deployment waits.

A failing step would cancel all others of the run, so a deployment that waits succeeds: it is recorded under an id that
is none of the API's, and made by a replacement as soon as the agent has a proven version.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.dynamic.provider import plan_recorder
from pulumi_managed_agents.dynamic.provider.declared_inputs import declared_inputs
from pulumi_managed_agents.dynamic.provider.handler import CreateAnswer, DiffAnswer, ReadAnswer
from pulumi_managed_agents.dynamic.provider.process import verified_context
from pulumi_managed_agents.dynamic.provider.resource_handler import ResourceHandler
from pulumi_managed_agents.dynamic.wire import UNPROVEN, is_unknown
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.reconcile.planner import creation
from pulumi_managed_agents.reconcile.record import RESOURCE

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.context import Subject

Props = dict[str, Any]
WAITING = "waiting-for-proof"
WAITS = "waits: its agent has no version for it that passed its tests"
READY = "waited for a version of its agent that passed its tests"
PERHAPS = "waits until its agent has a version that passed its tests"


@dataclass(frozen=True)
class DeploymentHandler(ResourceHandler):
    """As for other kinds, except for deployments that wait."""

    def diff(self, id: str, olds: Props, news: Props) -> DiffAnswer:
        """A deployment that waits is made once it may be; one that exists stays with the version it has."""
        if id != WAITING:
            return super().diff(id, olds, with_proven(news, olds))
        is_open, ready = is_unknown(news.get("agent")), not unproven(news)
        waits = PERHAPS if is_open else READY if ready else WAITS
        plan = creation(self._subject(news, olds), declared_inputs(news, olds))
        plan_recorder.report(replace(plan, waits=waits, decision="create" if is_open or ready else "same"))
        if is_open:
            return DiffAnswer(changes=True)
        # What is deleted first is a record without an object, so that nothing is missing meanwhile.
        return DiffAnswer(changes=ready, replaces=("agent",) if ready else (), delete_before_replace=True)

    def create(self, props: Props) -> CreateAnswer:
        """Make it, or let it wait."""
        if not unproven(props):
            return super().create(props)
        verified_context(props)
        return CreateAnswer(WAITING, props, (f"deployment '{props[RESOURCE]['name']}' {WAITS}",))

    def _announce_replacement(self, subject: Subject, news: Props) -> str:
        remark = super()._announce_replacement(subject, news)
        if remark and unproven(news):
            reason = "its agent has no version for it that passed its tests, so that nothing could take its place"
            raise Refused(f"{subject} is not replaced: {reason}")
        return remark

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Change it, its agent only to a proven version."""
        return news if id == WAITING else super().update(id, olds, with_proven(news, olds))

    def read(self, id: str, props: Props) -> ReadAnswer:
        """Nothing is live of one that waits."""
        return ReadAnswer(id, props) if id == WAITING else super().read(id, props)

    def delete(self, id: str, props: Props) -> tuple[str, ...]:
        """Archive it, if it was ever made."""
        return () if id == WAITING else super().delete(id, props)


def unproven(props: Props) -> bool:
    """Whether there is no version of the agent, or not the one asked for, that passed its tests."""
    agent = props.get("agent")
    return isinstance(agent, dict) and agent.get("version") == UNPROVEN


def with_proven(news: Props, olds: Props) -> Props:
    """What is declared, with the agent's version that the deployment has while no other is proven."""
    return {**news, "agent": olds["agent"]} if unproven(news) else news
