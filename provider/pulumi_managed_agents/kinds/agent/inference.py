"""Which model an agent thinks with, and how hard."""

from typing import Annotated, Literal

from pydantic import Field

from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import known
from pulumi_managed_agents.schema.field import Text

KNOWN_MODELS = (
    "claude-fable-5-2",
    "claude-fable-5-1",
    "claude-fable-5",
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-opus-4-5",
    "claude-opus-4-5-20251101",
    "claude-sonnet-5-5",
    "claude-sonnet-5",
    "claude-sonnet-4-6",
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-5-5",
    "claude-haiku-4-5",
    "claude-haiku-4-5-20251001",
)
FAST_MODELS = ("claude-opus-5-5", "claude-opus-5", "claude-opus-4-8")

# A model of a known family that is newer than this package is nobody's mistake.
ModelId = Annotated[Text, known(*KNOWN_MODELS, beyond=r"claude-(fable|opus|sonnet|haiku)-\d[\d-]*")]
EffortLevel = Literal["low", "medium", "high", "xhigh", "max"]


class Effort(Body):
    """How hard the model works, in the API's object form."""

    type: EffortLevel = Field(description="The level; not every model takes every level.")


class ModelConfig(Body):
    """A model with settings."""

    id: ModelId = Field(description="Id of the model, such as claude-opus-5-5.")
    effort: Annotated[EffortLevel | Effort, OneOf()] | None = Field(
        default=None,
        description="How hard the model works on each call: low, medium, high, xhigh or max; default by model.",
    )
    speed: Literal["standard", "fast"] | None = Field(
        default=None, description="fast costs more and is offered by few models; default standard."
    )
    inference_geo: Annotated[Text, known("us", "global")] | None = Field(
        default=None, description="Region where the model runs; the workspace's default when left out."
    )
