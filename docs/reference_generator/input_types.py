"""The types of what a Python program writes in nested fields, made from the models: `dynamic/program/inputs.py`.

Run as ``python -m docs.reference_generator.input_types FILE``.
"""

from __future__ import annotations

import builtins
import sys
import textwrap
from collections import Counter
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import WithJsonSchema

from pulumi_managed_agents.kinds.catalogue import MODELS
from pulumi_managed_agents.schema.body import Body
from pulumi_managed_agents.schema.field import PathReference, SecretName

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("agent", "environment", "memory_store", "credential", "deployment")
"""The kinds whose fields hold more than texts and metadata."""
SCALARS = {str: "str", int: "int", float: "float", bool: "bool", Any: "Any"}
HEAD = '''\
"""What nested fields of the resource classes take, for type checkers and editors.

Made by ``make generate`` from the models that definition files are held to; do not edit. A field or a value that this
release does not know is written in `unchecked`.
"""

# ruff: noqa
# fmt: off

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, Union

import pulumi

from pulumi_managed_agents.dynamic.program.live_object import LiveObject
from pulumi_managed_agents.dynamic.program.resource import ManagedResource

Reference = Union[str, ManagedResource, LiveObject[Any]]
"""An id, or what stands for one: a resource of the program, or an object that it looked up."""


def unchecked(value: Mapping[str, Any]) -> Any:
    """The same value, which type checkers take as it is: for fields and values that this release does not know."""
    return value
'''


class Types:
    """The types that are written out so far, by model, in the order in which they can be."""

    def __init__(self) -> None:
        self.written: dict[type[Body], str] = {}
        self._names = Counter(model.__name__ for model in _models())

    def name(self, model: type[Body]) -> str:
        """The name of a model's type; where two models share theirs, the module is a part of it."""
        shared = self._names[model.__name__] > 1
        return f"{model.__module__.rpartition('.')[2].title() if shared else ''}{model.__name__}ArgsDict"

    def of(self, annotation: Any) -> str:
        """An annotation of a model as one of a program."""
        origin, inner = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            is_reference = any(isinstance(one, WithJsonSchema) for one in inner[1:])
            return "Reference" if is_reference else self.of(inner[0])
        if origin in (Union, UnionType):
            members = [self.of(one) for one in inner if one is not NoneType and not _is_for_files(one)]
            known = list(dict.fromkeys(members))
            return known[0] if len(known) == 1 else f"Union[{', '.join(known)}]"
        if isinstance(annotation, type) and issubclass(annotation, Body):
            return "str" if annotation is SecretName else self._of_model(annotation)
        return self._of_values(annotation)

    def of_field(self, model: type[Body], name: str) -> str:
        """What a field of a model takes in a program."""
        return self.of(_annotation(model.model_fields[name]))

    def _of_values(self, annotation: Any) -> str:
        """A list, an object with free keys, or a value without parts."""
        inner = get_args(annotation)
        match get_origin(annotation):
            case None:
                return SCALARS[annotation]
            case builtins.list:
                return f"Sequence[pulumi.Input[{self.of(inner[0])}]]"
            case builtins.dict:
                return f"Mapping[str, pulumi.Input[{self.of(inner[1])}]]"
            case _:
                return f"Literal[{', '.join(map(repr, inner))}]"

    def _of_model(self, model: type[Body]) -> str:
        if model.model_config.get("extra") == "allow":
            return "Mapping[str, Any]"
        if model not in self.written:
            fields = [line for name in model.model_fields for line in self._field(model, name)]
            head = [f"class {self.name(model)}(TypedDict):", *_docstring(model.__doc__ or "")]
            self.written[model] = "\n".join([*head, "", *fields])
        return self.name(model)

    def _field(self, model: type[Body], name: str) -> Iterator[str]:
        field = model.model_fields[name]
        type = f"pulumi.Input[{self.of_field(model, name)}]"
        yield f"    {name}: {type if field.is_required() else f'NotRequired[{type} | None]'}"
        yield from _docstring(field.description or "")


def _annotation(field: Any) -> Any:
    """The annotation of a field, with what pydantic has taken out of it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _docstring(text: str) -> list[str]:
    text = " ".join(text.split()).replace("\\", "\\\\")
    return textwrap.wrap(f'"""{text}"""', 120, initial_indent="    ", subsequent_indent="    ") if text else []


def _is_for_files(member: Any) -> bool:
    """Whether a member of a union is a path, which nothing in a program stands for."""
    if not (isinstance(member, type) and issubclass(member, Body)):
        return False
    return member is PathReference or ("path" in member.model_fields and "type" not in _required(member))


def _required(model: type[Body]) -> set[str]:
    return {name for name, field in model.model_fields.items() if field.is_required()}


def _models() -> Iterator[type[Body]]:
    """Every model that the bodies of the kinds lead to, each once."""
    waiting: list[Any] = [MODELS[kind] for kind in KINDS]
    seen: set[Any] = set()
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, Body):
            if annotation not in seen:
                seen.add(annotation)
                yield annotation
                waiting += [field.annotation for field in annotation.model_fields.values()]
        elif get_origin(annotation) is not Literal:
            waiting += get_args(annotation)


def aliases(types: Types) -> dict[str, tuple[str, str]]:
    """For each argument with nested fields the name of its type, and what that stands for: ``AgentTools``; its text."""
    found = {}
    for kind in KINDS:
        for name, field in MODELS[kind].model_fields.items():
            if name in {"type", "metadata"}:
                continue
            written = types.of(_annotation(field))
            if "ArgsDict" in written or "Mapping" in written:
                description = "\n".join(line.strip() for line in _docstring(field.description or ""))
                found[f"{kind}_{name}".title().replace("_", "")] = (f"pulumi.Input[{written}]", description)
    return found


def source() -> str:
    """The text of the module."""
    types = Types()
    named = [f"{name} = {written}\n{description}" for name, (written, description) in aliases(types).items()]
    return "\n\n".join([HEAD, *(f"{one}\n" for one in types.written.values()), "\n".join(named)]) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(source(), encoding="utf-8")
