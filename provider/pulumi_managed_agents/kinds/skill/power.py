"""Rules about what agents find as files: the code and instructions of a skill, a file that deployments mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.kinds.widening import Body


def skill_changed(before: Body, after: Body) -> Iterator[str]:
    """Other files than before, which every agent with the skill reads and runs; what they do is for people to read."""
    if before.get("digest") != after.get("digest"):
        yield "its files changed: changed code and instructions for the agents that use it"


def file_changed(before: Body, after: Body) -> Iterator[str]:
    """Another content in the sandboxes of the deployments that mount it."""
    if before.get("digest") != after.get("digest"):
        yield "its content changed for the deployments that mount it"
