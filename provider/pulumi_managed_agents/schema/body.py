"""The base of every model, and the union whose member is chosen by the shape of what the user wrote.

Unlike pydantic's smart union it tries one member only, so that people read about the one they meant.
Annotations in this package's model modules are read at run time: those modules do not postpone them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

TAG = "\0"
"""Begins the segments which a union adds to the place of an error; no key in a file begins so."""


class Body(BaseModel):
    """An object in a definition file. Types are strict: a number is not a text."""

    # Validators are built with the first body of a kind: a command that meets agents only pays for agents only.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    for_api: ClassVar[bool] = True
    """Whether the API has the last word on fields and values unknown here; only then are they warnings."""


@dataclass(frozen=True)
class OneOf:
    """Annotates a union: a text, a list or an object picks the member of that shape, objects by one of their keys.

    The key is `by`: members that it distinguishes have a `Literal` there. A member without one is picked by
    having its first required field, such as `path`. An object that is the only one needs no key.
    """

    by: str = "type"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        members = {_tag(member): member for member in get_args(source)}
        choices = {tag: handler.generate_schema(member) for tag, member in members.items()}
        shapes = {_shape(member): tag for tag, member in members.items() if not _is_body(member)}
        objects = {tag: member for tag, member in members.items() if _is_body(member)}
        by_value = {value: tag for tag, model in objects.items() for value in _values(model, self.by)}
        by_field = {_required_field(model): tag for tag, model in objects.items() if tag not in by_value.values()}
        context: dict[str, Any] = {"by": self.by, "known": tuple(by_value), "fields": tuple(by_field)}
        context["shapes"] = (*shapes, dict) if objects else tuple(shapes)
        return core_schema.tagged_union_schema(
            choices,
            _chooser(self.by, shapes, objects, by_value, by_field),
            custom_error_type="one_of",
            custom_error_message="no member of the union has this shape",
            custom_error_context=context,
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema_of_type = handler(schema)
        return {"anyOf": schema_of_type.pop("oneOf"), **schema_of_type}


def _chooser(
    by: str,
    shapes: Mapping[type, str],
    objects: Mapping[str, type[Body]],
    by_value: Mapping[str, str],
    by_field: Mapping[str, str],
) -> Callable[[Any], str | None]:
    def choose(value: Any) -> str | None:
        if not isinstance(value, Mapping) or not objects:
            return next((tag for shape, tag in shapes.items() if isinstance(value, shape)), None)
        if len(objects) == 1:
            return next(iter(objects))
        key = value.get(by)
        fallback = by_value.get(key) if isinstance(key, str) else None
        return next((tag for field, tag in by_field.items() if field in value), fallback)

    return choose


def _is_body(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, Body)


def _tag(member: Any) -> str:
    return TAG + (member.__name__ if _is_body(member) else _shape(member).__name__)


def _values(model: type[Body], by: str) -> tuple[str, ...]:
    annotation = model.model_fields[by].annotation if by in model.model_fields else None
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _required_field(model: type[Body]) -> str:
    return next(name for name, field in model.model_fields.items() if field.is_required())


def _shape(member: Any) -> type:
    """The plain type of what a user writes for a member that is not an object with fields."""
    if get_origin(member) is Annotated:
        return _shape(get_args(member)[0])
    if get_origin(member) is Literal:
        return str
    shape: type = get_origin(member) or member
    return shape
