"""Pydantic's errors in plain English, one line each, and which of them are mere warnings.

No sentence holds the value it speaks about: any field may turn out to hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

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
UNQUOTED: Final = (bool, int, float, date)
"""What YAML makes of `yes`-like words, numbers and times that were meant as text."""
_SHAPES: Final = {str: "text", int: "a whole number", list: "a list", dict: "an object (key: value)"}

LIMITS: Final = frozenset({"string_too_long", "greater_than", "greater_than_equal", "less_than", "less_than_equal"})
KEEPS_TYPE: Final = LIMITS | {"missing", "extra_forbidden", "string_too_short", "too_short", "error", "warning"}
"""Errors about a value that is of the right type all the same."""


def problem_of(detail: ErrorDetails, path: FieldPath, fields: Sequence[str], for_api: bool) -> Problem:
    """One error of pydantic's in plain English.

    `fields` are the known names beside the last one of the path. Without `for_api` only this package
    reads the body, so what is unknown or past a limit is an error.
    """
    unknown: Severity = "warning" if for_api else "error"
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind in ("error", "warning"):
        return Problem(path, context["message"], "error" if kind == "error" else "warning")
    if kind == "extra_forbidden":
        return Problem(path, f"unknown field{suggestion(str(path[-1]), fields)}", unknown)
    if kind == "literal_error":
        return _choice(path, given, re.findall(r"'([^']*)'", context["expected"]), unknown)
    if kind == "one_of":
        return _no_member(path, given, context, unknown)
    severity: Severity = unknown if kind in LIMITS else "error"
    return Problem(path, _sentence(kind, given, context, detail["loc"]), severity)


def _sentence(kind: str, given: Any, context: Mapping[str, Any], loc: Sequence[str | int]) -> str:
    if kind == "string_too_long":
        return f"is {len(given)} characters long; at most {context['max_length']} are allowed"
    if kind in ("string_too_short", "too_short"):
        return "must not be empty"
    sentence = _SENTENCES.get(kind, "is not valid here").format(**context)
    if kind == "string_type" and loc[-1:] == ("[key]",):
        return "keys must be text; put this one in quotes"
    if given is None and kind != "missing":
        return f"{sentence}, but nothing is given"
    if kind == "string_type" and isinstance(given, UNQUOTED):
        return f"{sentence}; put the value in quotes"
    return sentence


def _choice(path: FieldPath, given: Any, known: Sequence[str], unknown: Severity) -> Problem:
    if isinstance(given, str):
        return Problem(path, f"unknown value{suggestion_or_list(given, known)}", unknown)
    return Problem(path, f"must be one of {', '.join(known)}")


def _no_member(path: FieldPath, given: Any, context: Mapping[str, Any], unknown: Severity) -> Problem:
    by, known, fields = context["by"], context["known"], context["fields"]
    if not isinstance(given, Mapping) or dict not in context["shapes"]:
        shapes = " or ".join(_SHAPES[shape] for shape in context["shapes"])
        return Problem(path, f"must be {shapes}" + (", but nothing is given" if given is None else ""))
    if not known:
        return Problem(path, f"must have {' or '.join(fields)}")
    if by not in given:
        instead = "".join(f", or give {field}" for field in fields)
        return Problem((*path, by), f"is required: one of {', '.join(known)}{instead}")
    return _choice((*path, by), given[by], known, unknown)
