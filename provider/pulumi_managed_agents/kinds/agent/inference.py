"""Which model an agent thinks with, and how hard."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import Constraint, known
from pulumi_managed_agents.schema.field import Text
from pulumi_managed_agents.schema.paths import at, objects

KNOWN_MODELS = (
    "claude-fable-5-2",
    "claude-fable-5-1",
    "claude-fable-5",
    "claude-mythos-5-2",
    "claude-mythos-5-1",
    "claude-mythos-5",
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

RETIREMENTS = {
    "claude-mythos-preview": date(2026, 6, 30),
    "claude-sonnet-4-5": date(2026, 11, 30),
    "claude-opus-4-5": date(2027, 1, 22),
}
"""The last day of each model that has one, by its name without a date.

Source: ``DEPRECATED_MODELS`` of the official SDK, release 2.14. `doctor`, `preview`, `up`, `status` ask the API, too.
"""


def retirement(model: str) -> date | None:
    """The last day of a model, under its plain or its dated name; None if none is known."""
    return next((day for name, day in RETIREMENTS.items() if re.fullmatch(rf"{name}(-\d{{8}})?", model)), None)


def _retiring(model: str) -> str | None:
    day = retirement(model)
    return f"the last day of this model is {day}, and its agents stop working then; choose another" if day else None


def models_of(body: Mapping[str, Any]) -> Iterator[str]:
    """The models that an agent's body names: its own, then its advisor's."""
    own = body.get("model")
    multiagent = body.get("multiagent")
    advisors = [at(multiagent, "advisor"), *(entry for _, entry in objects(multiagent, "agents"))]
    for model in (at(own, "id") or own, *(at(advisor, "model") for advisor in advisors)):
        if isinstance(model, str):
            yield model


# A model of a known family that is newer than this package is nobody's mistake.
ModelId = Annotated[
    Text,
    known(*KNOWN_MODELS, beyond=r"claude-(fable|mythos|opus|sonnet|haiku)-\d[\d-]*|claude-mythos-preview"),
    Constraint(_retiring, "warning"),
]
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
