"""Reading request bodies: the base of every request model, shared field types, and errors that name the field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from managed_agents_emulator.errors import ApiError, invalid

if TYPE_CHECKING:
    from managed_agents_emulator.switches import Switches


class Fields(BaseModel):
    """Base of the request models: JSON types are not converted into each other, unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


T = TypeVar("T", bound=Fields)

NonEmpty = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(min_length=1, max_length=256)]


def read(model: type[T], body: object, switches: Switches) -> T:
    """Read the body as `model`; a 400 names the first wrong field."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        unknown = [e["loc"] for e in error.errors() if e["type"] == "extra_forbidden"]
        if unknown and switches.unknown_fields == "ignore":
            return read(model, _without(body, unknown), switches)
        raise refusal(error, body) from None


def refusal(error: ValidationError, body: object) -> ApiError:
    """Make the 400 for what pydantic found, in the form `tools.0.name: Field required`."""
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "Extra inputs are not permitted"
    path = _path_in(body, first["loc"])
    if first["type"] == "missing":
        path.append(first["loc"][-1])
    place = ".".join(map(str, path))
    code = "invalid_metadata" if first["loc"][:1] == ("metadata",) and first["type"] == "value_error" else None
    return invalid(f"{place}: {message}" if place else message, code=code)


def whole_number(text: str, name: str, *, least: int = 1, most: int | None = None) -> int:
    """Read a number that a query or form holds as text; 400 outside of its limits."""
    readable = text.isascii() and text.isdecimal() and len(text) < 16
    if not readable or not least <= int(text) <= (most or int(text)):
        raise invalid(f"{name}: must be a whole number {f'from {least} to {most}' if most else f'of at least {least}'}")
    return int(text)


def _path_in(body: Any, loc: tuple[int | str, ...]) -> list[int | str]:
    """Keep the parts of pydantic's location that are in the body; the rest are names of union members."""
    path: list[int | str] = []
    here = body
    for part in loc:
        if _holds(here, part):
            here = here[part]
            path.append(part)
    return path


def _holds(value: object, key: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(key, int) and key < len(value)
    return isinstance(value, dict) and key in value


def _without(body: Any, unknown: list[tuple[int | str, ...]]) -> Any:
    """Copy the body without the fields at those locations."""
    paths = [_path_in(body, loc) for loc in unknown]

    def strip(value: Any, prefix: list[int | str]) -> Any:
        if isinstance(value, dict):
            return {k: strip(v, [*prefix, k]) for k, v in value.items() if [*prefix, k] not in paths}
        if isinstance(value, list):
            return [strip(v, [*prefix, i]) for i, v in enumerate(value)]
        return value

    return strip(body, [])


def _check_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(_check_pattern)]


def text_as(key: str, **others: str) -> BeforeValidator:
    """Read a text as an object that holds it under `key`, which is how the API spells short forms."""
    return BeforeValidator(lambda value: {**others, key: value} if isinstance(value, str) else value)


def _null_is(default: object) -> BeforeValidator:
    return BeforeValidator(lambda value: default if value is None else value)


NullIsEmptyList = _null_is([])
NullIsEmptyMap = _null_is({})


def _check_bag(bag: dict[str, Any]) -> dict[str, Any]:
    if len(bag) > 16:
        raise ValueError("at most 16 pairs are allowed")
    for key, value in bag.items():
        if not 1 <= len(key) <= 64:
            raise ValueError(f"key {key[:70]!r} must have 1 to 64 characters")
        if value is not None and len(value) > 512:
            raise ValueError(f"the value of {key!r} must have at most 512 characters")
    return bag


Metadata = Annotated[dict[str, str], AfterValidator(_check_bag)]
MetadataPatch = Annotated[dict[str, str | None], NullIsEmptyMap]


def patched(bag: dict[str, str], patch: dict[str, str | None], *, empty_deletes: bool = False) -> dict[str, str]:
    """Apply a patch to metadata: strings are set, null deletes, the rest is kept; 400 beyond the limits."""
    merged = bag | patch
    kept = {k: v for k, v in merged.items() if v is not None and not (empty_deletes and v == "" and k in patch)}
    try:
        return _check_bag(kept)
    except ValueError as error:
        raise invalid(f"metadata: {error}", code="invalid_metadata") from None
