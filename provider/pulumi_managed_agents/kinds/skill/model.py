"""The front matter of a skill's SKILL.md. What else lies in the directory is the stage loader's business."""

import re
from typing import Annotated, Any

from pydantic import Field

from pulumi_managed_agents.schema.body import Body
from pulumi_managed_agents.schema.constraint import Constraint, matching
from pulumi_managed_agents.schema.field import Text

# Only what can be nothing but a tag: "count < 5" and "a <b and c> d" are prose.
XML_TAG = re.compile(r"</?[A-Za-z][\w:.-]*(\s+[\w:.-]+\s*=[^<>]*)?\s*/?>")
RESERVED_WORDS = ("anthropic", "claude")

NoTags = Constraint(lambda text: "must not hold XML tags" if XML_TAG.search(text) else None)


def _reserved(name: str) -> str | None:
    word = next((word for word in RESERVED_WORDS if word in name), None)
    return word and f"must not hold the reserved word '{word}'"


class Skill(Body):
    """A skill: instructions and files that agents load when they need them."""

    name: Annotated[
        Text, matching("[a-z0-9-]+", "may hold small letters, digits and - only"), Constraint(_reserved)
    ] = Field(
        max_length=64, description="Name of the skill: small letters, digits and -; another name is another skill."
    )
    description: Annotated[Text, NoTags] = Field(
        max_length=1024, description="What the skill does and when to use it; agents decide by this sentence."
    )
    display_name: Annotated[Text, matching("[^\r\n]*", "must be one line")] | None = Field(
        default=None, max_length=255, description="Label for people; default the name. Another label is another skill."
    )
    license: str | None = Field(default=None, description="Licence of the skill, or the file that holds it.")
    compatibility: str | None = Field(default=None, description="What the skill needs around it.")
    allowed_tools: Any = Field(default=None, alias="allowed-tools", description="Tools the skill counts on.")
    metadata: dict[str, Any] | None = Field(
        default=None, description="Key-value pairs for other tools; stays in SKILL.md."
    )
