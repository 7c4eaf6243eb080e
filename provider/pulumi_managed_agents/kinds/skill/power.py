"""The rule about skills: code and instructions that agents read and run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.widening import Body, Power

if TYPE_CHECKING:
    from collections.abc import Iterator


def content_changed(before: Body, after: Body) -> Iterator[str]:
    """Other files than before, which every agent with the skill reads and runs; what they do is for people to read."""
    if before.get("digest") != after.get("digest"):
        yield "its files changed: changed code and instructions for the agents that use it"


POWER = Power(
    describe=lambda _: "new code and instructions for the agents that use it",
    rules={"skill-content-changed": content_changed},
)
