"""Fields that several kinds share: texts, metadata, references to other files, secrets by name."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import at_most_pairs, matching

Text = Annotated[str, Field(min_length=1)]

Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], at_most_pairs(16)
]
METADATA = "Your own key-value pairs: at most 16, keys up to 64 characters, values text up to 512."

Reference = Annotated[
    str,
    Field(min_length=1),
    WithJsonSchema({"type": "string", "minLength": 1, "description": "The relative path of a file, or an id."}),
]

HttpUrl = Annotated[
    str,
    Field(min_length=1, max_length=2048),
    matching(r"[Hh][Tt][Tt][Pp][Ss]?://[^/\s]\S*", "must be a URL that begins with https:// (or http://)"),
]


class PathReference(Body):
    """Another definition by the relative path of its file; its id is filled in when it has been applied."""

    path: Text = Field(description="Relative path of the file (or skill directory) that defines it.")
    type: Text | None = Field(default=None, description="Kept as written beside the id.")
    version: Annotated[Annotated[int, Field(ge=1)] | Text, OneOf()] | None = Field(
        default=None, description="Holds the reference at this version instead of the one just applied."
    )


class SecretName(Body):
    """A secret by name; its value comes from the stack's encrypted configuration or the environment."""

    secret: Text = Field(
        description="Name of the secret: in the stack's configuration, or MANAGED_AGENTS_SECRET_<NAME>."
    )


def _by_name_only(value: Any) -> Any:
    if not isinstance(value, Mapping):
        message = "a secret must not be in a file; write {secret: NAME} and set the value elsewhere"
        raise PydanticCustomError("error", "{message}", {"message": message})
    return value


Secret = Annotated[SecretName, BeforeValidator(_by_name_only)]
