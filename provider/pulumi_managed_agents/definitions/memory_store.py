"""The body of a memory store file; the memories in it are written by agents at run time."""

from typing import Annotated, Literal

from pydantic import Field

from pulumi_managed_agents.definitions.body import Body
from pulumi_managed_agents.definitions.constraint import matching
from pulumi_managed_agents.definitions.field import METADATA, Metadata, Text


class MemoryStore(Body):
    """A memory store: what agents remember from one session to the next."""

    type: Literal["memory_store"] | None = Field(
        default=None, description="Says what kind of file this is; not sent to the API."
    )
    name: Annotated[Text, matching(r"[^\x00-\x1f\x7f-\x9f]*", "must not hold control characters")] = Field(
        max_length=255, description="Name of the store; its directory in sessions is made from it."
    )
    description: str | None = Field(
        default=None, max_length=1024, description="What the store holds; part of the system prompt where it is used."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA)
