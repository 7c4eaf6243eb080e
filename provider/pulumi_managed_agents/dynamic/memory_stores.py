"""Memory stores, for a Pulumi program of one's own (Anthropic SDK 2.12: ``memory_store_create_params``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pulumi

from pulumi_managed_agents.dynamic.resource import ManagedResource, adopting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Text = pulumi.Input[str]


class MemoryStore(ManagedResource):
    """What agents remember from one session to the next.

    Updated in place. Destroy deletes it with all memories in it, for ever; protect what you cannot do without.
    """

    kind: ClassVar[str] = "memory_store"
    title: ClassVar[str] = "MemoryStore"

    def __init__(  # noqa: PLR0913 - one parameter per field of the API
        self,
        resource_name: str,
        *,
        name: Text | None = None,
        description: Text | None = None,
        memories: pulumi.Input[Sequence[pulumi.Input[Mapping[str, Text]]]] | None = None,
        strict_memories: pulumi.Input[bool] | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        adopt: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a memory store.

        Args:
            resource_name: The resource's name in Pulumi.
            name: The store's name, 1 to 255 characters; its directory in sessions is made from it; `resource_name`
                unless given.
            description: What it holds, at most 1024 characters; part of the system prompt where it is used.
            memories: What it begins with, ``{"path": "/…", "content": …}`` each. What agents make of it is left alone.
            strict_memories: Whether one of them that an agent changed or deleted is drift; no, unless given.
            metadata: At most 15 entries of text; one more is our ownership mark.
            adopt: The id of a memory store that exists, to take over instead of making one; see `Agent`.
            opts: Pulumi's resource options.
        """
        props = {
            "description": description,
            "memories": memories,
            "strict_memories": strict_memories,
            "metadata": metadata,
        }
        self._declare(resource_name, {"name": name or resource_name, **props}, opts, adopting(adopt))
