"""What is wrong with a body that a program wrote, in the words of Python.

The program asks it of what it declares, and the provider, which knows more of the values, of what the engine hands it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds import problems
from pulumi_managed_agents.reconcile.secrets import with_secrets
from pulumi_managed_agents.schema.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.schema.problem import FieldPath

Props = dict[str, Any]

_IN_PYTHON = {
    "; put the value in quotes": "",
    "; put this one in quotes": "",
    " in quotes, such as": " as text, such as",
    "must be text": "must be text (str)",
    "must be true or false": "must be True or False",
    "a whole number": "a whole number (int)",
    "an object (key: value)": "an object (dict)",
    "but nothing is given": "but it is None",
}
"""What messages about files say of YAML, and the same of Python."""


def problems_in_python(facts: Facts, props: Props, is_unknown: Callable[[Any], bool]) -> list[Problem]:
    """What is wrong with a body that a program wrote, in Python's terms, as far as its values are known."""
    named = with_secrets(facts, props, lambda *_: {"secret": "given"})
    body = {key: value for key, value in named.items() if key not in {facts.parent, "digest"}}
    unknown: list[FieldPath] = []
    every = problems(facts.kind, _known(body, is_unknown, (), unknown))
    # What is above or inside a value that nobody knows yet is judged once it is known.
    sure = [problem for problem in every if not any(_related(problem.path, path) for path in unknown)]
    return [Problem(problem.path, _in_python(problem.message), problem.severity) for problem in sure]


def _known(value: Any, is_unknown: Callable[[Any], bool], path: FieldPath, unknown: list[FieldPath]) -> Any:
    if is_unknown(value):
        unknown.append(path)
        return None
    if isinstance(value, Mapping):
        # What is None does not reach the provider.
        values = {key: inner for key, inner in value.items() if inner is not None}
        return {key: _known(inner, is_unknown, (*path, key), unknown) for key, inner in values.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_known(inner, is_unknown, (*path, index), unknown) for index, inner in enumerate(value)]
    return value.value if isinstance(value, Enum) else value


def _related(one: FieldPath, other: FieldPath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _in_python(message: str) -> str:
    for of_files, of_python in _IN_PYTHON.items():
        message = message.replace(of_files, of_python)
    return message
