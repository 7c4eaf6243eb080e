"""The body of a memory store file. Memories are written by agents at run time; a file may name those to begin with."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pulumi_managed_agents.schema.body import Body
from pulumi_managed_agents.schema.constraint import Constraint, matching
from pulumi_managed_agents.schema.field import METADATA, Metadata, Text
from pulumi_managed_agents.schema.paths import is_readable, named, objects, repeated
from pulumi_managed_agents.schema.problem import Problem

MAX_PATH_BYTES, MAX_SEGMENTS, MAX_CONTENT_BYTES = 1024, 20, 102_400


def _path_complaint(path: str) -> str | None:
    segments = path.split("/")[1:]
    if not path.startswith("/") or not all(segments) or {".", ".."} & set(segments):
        return "must be a path such as /notes/style.md, without empty parts, . or .."
    if unicodedata.normalize("NFC", path) != path or any(
        unicodedata.category(character) in {"Cc", "Cf"} for character in path
    ):
        return "must be in Unicode form NFC, without control characters"
    if len(segments) > MAX_SEGMENTS or len(path.encode()) > MAX_PATH_BYTES:
        return f"has at most {MAX_SEGMENTS} parts and {MAX_PATH_BYTES} bytes"
    return None


def _content_complaint(content: str) -> str | None:
    size = len(content.encode())
    return f"has {size:,} bytes; at most {MAX_CONTENT_BYTES:,} are allowed" if size > MAX_CONTENT_BYTES else None


class Seed(Body):
    """A memory that the store begins with."""

    path: Annotated[Text, Constraint(_path_complaint)] = Field(
        description="Its path in the store, such as /style/tone.md."
    )
    content: Annotated[str, Constraint(_content_complaint, "warning")] = Field(description="What it says.")


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
    memories: list[Seed] | None = Field(
        default=None,
        description="What the store begins with; what agents make of it later is theirs, and is left alone.",
    )
    strict_memories: bool | None = Field(
        default=None,
        description="Whether a listed memory that an agent changed or deleted is drift; default no.",
    )


def rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check a memory store's raw body across its seeds."""
    for place, _ in repeated(named(objects(body, "memories"), "path")):
        yield Problem(place, "another memory of this store is at this path already")
    if body.get("strict_memories") is True and not body.get("memories") and is_readable(body.get("memories")):
        yield Problem(("strict_memories",), "means the memories that are listed here; there are none")
