"""Constraints on one value beyond its type, as annotations: `Annotated[str, matching("[a-z]+", "…")]`.

Each says in a plain sentence what is wrong, whether that is an error or a warning, and the same thing in JSON
Schema, so that checks and editors cannot come apart. Text lengths and number ranges are pydantic's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pulumi_managed_agents.words import suggestion_or_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sized

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

    from pulumi_managed_agents.schema.problem import Severity


@dataclass(frozen=True, eq=False)
class Constraint:
    """What a value of the right type must also be; `complaint` gives the sentence to say, or None.

    `rule` states before a mistake what `complaint` asks for after one.
    """

    complaint: Callable[[Any], str | None]
    severity: Severity = "error"
    schema: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), **self.schema}

    def _check(self, value: Any) -> Any:
        if complaint := self.complaint(value):
            raise PydanticCustomError(self.severity, "{message}", {"message": complaint})
        return value


def matching(pattern: str, message: str, severity: Severity = "error") -> Constraint:
    """A text that matches a pattern from end to end."""
    match = re.compile(pattern).fullmatch
    return Constraint(lambda text: None if match(text) else message, severity, {"pattern": f"^({pattern})$"}, message)


def at_most(limit: int) -> Constraint:
    """A list that is longer is warned about: limits of a beta change."""
    return Constraint(_longer_than(limit, "entries"), "warning", {"maxItems": limit}, f"at most {limit} entries")


def at_most_pairs(limit: int) -> Constraint:
    """An object with more keys is warned about."""
    return Constraint(_longer_than(limit, "keys"), "warning", {"maxProperties": limit}, f"at most {limit} keys")


def known(*values: str, beyond: str = "") -> Constraint:
    """A text from an open set: another one is warned about, unless it matches the pattern `beyond`."""
    accepted = re.compile(beyond).fullmatch if beyond else None

    def complaint(text: str) -> str | None:
        if text in values or (accepted and accepted(text)):
            return None
        return f"unknown value{suggestion_or_list(text, values)}"

    return Constraint(complaint, "warning", {"anyOf": [{"enum": list(values)}, {"type": "string"}]})


def _longer_than(limit: int, things: str) -> Callable[[Sized], str | None]:
    def complaint(value: Sized) -> str | None:
        return f"has {len(value)} {things}; at most {limit} are allowed" if len(value) > limit else None

    return complaint
