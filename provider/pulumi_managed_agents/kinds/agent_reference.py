"""How a body refers to an agent at a version; shared by rosters and deployments."""

from typing import Annotated, Literal

from pydantic import Field

from pulumi_managed_agents.schema.body import Body
from pulumi_managed_agents.schema.field import Reference


class AgentReference(Body):
    """An agent by id, at one version or the latest."""

    type: Literal["agent"] = Field(description="Always agent.")
    id: Reference = Field(description="Id of the agent, or the relative path of its file.")
    version: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="The version to use; the latest if left out."
    )
