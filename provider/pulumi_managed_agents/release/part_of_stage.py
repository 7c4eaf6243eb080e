"""A part of a stage: what an up is limited to, which is what was named and everything that it needs.

What an agent needs to be proven belongs to it: its smoke tests, and the environments, vaults and stores they run with.
All else stays as it is recorded, with what was proven of it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.root import closure
from pulumi_managed_agents.stage.definition import references_in
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pulumi_managed_agents.stage import SmokeFile, Stage

ONLY = "MANAGED_AGENTS_ONLY"
"""The variable with the names of the part that a run is limited to, as a JSON list."""

Record = dict[str, Any]


def members(stage: Stage, names: Iterable[str]) -> frozenset[str]:
    """The names of a part of a stage: what was named, all that it leads to, and all that its smoke tests need.

    Raises:
        InputError: a name is unknown.
    """
    definitions = {definition.name: definition for definition in stage.definitions}
    waiting = list(names)
    for name in waiting:
        if name not in definitions:
            raise InputError(
                f"stage {stage.name} has no resource called '{name}'{suggestion_or_some(name, definitions)}"
            )
    found: set[str] = set()
    while waiting:
        found.update(new := closure(definitions, waiting.pop()))
        needed = {
            reference.target
            for test in _tests(stage, new)
            for _, reference in references_in(test.body)
            if reference.target in definitions
        }
        waiting += needed - found
    return frozenset(found)


def part(stage: Stage, names: Collection[str]) -> Stage:
    """The stage as if it had nothing but a part of itself."""
    definitions = tuple(definition for definition in stage.definitions if definition.name in names)
    return replace(stage, definitions=definitions, smoke=tuple(_tests(stage, names)))


def _tests(stage: Stage, names: Collection[str]) -> list[SmokeFile]:
    return [test for test in stage.smoke if test.agent in names and stage.name in test.body.get("stages", [stage.name])]


def chosen(environment: Mapping[str, str]) -> frozenset[str] | None:
    """The names of the part that this run is limited to; None if it is for all of the stage."""
    names = environment.get(ONLY)
    return frozenset(json.loads(names)) if names else None


def as_variable(names: Iterable[str]) -> str:
    """The names of a part as the variable holds them."""
    return json.dumps(sorted(names))


def part_of_tests(tests: Mapping[str, Record], environment: Mapping[str, str]) -> dict[str, Record]:
    """The recorded tests that this run may run: those about agents of its part."""
    names = chosen(environment)
    return {name: test for name, test in tests.items() if names is None or test["agent"] in names}


def left_out(recorded: Mapping[str, Any], part: Stage) -> tuple[dict[str, Record], dict[str, Record]]:
    """The agents and tests in the smoke tests' record that are no part of `part`, to be kept as they are."""
    ours = {name for definition in part.definitions for name in (definition.name, *definition.was)}
    agents = {name: agent for name, agent in (recorded.get("agents") or {}).items() if name not in ours}
    results = recorded.get("results") or {}
    tests = {
        name: test
        for name, test in (recorded.get("tests") or {}).items()
        if test["agent"] in agents and name in results
    }
    return agents, tests


def about_part(lines: Iterable[str], part: Stage) -> list[str]:
    """The failures that are about a part, of lines which begin with a file or a name and a colon."""
    subjects = {test.file for test in part.smoke} | {
        subject for definition in part.definitions for subject in (definition.name, definition.file)
    }
    return [line for line in lines if line.partition(": ")[0] in subjects]
