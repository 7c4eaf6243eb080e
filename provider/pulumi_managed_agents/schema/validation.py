"""A raw body against its model: its structural problems in plain English, and the body as cross-field rules read it.

No message holds the value it speaks about: any field may turn out to hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import ValidationError

from pulumi_managed_agents.schema.body import TAG, Body
from pulumi_managed_agents.schema.paths import UNREADABLE
from pulumi_managed_agents.schema.problem import Problem
from pulumi_managed_agents.words import suggestion, suggestion_or_list

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from pulumi_managed_agents.schema.problem import FieldPath, Severity

_SENTENCES: Final[dict[str, str]] = {
    "missing": "is required",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "list_type": "must be a list",
    "dict_type": "must be an object (key: value)",
    "model_type": "must be an object (key: value)",
    "invalid_key": "keys must be text; put this one in quotes",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "recursion_loop": "refers to itself",
}
_UNQUOTED: Final = (bool, int, float, date)
"""What YAML makes of `yes`-like words, numbers and times that were meant as text."""
_SHAPES: Final = {str: "text", int: "a whole number", list: "a list", dict: "an object (key: value)"}

_LIMITS: Final = frozenset({"string_too_long", "greater_than", "greater_than_equal", "less_than", "less_than_equal"})
_KEEPS_TYPE: Final = _LIMITS | {"missing", "extra_forbidden", "string_too_short", "too_short", "error", "warning"}
"""Errors about a value of the right type."""


def check(model: type[Body], body: Any) -> tuple[list[Problem], Any]:
    """Return the structural problems of a body, and a copy in which all that is not of its type is unreadable."""
    try:
        model.model_validate(body)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [
            _problem(detail, _place(detail, body), _fields_at(model, detail["loc"]), model.for_api)
            for detail in details
        ]
        return problems, _without(body, {_place(detail, body) for detail in details if not _keeps_type(detail)})
    return [], body


def _fields_at(model: type[Body], loc: tuple[int | str, ...]) -> list[str]:
    """The names of the fields that an object may have beside the last segment of an error's place."""
    here = [model]
    for segment in loc[:-1]:
        if isinstance(segment, str) and segment.startswith(TAG):
            here = [candidate for candidate in here if candidate.__name__ == segment.removeprefix(TAG)] or here
        elif isinstance(segment, str) and len(here) == 1 and segment in here[0].model_fields:
            here = list(_models_in(here[0].model_fields[segment].annotation))
    return [field.alias or name for name, field in here[0].model_fields.items()] if len(here) == 1 else []


def _models_in(annotation: Any) -> Iterator[type[Body]]:
    if isinstance(annotation, type) and issubclass(annotation, Body):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _place(detail: ErrorDetails, body: Any) -> FieldPath:
    """The error's place without the segments pydantic adds, which are those that do not exist in the body."""
    path: list[str | int] = []
    here = body
    for segment in detail["loc"]:
        if not _has(here, segment):
            continue
        here = here[segment]
        path.append(segment)
    # What is missing does not exist in the body, but its place is what people look for.
    return (*path, detail["loc"][-1]) if detail["type"] == "missing" else tuple(path)


def _has(value: Any, segment: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(segment, int) and segment < len(value)
    return isinstance(value, Mapping) and segment in value


def _keeps_type(detail: ErrorDetails) -> bool:
    return detail["type"] in _KEEPS_TYPE or (detail["type"] == "literal_error" and isinstance(detail["input"], str))


def _without(value: Any, places: set[FieldPath], path: FieldPath = ()) -> Any:
    if path in places:
        return UNREADABLE
    if isinstance(value, Mapping):
        return {key: _without(inner, places, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, places, (*path, index)) for index, inner in enumerate(value)]
    return value


def _problem(detail: ErrorDetails, path: FieldPath, fields: Sequence[str], for_api: bool) -> Problem:
    """One error of pydantic's in plain English.

    `fields` are the known names beside the last one of the path. Without `for_api` only this package
    reads the body, so what is unknown or past a limit is an error.
    """
    unknown: Severity = "warning" if for_api else "error"
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind in ("error", "warning"):
        return Problem(path, context["message"], "error" if kind == "error" else "warning")
    if kind == "extra_forbidden":
        return Problem(path, f"unknown field{suggestion(str(path[-1]), fields)}", unknown)
    if kind == "literal_error":
        return _choice(path, value, re.findall(r"'([^']*)'", context["expected"]), unknown)
    if kind == "one_of":
        return _no_member(path, value, context, unknown)
    severity: Severity = unknown if kind in _LIMITS else "error"
    return Problem(path, _sentence(kind, value, context, detail["loc"]), severity)


def _sentence(kind: str, value: Any, context: Mapping[str, Any], loc: Sequence[str | int]) -> str:
    if kind == "string_too_long":
        return f"is {len(value)} characters long; at most {context['max_length']} are allowed"
    if kind in ("string_too_short", "too_short"):
        return "must not be empty"
    sentence = _SENTENCES.get(kind, "is not valid here").format(**context)
    if kind == "string_type" and loc[-1:] == ("[key]",):
        return "keys must be text; put this one in quotes"
    if value is None and kind != "missing":
        return f"{sentence}, but nothing is given"
    if kind == "string_type" and isinstance(value, _UNQUOTED):
        return f"{sentence}; put the value in quotes"
    return sentence


def _choice(path: FieldPath, value: Any, known: Sequence[str], unknown: Severity) -> Problem:
    if isinstance(value, str):
        return Problem(path, f"unknown value{suggestion_or_list(value, known)}", unknown)
    return Problem(path, f"must be one of {', '.join(known)}")


def _no_member(path: FieldPath, value: Any, context: Mapping[str, Any], unknown: Severity) -> Problem:
    by, known, fields = context["by"], context["known"], context["fields"]
    if not isinstance(value, Mapping) or dict not in context["shapes"]:
        shapes = " or ".join(_SHAPES[shape] for shape in context["shapes"])
        return Problem(path, f"must be {shapes}" + (", but nothing is given" if value is None else ""))
    if not known:
        return Problem(path, f"must have {' or '.join(fields)}")
    if by not in value:
        instead = "".join(f", or give {field}" for field in fields)
        return Problem((*path, by), f"is required: one of {', '.join(known)}{instead}")
    return _choice((*path, by), value[by], known, unknown)
