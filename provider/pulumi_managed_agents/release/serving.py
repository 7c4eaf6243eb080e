"""Which version of each agent may serve after its tests have run. Pure functions over plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pulumi_managed_agents.release.receipt import Receipt


@dataclass(frozen=True)
class Released:
    """What a stage's state records: the version each agent serves, the one last applied, and the receipts.

    Agents are known by name; a pin holds `id` and `version`. A stage that never was deployed has nothing.
    """

    pins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    applied: Mapping[str, int] = field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()


Record = dict[str, Any]

REMEMBERED = 100
"""How many proven versions of an agent are kept in mind."""


def proven(
    agents: Mapping[str, Record],
    tests: Mapping[str, Record],
    results: Mapping[str, Record],
    before: Mapping[str, Record],
    *,
    proved: Mapping[str, Sequence[int]],
    untested: Collection[str] = (),
    rolled_back: Mapping[str, Record] | None = None,
) -> dict[str, Record]:
    """The version each agent serves: the one just applied, unless a test of it is red; then the last proven one.

    A coordinator's version serves only when it brings no unproven version of a member into service: `uses` holds the
    members' ids and the versions that its roster really names, which need not be the members' newest. An agent is
    known by its id, so that a renamed one keeps its pin; one that was never proven has none, but if it takes the place
    of another, that one's. `before` are the pins so far, `proved` the versions that were proven at any time, by id. The
    agents in `untested` are held back as red ones are. An agent that is `rolled_back` from the version just applied
    serves the proven one it goes back to; with its next version that has no effect any more.
    """
    judged = {test["agent"] for test in tests.values()} | {*untested}
    verdicts = _Verdicts(agents, judged, red(tests, results) | {*untested}, proved)
    pinned = {pin["id"]: pin for pin in before.values()}
    replaced = of_replaced(before, agents)
    back = {
        name: version
        for name, version in going_back(agents, rolled_back or {}).items()
        if version in proved.get(agents[name]["id"], ())
    }
    pins = {
        name: {"id": agent["id"], "version": back.get(name, agent["version"])}
        if name in back or verdicts.may_serve(name)
        else pinned.get(agent["id"], replaced.get(name))
        for name, agent in agents.items()
    }
    return {name: pin for name, pin in pins.items() if pin}


def of_replaced(pins: Mapping[str, Record], agents: Mapping[str, Record]) -> dict[str, Record]:
    """The pins of agents in whose place there are others of the same name."""
    ids = {agent["id"] for agent in agents.values()}
    return {name: pin for name, pin in pins.items() if name in agents and pin["id"] not in ids}


def red(tests: Mapping[str, Record], results: Mapping[str, Record]) -> set[str]:
    """The agents of which a test did not pass."""
    return {test["agent"] for name, test in tests.items() if not results[name].get("passed")}


def going_back(agents: Mapping[str, Record], rolled_back: Mapping[str, Record]) -> dict[str, int]:
    """The versions that agents go back to, of those that still have the version they were rolled back from."""
    return {
        name: int(one["to"])
        for name, one in rolled_back.items()
        if name in agents and int(one["from"]) == agents[name]["version"]
    }


def now_proved(pins: Mapping[str, Record], before: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The versions of each agent that were proven at any time, by id and oldest first: those before, and these pins."""
    ids = {*before, *(pin["id"] for pin in pins.values())}
    versions = {id: {*before.get(id, ()), *(pin["version"] for pin in pins.values() if pin["id"] == id)} for id in ids}
    return {id: sorted(found)[-REMEMBERED:] for id, found in sorted(versions.items())}


@dataclass(frozen=True)
class _Verdicts:
    agents: Mapping[str, Record]
    judged: set[str]
    red: set[str]
    proved: Mapping[str, Sequence[int]]

    def may_serve(self, name: str) -> bool:
        """Whether the version just applied may."""
        return name not in self.red and all(map(self._may_bring, self.agents[name].get("uses") or ()))

    def _may_bring(self, member: Record) -> bool:
        name = next((name for name, agent in self.agents.items() if agent["id"] == member["id"]), None)
        if name is None:
            return True
        version = member.get("version")
        if version in (None, self.agents[name]["version"]):
            return self.may_serve(name)
        return name not in self.judged or version in self.proved.get(member["id"], ())
