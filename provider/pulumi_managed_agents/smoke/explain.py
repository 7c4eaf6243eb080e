"""What is known of the version that a session ran: whether it serves, what its tests said, what to do next. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.leftovers import TEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Record = Mapping[str, Any]


@dataclass(frozen=True)
class Stage:
    """What a stage's state says.

    Attributes:
        name: The stage.
        agents: Id, version just applied and file of each agent, by name.
        deployments: The deployments' names by id.
        tests: The smoke tests as they were last run, with agent and version, by name.
        results: What came of each.
        pins: Id and version of what each agent serves, by name.
        proved: The versions that were proven at any time, by agent id.
        receipts: The statements the release holds, by root, the newest first.
    """

    name: str
    agents: Mapping[str, Record] = field(default_factory=dict)
    deployments: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, Record] = field(default_factory=dict)
    results: Mapping[str, Record] = field(default_factory=dict)
    pins: Mapping[str, Record] = field(default_factory=dict)
    proved: Mapping[str, list[int]] = field(default_factory=dict)
    receipts: Mapping[str, list[Record]] = field(default_factory=dict)

    def agent_named(self, id: str) -> str:
        """The name of the agent with an id, or nothing."""
        return next((name for name, agent in self.agents.items() if agent["id"] == id), "")


def explanation(session: Record, stage: Stage, typed: Callable[[str], str]) -> Iterator[str]:
    """Lines about a session of one of the stage's agents; `typed` makes of our command what a person types."""
    agent = session["agent"]
    name, version = stage.agent_named(agent["id"]), int(agent["version"])
    yield from _session(session, stage)
    file = stage.agents[name].get("file") or ""
    yield f"agent {name}, version {version} ({', '.join(filter(None, (agent['id'], file)))})"
    yield f"stage {stage.name}: {_standing(stage, name, version)}"
    yield from (f"  {line}" for line in [*_tests(stage, name, version), *_receipts(stage, agent["id"], version)])
    yield f"Next: {'; '.join(f'`{typed(command)}` {does}' for command, does in _next(session, stage, name, version))}"


def _session(session: Record, stage: Stage) -> Iterator[str]:
    yield f"session {session['id']}: {session.get('status')}, begun {session.get('created_at')}"
    if (test := (session.get("metadata") or {}).get(TEST)) is not None:
        yield f"it ran the smoke test {test}"
    if deployment := session.get("deployment_id"):
        yield f"it was started by deployment {stage.deployments.get(deployment, deployment)}"


def _standing(stage: Stage, name: str, version: int) -> str:
    serves = (stage.pins.get(name) or {}).get("version")
    newest = int(stage.agents[name]["version"])
    ever = ", once proven" if version in stage.proved.get(stage.agents[name]["id"], ()) else ", never proven here"
    if version == serves:
        return "this version serves" + ("" if version == newest else f"; version {newest} is newer, and not proven")
    if serves is None:
        return f"not proven; no version of {name} serves yet"
    if version < int(serves):
        return f"older than version {int(serves)}, which serves{ever}"
    return f"newer than version {int(serves)}, which serves{ever}"


def _tests(stage: Stage, name: str, version: int) -> Iterator[str]:
    about = {test for test, record in stage.tests.items() if record.get("agent") == name}
    current = {test for test in about if int(stage.tests[test].get("agent_version") or 0) == version}
    if not about:
        yield "no smoke test is about this agent"
    elif not current:
        yield "its smoke tests last ran on another version"
    for test in sorted(current & stage.results.keys()):
        result = stage.results[test]
        facts = [str(result[key]) for key in ("finished_at", "session_id") if result.get(key)]
        facts += [f"commit {result['commit'][:12]}"] if result.get("commit") else []
        failed = "".join(f": {line}" for line in (result.get("failures") or ())[:1])
        yield f"smoke test {test} {'passed' if result.get('passed') else 'failed'} ({', '.join(facts)}){failed}"


def _receipts(stage: Stage, id: str, version: int) -> Iterator[str]:
    for root, statements in sorted(stage.receipts.items()):
        for statement in statements:
            about = statement.get("predicate") or {}
            tested = (about.get("versions") or {}).values()
            if any(one.get("id") == id and int(one.get("version") or 0) == version for one in tested):
                digest = next((one["digest"]["sha256"] for one in statement.get("subject") or ()), "")
                commit = f", commit {about['commit'][:12]}" if about.get("commit") else ""
                yield f"receipt of {root}, {digest[:12]}: {about.get('result')}{commit}"


def _next(session: Record, stage: Stage, name: str, version: int) -> Iterator[tuple[str, str]]:
    """Our commands to type next, each with what it does."""
    pin = stage.pins.get(name)
    if pin is None or version > int(pin["version"]):
        yield f"up {stage.name}", "runs what is red again, and lets a version serve that passes"
    elif version < int(pin["version"]):
        yield f"pins {stage.name}", "says which version to start sessions from"
    else:
        yield f"record {session['id']} {stage.name}", "makes a smoke test of this session"
        if any(earlier < version for earlier in stage.proved.get(pin["id"], ())):
            yield f"rollback {stage.name} --pins --only {name}", "puts the proven version before it back"
