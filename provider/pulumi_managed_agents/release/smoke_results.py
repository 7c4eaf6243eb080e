"""What recorded smoke-test results decide: which tests run, which version of each agent serves, what the proof reports.

Pure functions over the plain records that Pulumi keeps: tests and results by the test's name, agents and pins by the
agent's name. A pin holds `id` and `version`; the versions that were ever proven are kept by the agent's id.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Record = dict[str, Any]

ENVIRONMENT_EFFECTIVE, ENVIRONMENT_TEXT = "environment_effective", "environment_digest"
"""The keys in a test's record for two digests of its environment: of the effective form, and of the text."""

ATTACHED_EFFECTIVE = "attached_effective"
"""The key for the digest of the effective form of its vaults and memory stores, where it has some."""

RAN_IN = "ran_in"
"""The key for the names of its environment, vaults and memory stores; in a result, of those that it is bound to."""

RETEST = "MANAGED_AGENTS_RETEST"
"""The environment's variable that makes all tests due once more."""

VERSIONS_KEPT = 100
"""How many proven versions of one agent are remembered."""

RECEIPT_KEYS = ("passed", "conclusive", "cost_usd", "finished_at", RAN_IN)


CANCELLED = "stopped"
"""The reason to stop of a run that somebody ended, by Ctrl-C for instance."""


def is_cancelled(result: Mapping[str, Any]) -> bool:
    """Whether somebody ended the run of a test, by its recorded result, so that it says nothing about the agent."""
    return result.get("stop_reason") == CANCELLED and not result.get("conclusive", True)


def due_tests(tests: Mapping[str, Record], results: Mapping[str, Record]) -> dict[str, str]:
    """The tests that must run, each with the digest to record with its result.

    A test is due when it has no passed result, or when its own text, its agent's version or its environment changed
    since. A changed skill or roster member gives the agent a new version, so that is covered too; so are its vaults and
    memory stores, except results of earlier releases.
    """
    return {
        name: result_digest(test)
        for name, test in tests.items()
        if name not in results
        or not results[name].get("passed")
        or results[name].get("subject") not in {result_digest(test), *earlier_result_digests(test)}
    }


def result_digest(test: Record) -> str:
    """A digest of everything that a test's result depends on."""
    return _digest(test, {ENVIRONMENT_TEXT})


def earlier_result_digests(test: Record) -> set[str]:
    """The digests that earlier releases recorded: without vaults and stores, or with the environment by its text."""
    left_out = {ATTACHED_EFFECTIVE, ENVIRONMENT_TEXT}, {ATTACHED_EFFECTIVE, ENVIRONMENT_EFFECTIVE}
    return {_digest(test, keys) for keys in left_out}


def _digest(test: Record, left_out: Collection[str]) -> str:
    # Where its file lies, and what its environment is called, changes nothing of what a session does.
    text = json.dumps(
        {key: value for key, value in test.items() if key not in {"file", RAN_IN, *left_out}}, sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def serving_pins(
    agents: Mapping[str, Record],
    tests: Mapping[str, Record],
    results: Mapping[str, Record],
    pins: Mapping[str, Record],
    *,
    proved: Mapping[str, Sequence[int]],
    untested: Collection[str] = (),
    rolled_back: Mapping[str, Record] | None = None,
) -> dict[str, Record]:
    """The version each agent serves from now on: the one just applied if it is proven, else the one that served before.

    A coordinator's new version serves only if no member version that it uses is unproven: its `uses` lists the ids and
    versions that its roster names, which need not be the members' newest.

    Args:
        agents: Id, version just applied, and `uses` of each agent.
        tests: The smoke tests; an agent without one counts as proven unless it is in `untested`.
        results: Their results.
        pins: What served so far. Agents are matched by id, so a renamed agent keeps its pin; a replacing agent that
            was never proven leaves the pin of the one it replaces in place.
        proved: The versions that were ever proven.
        untested: Agents that are held back because they have no test.
        rolled_back: Agents rolled back from the version just applied, each to a proven one. An entry has no effect any
            more once the agent has a newer version.
    """
    tested = {test["agent"] for test in tests.values()} | {*untested}
    judge = _ServingRule(agents, tested, failing_agents(tests, results) | {*untested}, proved)
    pins_by_id = {pin["id"]: pin for pin in pins.values()}
    replaced = replaced_pins(pins, agents)
    targets = {
        name: version
        for name, version in rollbacks_in_force(agents, rolled_back or {}).items()
        if version in proved.get(agents[name]["id"], ())
    }
    serving = {
        name: {"id": agent["id"], "version": targets.get(name, agent["version"])}
        if name in targets or judge.may_serve(name)
        else pins_by_id.get(agent["id"], replaced.get(name))
        for name, agent in agents.items()
    }
    return {name: pin for name, pin in serving.items() if pin}


@dataclass(frozen=True)
class _ServingRule:
    """Whether the version just applied of an agent may serve."""

    agents: Mapping[str, Record]
    tested: set[str]
    failing: set[str]
    proved: Mapping[str, Sequence[int]]

    def may_serve(self, name: str) -> bool:
        return name not in self.failing and all(map(self._may_use, self.agents[name].get("uses") or ()))

    def _may_use(self, member: Record) -> bool:
        name = next((name for name, agent in self.agents.items() if agent["id"] == member["id"]), None)
        if name is None:  # an agent of another stage, which is not judged here
            return True
        version = member.get("version")
        if version in (None, self.agents[name]["version"]):
            return self.may_serve(name)
        return name not in self.tested or version in self.proved.get(member["id"], ())


def replaced_pins(pins: Mapping[str, Record], agents: Mapping[str, Record]) -> dict[str, Record]:
    """The pins of agents that another agent of the same name replaced."""
    ids = {agent["id"] for agent in agents.values()}
    return {name: pin for name, pin in pins.items() if name in agents and pin["id"] not in ids}


def failing_agents(tests: Mapping[str, Record], results: Mapping[str, Record]) -> set[str]:
    """The agents with a test that did not pass."""
    return {test["agent"] for name, test in tests.items() if not (results.get(name) or {}).get("passed")}


def rollbacks_in_force(agents: Mapping[str, Record], rolled_back: Mapping[str, Record]) -> dict[str, int]:
    """The version each rolled-back agent returns to, while it still has the version it was rolled back from."""
    return {
        name: int(move["to"])
        for name, move in rolled_back.items()
        if name in agents and int(move["from"]) == agents[name]["version"]
    }


def proven_versions(pins: Mapping[str, Record], earlier: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The versions that were ever proven, by agent id and oldest first: the earlier ones and those of the pins."""
    ids = {*earlier, *(pin["id"] for pin in pins.values())}
    versions = {id: {*earlier.get(id, ()), *(pin["version"] for pin in pins.values() if pin["id"] == id)} for id in ids}
    return {id: sorted(known)[-VERSIONS_KEPT:] for id, known in sorted(versions.items())}


def untested_agents(
    agents: Mapping[str, Record], tests: Mapping[str, Record], proved: Mapping[str, Sequence[int]]
) -> list[str]:
    """The agents without a test whose version was never proven."""
    tested = {test["agent"] for test in tests.values()}
    unproven = (name for name, agent in agents.items() if agent["version"] not in proved.get(agent["id"], ()))
    return sorted(name for name in unproven if name not in tested)


def untested_messages(agents: Mapping[str, Record], names: Iterable[str]) -> list[str]:
    """One line per agent that `managed-agents:requireSmoke` wants a test of, naming its file."""
    return [
        f"{agents[name].get('file', name)}: version {agents[name]['version']} of {name} is not proven: no smoke test "
        "is about it (managed-agents:requireSmoke is 'changed')"
        for name in names
    ]


def failure_messages(tests: Mapping[str, Record], results: Mapping[str, Record]) -> list[str]:
    """One line per failed assertion, naming the test's file, and the session and the transcript of the run it is of."""
    return [f"{tests[name].get('file', name)}: {line}" for name in results for line in traced_failures(results[name])]


def traced_failures(result: Record) -> list[str]:
    """The lines about what failed, each with the session and the transcript that show it."""
    lines = result.get("failures") or []
    traces = result.get("traces") or [trace(result)] * len(lines)
    return [f"{line} ({where})" if where else line for line, where in zip(lines, traces, strict=True)]


def trace(result: Record) -> str:
    """Where to look at a run: its session and its transcript; empty if it came to no session."""
    session = result.get("session_id")
    return f"session {session}, transcript {result.get('transcript')}" if session else ""


def results_for_receipts(results: Mapping[str, Record]) -> dict[str, Record]:
    """The part of each result that a receipt may hold: no reply and no transcript."""
    return {
        name: {
            **{key: result[key] for key in RECEIPT_KEYS if key in result},
            "failures": (result.get("failures") or [])[:1],
        }
        for name, result in results.items()
    }


def coverage(agents: Collection[str], tests: Iterable[Record]) -> str:
    """How many of a stage's agents have a smoke test, in words: ``41 of 60 agents tested``."""
    tested = {test["agent"] for test in tests} & set(agents)
    return f"{len(tested)} of {len(agents)} agent{'' if len(agents) == 1 else 's'} tested"
