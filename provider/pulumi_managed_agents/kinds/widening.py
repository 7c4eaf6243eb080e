"""What a kind says about power: its rules, each of which finds one way in which a change lets an agent do more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_managed_agents.words import first_of

Body = dict[str, Any]
Rule = Callable[[Body, Body], Iterator[str]]
"""Two effective definitions, before and after, to what is wider afterwards: each a clause without a subject."""


@dataclass(frozen=True, order=True)
class Widening:
    """What one resource gains.

    Attributes:
        kind: The resource's kind.
        name: The resource's name.
        rule: The stable name of the rule that says so; ``new`` where the whole resource is new.
        text: What it gains, in words.
    """

    kind: str
    name: str
    rule: str
    text: str


@dataclass(frozen=True)
class Power:
    """What the capability review knows of a kind.

    Attributes:
        describe: A new resource to what it may do, in words.
        rules: By their stable names.
        earlier: ``(before, after)`` to the form of `before` that rules compare with, where that is not `before` itself.
    """

    describe: Callable[[Body], str]
    rules: Mapping[str, Rule] = field(default_factory=dict)
    earlier: Callable[[Body, Body], Body] = lambda before, _after: before


def table(value: Any) -> Body:
    """`value` if it is a dict, else {}."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[str]:
    """The items of `value` as texts if it is a list, else []."""
    return [str(item) for item in value] if isinstance(value, list) else []


def named(names: list[str], most: int = 12) -> str:
    """Names in a row, the rest of a long row counted."""
    return first_of(names, most)


def labelled(label: str, names: list[str]) -> str:
    """Names in a row behind a label; an empty string if there are none."""
    return label + named(names) if names else ""
