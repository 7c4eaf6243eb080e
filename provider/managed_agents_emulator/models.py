"""The models a workspace may name: the ids the official SDK knows, with what those ids tell and nothing else."""

from __future__ import annotations

from typing import Any

from managed_agents_emulator import paging
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, not_found

Json = dict[str, Any]
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


def list_models(call: Call) -> Json:
    """The models, newest first; pages are named by the ids at their edges."""
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
        "data": [_model(id_) for id_ in page],
        "has_more": len(rest) > len(page),
        "first_id": page[0] if page else None,
        "last_id": page[-1] if page else None,
    }


def get(call: Call) -> Json:
    """One model, by its id or an alias of it."""
    id_ = _ALIASES.get(call.path["id"], call.path["id"])
    if id_ not in _IDS:
        raise not_found("Model", call.path["id"])
    return _model(id_)


def _index(ids: list[str], id_: str | None, parameter: str) -> int:
    if id_ is None:
        return len(ids)
    if id_ not in ids:
        raise invalid(f"{parameter}: {id_!r} is not a model of this list")
    return ids.index(id_)


def _model(id_: str) -> Json:
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
