"""Models: those a workspace may name, as the SDK's ids tell them, and the model of an agent with its settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from managed_agents_emulator import paging
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, not_found
from managed_agents_emulator.fields import Fields, NonEmpty, text_as

if TYPE_CHECKING:
    from managed_agents_emulator.store import Json

_LIFECYCLES = {"active", "deprecated", "retired"}
_UNKNOWN_TIME = "1970-01-01T00:00:00Z"
_IDS = (
    "claude-fable-5-2",
    "claude-fable-5-1",
    "claude-fable-5",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-opus-4-5-20251101",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5-20251001",
)
_ALIASES = {id_[:-9]: id_ for id_ in _IDS if id_[-8:].isdecimal()}

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
    wanted = set(query.getlist("lifecycle[]")) or {"active", "deprecated"}
    if wanted - _LIFECYCLES:
        raise invalid(f"lifecycle: must be among {', '.join(sorted(_LIFECYCLES))}")
    ids = list(_IDS) if "active" in wanted else []
    size = paging.limit(query, most=1000)
    after, before = query.get("after_id"), query.get("before_id")
    if after and before:
        raise invalid("after_id: cannot be combined with before_id")
    rest = ids[_index(ids, after, "after_id") + 1 :] if after else ids[: _index(ids, before, "before_id")]
    page = rest[-size:] if before else rest[:size]
    return {
        "data": [_shown(id_) for id_ in page],
        "has_more": len(rest) > len(page),
        "first_id": page[0] if page else None,
        "last_id": page[-1] if page else None,
    }


def get(call: Call) -> Json:
    """Answer with one model, by its id or an alias of it."""
    id_ = _ALIASES.get(call.path["id"], call.path["id"])
    if id_ not in _IDS:
        raise not_found("Model", call.path["id"])
    return _shown(id_)


def _index(ids: list[str], id_: str | None, parameter: str) -> int:
    if id_ is None:
        return len(ids)
    if id_ not in ids:
        raise invalid(f"{parameter}: {id_!r} is not a model of this list")
    return ids.index(id_)


def _shown(id_: str) -> Json:
    family, *numbers = id_.removeprefix("claude-").split("-")
    version = ".".join(number for number in numbers if len(number) == 1)
    return {
        "id": id_,
        "type": "model",
        "display_name": f"Claude {family.capitalize()} {version}",
        "line": family,
        "lifecycle": "active",
        "capabilities": None,
        "max_input_tokens": None,
        "max_tokens": None,
        "created_at": _UNKNOWN_TIME,
        "deprecated_at": None,
        "retires_at": None,
    }


OPERATIONS = (
    Operation("GET", "/v1/models", list_models, beta=None),
    Operation("GET", "/v1/models/{id}", get, beta=None),
)
