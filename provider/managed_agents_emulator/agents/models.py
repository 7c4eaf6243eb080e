"""The model of an agent: which effort and speed each model takes, and what the API fills in."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, NonEmpty

_KNOWN = re.compile(r"claude-(fable|opus|sonnet|haiku)-\d+(-\d)?(-\d{8})?")
_WITHOUT_EFFORT = ("claude-haiku-4-5", "claude-sonnet-4-5")
_WITHOUT_XHIGH = ("claude-opus-4-5", "claude-opus-4-6", "claude-sonnet-4-6")
_FAST = ("claude-opus-5-5", "claude-opus-5", "claude-opus-4-8")
_WITHOUT_GEO = ("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")


class Effort(Fields):
    """How hard the model works, in its object form."""

    type: Literal["low", "medium", "high", "xhigh", "max"]


class Model(Fields):
    """A model with its settings; a bare id stands for one without settings."""

    id: NonEmpty
    effort: Annotated[Effort | None, BeforeValidator(lambda v: {"type": v} if isinstance(v, str) else v)] = None
    speed: Literal["standard", "fast"] | None = None
    inference_geo: Literal["us", "global"] | None = None


ModelField = Annotated[Model, BeforeValidator(lambda v: {"id": v} if isinstance(v, str) else v)]


def enriched_model(model: Model, stored: dict[str, Any] | None, *, known_only: bool = False) -> dict[str, Any]:
    """What the API stores: effort is kept while the model stays the same, everything else is replaced whole.

    Raises a 400 for an effort, speed or geography the model does not take, and with `known_only` for another model.
    """
    if known_only and not _KNOWN.fullmatch(model.id):
        raise invalid(f"model.id: {model.id!r} is not a model that agents can use.")
    _check(model)
    effort = {"type": model.effort.type} if model.effort else _kept_effort(model, stored)
    return {
        "id": model.id,
        "effort": effort,
        "speed": model.speed or "standard",
        "inference_geo": model.inference_geo,
    }


def _kept_effort(model: Model, stored: dict[str, Any] | None) -> dict[str, str] | None:
    omitted = "effort" not in model.model_fields_set
    if omitted and stored and stored["id"] == model.id:
        return stored["effort"]  # type: ignore[no-any-return]  # from JSON
    return None if model.id.startswith(_WITHOUT_EFFORT) else {"type": "high"}


def _check(model: Model) -> None:
    level = model.effort.type if model.effort else None
    if level and model.id.startswith(_WITHOUT_EFFORT):
        raise invalid(f"model.effort: {model.id} does not support effort")
    if level == "xhigh" and model.id.startswith(_WITHOUT_XHIGH):
        raise invalid(f"model.effort: {model.id} does not support effort xhigh")
    if model.speed == "fast" and model.id not in _FAST:
        raise invalid(f"model.speed: {model.id} does not support fast")
    if model.inference_geo and model.id.startswith(_WITHOUT_GEO):
        raise invalid(f"model.inference_geo: {model.id} does not support inference_geo")
