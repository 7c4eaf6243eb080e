from __future__ import annotations

import pytest

from pulumi_managed_agents.kinds import problems
from tests.kinds.definition_bodies import VALUES, load


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{}", [], id="empty"),
        pytest.param("{values: null, overrides: null, drift: {ignore: null}, smoke: null}", [], id="all commented out"),
        pytest.param("value: {}", ["error value: unknown field; did you mean 'values'?"], id="misspelt"),
        pytest.param(
            "overrides: {agents/a.md: x}",
            ["error overrides.agents/a.md: must be an object (key: value)"],
            id="override",
        ),
        pytest.param(
            "overrides: {agents/a.md: {was: 3}}",
            ["error overrides.agents/a.md.was: must be text or a list"],
            id="earlier name",
        ),
        pytest.param(
            "drift: {ignore: {agents/a.md: description}}",
            ["error drift.ignore.agents/a.md: must be a list"],
            id="drift",
        ),
        pytest.param("smoke: {concurrency: 0}", ["error smoke.concurrency: must be at least 1"], id="no session"),
        pytest.param("smoke: {budget_usd: -1}", ["error smoke.budget_usd: must be greater than 0"], id="budget"),
    ],
)
def test_wrong_values_files(text: str, expected: list[str]) -> None:
    """Only this package reads the values file, so a misspelt key is an error."""
    assert [f"{p.severity} {p.field}: {p.message}" for p in problems("values", load(text))] == expected


def test_every_field_of_a_values_file() -> None:
    """Nothing is said about a values file that uses every field."""
    assert problems("values", VALUES) == []
