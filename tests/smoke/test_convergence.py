"""What may serve, over any series of changes, verdicts and half-finished ups; the engine's rules are played here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_managed_agents.dynamic.provider.deployment_handler import WAITING, unproven, with_proven
from pulumi_managed_agents.dynamic.wire import UNPROVEN
from pulumi_managed_agents.release.smoke_results import (
    due_tests,
    failing_agents,
    failure_messages,
    proven_versions,
    serving_pins,
)

Props = dict[str, Any]
Names = frozenset[str]
MEMBERS = ("a", "b", "c")
COORDINATORS = ("lead", "chief")
AGENTS = (*MEMBERS, *COORDINATORS)
STEPS = (*AGENTS, "smoke tests", *(f"deployment of {name}" for name in AGENTS), "release")


@dataclass
class Live:
    """The state of a stage, in which every step that does not run keeps its old outputs.

    `history` holds each version of each agent with the members it names, `passed` those that passed their tests.
    """

    tested: Names
    rosters: dict[str, Names]
    texts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AGENTS, 0))
    applied: dict[str, Props] = field(default_factory=dict)
    tests: Props = field(default_factory=dict)
    deployments: dict[str, Props] = field(default_factory=dict)
    release: dict[str, Props] = field(default_factory=dict)
    history: dict[tuple[str, int], Props] = field(default_factory=dict)
    passed: set[tuple[str, int]] = field(default_factory=set)

    def up(self, steps: Names, bad: Names) -> None:
        """Run some of the steps in the order of their dependencies; the tests of `bad` agents fail."""
        for name in AGENTS:
            if name in steps:
                self._apply(name)
        whole = self.applied.keys() == set(AGENTS)
        if "smoke tests" in steps and whole:
            self._test(bad)
        for name in AGENTS:
            if f"deployment of {name}" in steps and self.tests:
                self._deploy(name)
        if "release" in steps and self.tests:
            self.release = self.tests["pins"]

    def _apply(self, name: str) -> None:
        members = [one for one in sorted(self.rosters.get(name, ())) if one in self.applied]
        uses = [{"id": one, "version": self.applied[one]["version"]} for one in members]
        content = {"text": self.texts[name], "uses": uses}
        before = self.applied.get(name)
        if before is None or before["content"] != content:
            version = before["version"] + 1 if before else 1
            self.applied[name] = {"id": name, "version": version, "uses": uses, "content": content}
            self.history[name, version] = self.applied[name]

    def _test(self, bad: Names) -> None:
        tests = {name: {"agent": name, "agent_version": self.applied[name]["version"]} for name in self.tested}
        results = dict(self.tests.get("results") or {})
        for name, subject in due_tests(tests, results).items():
            failed = ["wrong"] if name in bad else []
            results[name] = {"passed": not failed, "subject": subject, "failures": failed}
        self.passed |= {(name, one["agent_version"]) for name, one in tests.items() if results[name]["passed"]}
        known = proven_versions(self.tests.get("pins") or {}, self.tests.get("proved") or {})
        pins = serving_pins(self.applied, tests, results, self.tests.get("pins") or {}, proved=known)
        self.tests = {
            "results": results,
            "pins": pins,
            "proved": proven_versions(pins, known),
            "red": failing_agents(tests, results),
        }
        self.tests["failures"] = failure_messages(tests, results)

    def _deploy(self, name: str) -> None:
        pin = self.tests["pins"].get(name) or {"version": UNPROVEN}
        self.deployments[name] = deployed({"agent": {"id": name, **pin}}, self.deployments.get(name))

    def faults(self) -> list[str]:
        """Everything that serves although it, or a member it brings along, never passed its test."""
        pins = [*self.release.items(), *(self.tests.get("pins") or {}).items()]
        made = {name: one["agent"] for name, one in self.deployments.items() if one["id"] != WAITING}
        served = [(name, pin["version"]) for name, pin in [*pins, *made.items()]]
        return [f"{one}" for one in served if not self._proven(*one)]

    def _proven(self, name: str, version: int) -> bool:
        members = self.history[name, version]["uses"]
        tried = name not in self.tested or (name, version) in self.passed
        return tried and all(self._proven(one["id"], one["version"]) for one in members)


def deployed(news: Props, olds: Props | None) -> Props:
    """A deployment after its step: made, changed, or left to wait, by the provider's own rules."""
    exists = olds is not None and olds["id"] != WAITING
    if exists:
        return {**with_proven(news, olds or {}), "id": "depl_1"}
    return {**news, "id": WAITING if unproven(news) else "depl_1"}


names = st.frozensets(st.sampled_from(AGENTS))
rosters = st.fixed_dictionaries({name: st.frozensets(st.sampled_from(MEMBERS)) for name in COORDINATORS})
few = st.frozensets(st.sampled_from(STEPS), max_size=4)
subsets = few | few.map(lambda left_out: frozenset(STEPS) - left_out)
stories = st.lists(st.tuples(rosters, names, names, subsets), min_size=1, max_size=8)


@settings(max_examples=200)
@given(names, stories)
def test_nothing_unproven_ever_serves_and_a_fix_converges(
    tested: Names, story: list[tuple[dict[str, Names], Names, Names, Names]]
) -> None:
    """Not after any edits, red tests and ups that left steps out; one whole green up makes everything new serve."""
    live = Live(tested, {})
    for live.rosters, changed, bad, steps in story:
        live.texts |= {name: live.texts[name] + 1 for name in changed}
        live.up(steps, bad)
        assert live.faults() == []
    live.up(frozenset(STEPS), frozenset())
    newest = {name: one["version"] for name, one in live.applied.items()}
    assert {name: pin["version"] for name, pin in live.release.items()} == newest
    assert {name: one["agent"]["version"] for name, one in live.deployments.items()} == newest
    assert live.tests["failures"] == []


@given(names, rosters, names, names)
def test_a_red_test_holds_back_nobody_else(
    tested: Names, members: dict[str, Names], changed: Names, bad: Names
) -> None:
    """After a whole up, an agent that neither is red nor brings a red member along serves its newest version."""
    live = Live(tested, members)
    live.up(frozenset(STEPS), frozenset())
    live.texts |= {name: live.texts[name] + 1 for name in changed}
    live.up(frozenset(STEPS), bad)
    reds = live.tests["red"]
    free = {name for name in AGENTS if not reds & {name, *members.get(name, ())}}
    assert {name for name in AGENTS if live.release[name]["version"] == live.applied[name]["version"]} >= free
    assert len(live.tests["failures"]) == len(reds)
