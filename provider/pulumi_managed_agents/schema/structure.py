"""A raw body against its model: every structural problem, and the body as cross-field rules may read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from pulumi_managed_agents.schema.body import TAG, Body
from pulumi_managed_agents.schema.messages import KEEPS_TYPE, problem_of
from pulumi_managed_agents.schema.paths import UNREADABLE

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from pulumi_managed_agents.schema.problem import FieldPath, Problem


def check(model: type[Body], body: Any) -> tuple[list[Problem], Any]:
    """Returns the structural problems of a body, and a copy in which all that is not of its type is unreadable."""
    try:
        model.model_validate(body)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [
            problem_of(detail, _place(detail, body), _fields_at(model, detail["loc"]), model.for_api)
            for detail in details
        ]
        return found, _without(body, {_place(detail, body) for detail in details if not _keeps_type(detail)})
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
    return (*path, detail["loc"][-1]) if detail["type"] == "missing" else tuple(path)


def _has(value: Any, segment: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(segment, int) and segment < len(value)
    return isinstance(value, Mapping) and segment in value


def _keeps_type(detail: ErrorDetails) -> bool:
    return detail["type"] in KEEPS_TYPE or (detail["type"] == "literal_error" and isinstance(detail["input"], str))


def _without(value: Any, places: set[FieldPath], path: FieldPath = ()) -> Any:
    if path in places:
        return UNREADABLE
    if isinstance(value, Mapping):
        return {key: _without(inner, places, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, places, (*path, index)) for index, inner in enumerate(value)]
    return value
