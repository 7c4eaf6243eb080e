"""What belongs to a part of a stage, and what of the stage's books it leaves alone."""

from __future__ import annotations

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.part_of_stage import (
    ONLY,
    about_part,
    as_variable,
    chosen,
    left_out,
    members,
    part,
    part_of_tests,
)
from pulumi_managed_agents.stage import Definition, Reference, SmokeFile, Stage, Values

SKILL, BOX, TEST_BOX = Reference("s", "skill", "skill"), Reference("box", "environment", "id"), "test-box"


def definition(kind: str, name: str, *uses: Reference, was: tuple[str, ...] = ()) -> Definition:
    return Definition(kind, name, f"stacks/dev/{name}.yaml", {"uses": list(uses)}, was)  # type: ignore[arg-type]  # a kind


def agent(name: str, *uses: Reference, was: tuple[str, ...] = ()) -> Definition:
    return definition("agent", name, *uses, was=was)


def smoke(name: str, agent: str, environment: str, **body: object) -> SmokeFile:
    refers = {"agent": Reference(agent, "agent", "agent"), "environment": Reference(environment, "environment", "id")}
    return SmokeFile(name, f"stacks/dev/smoke/{name}.yaml", {**refers, **body}, agent, environment, "")


STAGE = Stage(
    "dev",
    "stacks/dev",
    (
        definition("skill", "s"),
        definition("environment", "box"),
        definition("environment", TEST_BOX),
        definition("vault", "v"),
        definition("credential", "v/KEY", Reference("v", "vault", "id")),
        agent("a", SKILL, was=("old-a",)),
        agent("b", SKILL),
        agent("lead", Reference("a", "agent", "agent")),
        definition("deployment", "nightly", Reference("a", "agent", "agent"), BOX, Reference("v", "vault", "id")),
    ),
    (
        smoke("greets", "a", TEST_BOX),
        smoke("elsewhere", "a", "box", stages=["prod"]),
        smoke("b-works", "b", TEST_BOX),
    ),
    Values("stacks/dev.values.yaml"),
)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["s"], {"s"}, id="what needs nothing"),
        pytest.param(["a"], {"a", "s", TEST_BOX}, id="an agent, with where its test runs"),
        pytest.param(["lead"], {"lead", "a", "s", TEST_BOX}, id="a coordinator, with its members"),
        pytest.param(["nightly"], {"nightly", "a", "s", "box", "v", "v/KEY", TEST_BOX}, id="a deployment"),
        pytest.param(["v/KEY"], {"v", "v/KEY"}, id="a credential, with its vault"),
        pytest.param(["s", "box"], {"s", "box"}, id="several"),
    ],
)
def test_a_part_has_all_that_it_needs_and_nothing_else(names: list[str], expected: set[str]) -> None:
    """Not the users of what is named: they stay at the version that they have."""
    found = members(STAGE, names)
    assert found == expected
    of_part = part(STAGE, found)
    assert {one.name for one in of_part.definitions} == expected
    assert [one.name for one in of_part.smoke] == (["greets"] if "a" in expected else [])


def test_an_unknown_name_is_reported_with_the_nearest() -> None:
    """A misspelt name must not deploy nothing."""
    with pytest.raises(InputError, match="no resource called 'leed'; did you mean lead"):
        members(STAGE, ["leed"])


def test_what_is_recorded_besides_stays_in_the_books() -> None:
    """Agents and tests that are not of the part, as they are; not what the part was called before."""
    recorded = {
        "agents": {name: {"id": name, "version": 1} for name in ("old-a", "b", "removed")},
        "tests": {"greets": {"agent": "old-a"}, "b-works": {"agent": "b"}, "never-ran": {"agent": "b"}},
        "results": {"greets": {"passed": True}, "b-works": {"passed": False}},
    }
    agents, tests = left_out(recorded, part(STAGE, members(STAGE, ["a"])))
    assert (sorted(agents), sorted(tests)) == (["b", "removed"], ["b-works"])
    assert left_out({}, part(STAGE, {"a"})) == ({}, {})


def test_only_tests_of_the_part_run_and_only_they_fail_it() -> None:
    """What is red elsewhere costs nothing and stops nothing, but is not forgotten either."""
    recorded = {"greets": {"agent": "a"}, "b-works": {"agent": "b"}}
    assert part_of_tests(recorded, {}) == recorded
    assert part_of_tests(recorded, {ONLY: as_variable(["a", "s"])}).keys() == {"greets"}
    lines = ["stacks/dev/smoke/greets.yaml: no reply", "stacks/dev/smoke/b-works.yaml: no reply", "b: rolled back"]
    assert about_part(lines, part(STAGE, members(STAGE, ["a"]))) == lines[:1]
    assert about_part(lines, part(STAGE, members(STAGE, ["b"]))) == lines[1:]


def test_no_variable_says_all_of_the_stage() -> None:
    """An empty one as well: a command empties it for the runs that it starts."""
    assert chosen({}) is chosen({ONLY: ""}) is None
    assert chosen({ONLY: as_variable({"b", "a"})}) == frozenset({"a", "b"})
