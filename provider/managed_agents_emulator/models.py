"""Models: those a workspace may name, by the ids in the SDK, and the model of an agent with its settings."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from managed_agents_emulator import paging
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, not_found
from managed_agents_emulator.fields import Fields, NonEmpty, text_as
from managed_agents_emulator.store import timestamp

if TYPE_CHECKING:
    from managed_agents_emulator.store import Json

_LIFECYCLES = {"active", "deprecated", "retired"}
_UNKNOWN_TIME = "1970-01-01T00:00:00Z"
_IDS = (
    "claude-fable-5-2",
    "claude-mythos-5-2",
    "claude-haiku-5-5",
    "claude-sonnet-5-5",
    "claude-fable-5-1",
    "claude-opus-5-5",
    "claude-mythos-5-1",
    "claude-sonnet-5",
    "claude-fable-5",
    "claude-mythos-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-opus-4-5-20251101",
    "claude-haiku-4-5-20251001",
    "claude-sonnet-4-5-20250929",
)
_ALIASES = {id_[:-9]: id_ for id_ in _IDS if id_[-8:].isdecimal()}
_RETIRES = {
    "claude-sonnet-4-5-20250929": datetime(2026, 11, 30, tzinfo=UTC),
    "claude-opus-4-5-20251101": datetime(2027, 1, 22, tzinfo=UTC),
}
"""The last day of each model for which the SDK names one."""
_NOTICE = timedelta(days=60)
"""How long before that a model was deprecated, which the SDK does not say: the least that Anthropic promises."""

_KNOWN = re.compile(r"claude-(fable|mythos|opus|sonnet|haiku)-(preview|\d+(-\d)?(-\d{8})?)")
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
    effort: Annotated[Effort | None, text_as("type")] = None
    speed: Literal["standard", "fast"] | None = None
    inference_geo: Literal["us", "global"] | None = None


ModelField = Annotated[Model, text_as("id")]


def enriched_model(model: Model, stored: Json | None, *, known_only: bool = False) -> Json:
    """Complete a model as the API stores it: effort is kept while the id stays, everything else is replaced whole.

    Raises a 400 for an effort, speed or geography the model does not take, and with `known_only` for another model.
    """
    if known_only and not _KNOWN.fullmatch(model.id):
        raise invalid(f"model.id: {model.id!r} is not a model that agents can use.")
    level = model.effort.type if model.effort else None
    if level and model.id.startswith(_WITHOUT_EFFORT):
        raise invalid(f"model.effort: {model.id} does not support effort")
    if level == "xhigh" and model.id.startswith(_WITHOUT_XHIGH):
        raise invalid(f"model.effort: {model.id} does not support effort xhigh")
    if model.speed == "fast" and model.id not in _FAST:
        raise invalid(f"model.speed: {model.id} does not support fast")
    if model.inference_geo and model.id.startswith(_WITHOUT_GEO):
        raise invalid(f"model.inference_geo: {model.id} does not support inference_geo")
    effort = {"type": level} if level else None
    if "effort" not in model.model_fields_set and stored and stored["id"] == model.id:
        effort = stored["effort"]
    elif not level and not model.id.startswith(_WITHOUT_EFFORT):
        effort = {"type": "high"}
    return {
        "id": model.id,
        "effort": effort,
        "speed": model.speed or "standard",
        "inference_geo": model.inference_geo,
    }


def list_models(call: Call) -> Json:
    """List the models, newest first; pages are named by the ids at their edges."""
    query = call.query
    lifecycles = set(query.getlist("lifecycle[]")) or {"active", "deprecated"}
    if lifecycles - _LIFECYCLES:
        raise invalid(f"lifecycle: must be among {', '.join(sorted(_LIFECYCLES))}")
    shown = [model for model in map(_shown, _IDS) if model["lifecycle"] in lifecycles]
    return paging.by_id(query, shown, size=paging.limit(query, most=1000))


def get(call: Call) -> Json:
    """Answer with one model, by its id or an alias of it."""
    id_ = _ALIASES.get(call.path["id"], call.path["id"])
    if id_ not in _IDS:
        raise not_found("Model", call.path["id"])
    return _shown(id_)


def _shown(id_: str) -> Json:
    family, *numbers = id_.removeprefix("claude-").split("-")
    version = ".".join(number for number in numbers if len(number) == 1)
    end = _RETIRES.get(id_)
    ending = "retired" if end and end <= datetime.now(UTC) else "deprecated"
    return {
        "id": id_,
        "type": "model",
        "display_name": f"Claude {family.capitalize()} {version}",
        "line": family,
        "lifecycle": ending if end else "active",
        "capabilities": None,
        "max_input_tokens": None,
        "max_tokens": None,
        "created_at": _UNKNOWN_TIME,
        "deprecated_at": timestamp(end - _NOTICE) if end else None,
        "retires_at": timestamp(end) if end else None,
    }


OPERATIONS = (
    Operation("GET", "/v1/models", list_models, betas=()),
    Operation("GET", "/v1/models/{id}", get, betas=()),
)
