"""The rule about skills: what a skill holds is read and run by every agent that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.preview.capability.widening import Body


def content_changed(before: Body, after: Body) -> Iterator[str]:
    """Other files than before; what they do is for people to read."""
    if before.get("digest") != after.get("digest"):
        yield "its files changed: changed code and instructions for the agents that use it"
