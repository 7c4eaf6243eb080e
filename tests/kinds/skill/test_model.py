from __future__ import annotations

import pytest

from pulumi_managed_agents.kinds import problems
from tests.kinds.definition_bodies import SKILL, load

MINIMAL = {"name": "pr-summary", "description": "Sums up a pull request."}


def problems_of(text: str) -> list[str]:
    """What is said about a skill's front matter with the given fields."""
    return [f"{p.severity} {p.field}: {p.message}" for p in problems("skill", {**MINIMAL, **load(text)})]


def test_right_front_matter() -> None:
    """Nothing is said about front matter with every known field, or with the required two."""
    assert problems("skill", SKILL) == []
    assert problems("skill", MINIMAL) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("name: PR_summary", ["error name: may hold small letters, digits and - only"], id="characters"),
        pytest.param("name: my-claude-skill", ["error name: must not hold the reserved word 'claude'"], id="reserved"),
        pytest.param(
            f"name: {'x' * 65}", ["warning name: is 65 characters long; at most 64 are allowed"], id="long name"
        ),
        pytest.param("description: ''", ["error description: must not be empty"], id="no description"),
        pytest.param(
            "description: Use <b>this</b>.", ["error description: must not hold XML tags"], id="tags in the description"
        ),
        pytest.param("description: Fewer than <5 or a <b and c> d.", [], id="smaller-than is no tag"),
        pytest.param(
            f"description: {'x' * 1025}",
            ["warning description: is 1025 characters long; at most 1024 are allowed"],
            id="long description",
        ),
        pytest.param('display_name: "a\\nb"', ["error display_name: must be one line"], id="label of two lines"),
        pytest.param(
            "display_nam: x", ["warning display_nam: unknown field; did you mean 'display_name'?"], id="misspelt"
        ),
        pytest.param(
            "allowed_tools: x", ["warning allowed_tools: unknown field; did you mean 'allowed-tools'?"], id="dash"
        ),
    ],
)
def test_wrong_front_matter(text: str, expected: list[str]) -> None:
    """Name and description of a skill are held to the API's rules."""
    assert problems_of(text) == expected
