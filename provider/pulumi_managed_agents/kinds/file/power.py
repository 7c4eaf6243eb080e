"""The rule about files, which deployments mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.widening import Body, Power

if TYPE_CHECKING:
    from collections.abc import Iterator


def content_changed(before: Body, after: Body) -> Iterator[str]:
    """Another content in the sandboxes of the deployments that mount it."""
    if before.get("digest") != after.get("digest"):
        yield "its content changed for the deployments that mount it"


POWER = Power(
    describe=lambda body: f"new file {body.get('filename', '')}, for the deployments that mount it",
    rules={"file-content-changed": content_changed},
)
