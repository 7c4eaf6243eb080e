"""What a field's value may be beyond its type, in words, from the constraints in its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from pulumi_managed_agents.schema.body import Body
from pulumi_managed_agents.schema.constraint import Constraint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMPARED = (("ge", "at least {}"), ("gt", "more than {}"), ("le", "at most {}"), ("lt", "less than {}"))


def limits(field: FieldInfo) -> str:
    """The limits of a field and of the entries of its lists: ``1 to 64 entries; each 1 to 255 characters``."""
    annotation: Any = field.annotation
    return "; ".join(dict.fromkeys(_of(Annotated[annotation, *field.metadata] if field.metadata else annotation)))


def _of(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Annotated:
        inner, *said = get_args(annotation)
        yield from _said(said, is_list=get_origin(inner) is list)
        yield from _of(inner)
    elif get_origin(annotation) is list:
        yield from (f"each {limit}" for limit in _of(get_args(annotation)[0]))
    elif get_origin(annotation) is not dict and not (isinstance(annotation, type) and issubclass(annotation, Body)):
        for member in get_args(annotation):
            yield from _of(member)


def _said(metadata: Iterable[Any], *, is_list: bool) -> Iterator[str]:
    """What the constraints of one value say together; that a text may not be empty goes without saying."""
    parts = [one for given in metadata for one in (given.metadata if isinstance(given, FieldInfo) else [given])]
    rules = [one for one in parts if isinstance(one, Constraint) and one.rule]
    least, most = _last(parts, "min_length"), _last(parts, "max_length")
    for longest in [one for one in rules if "maxItems" in one.schema]:
        rules.remove(longest)
        most = longest.schema["maxItems"]
    if most is not None:
        yield f"{f'{least} to' if least else 'at most'} {most:,} {'entries' if is_list else 'characters'}"
    elif least and is_list:
        yield f"at least {least} {'entry' if least == 1 else 'entries'}"
    for name, text in COMPARED:
        if (bound := _last(parts, name)) is not None:
            yield text.format(f"{bound:,}")
    yield from (one.rule.removeprefix("must be ") for one in rules)


def _last(parts: Iterable[Any], name: str) -> Any:
    return next((value for one in reversed(list(parts)) if (value := getattr(one, name, None)) is not None), None)
