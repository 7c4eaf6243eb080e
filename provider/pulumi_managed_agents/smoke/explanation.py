"""What a session ran: the version, whether it serves, its tests and receipts, and what to do next. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.event_text import error_text
from pulumi_managed_agents.smoke.leftover_sessions import TEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Record = Mapping[str, Any]

LAST_ERRORS = 5


@dataclass(frozen=True)
class StageRecord:
    """What a stage's state records about its agents, tests and release.

    Attributes:
        name: The stage.
        agents: Id, version just applied and file of each agent, by name.
        deployments: The deployments' names by id.
        tests: The smoke tests as they were last run, with agent and version, by name.
        results: The result of each.
        pins: Id and version of what each agent serves, by name.
        proved: The versions that were ever proven, by agent id.
        receipts: The statements the release holds, by root, the newest first.
        reasons: Why an agent does not serve its newest version, by its name.
    """

    name: str
    agents: Mapping[str, Record] = field(default_factory=dict)
    deployments: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, Record] = field(default_factory=dict)
    results: Mapping[str, Record] = field(default_factory=dict)
    pins: Mapping[str, Record] = field(default_factory=dict)
    proved: Mapping[str, list[int]] = field(default_factory=dict)
    receipts: Mapping[str, list[Record]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def agent_named(self, id: str) -> str:
        """The name of the agent with an id; empty if the stage has no such agent."""
        return next((name for name, agent in self.agents.items() if agent["id"] == id), "")


def explanation(
    session: Record, stage: StageRecord, typed: Callable[[str], str], errors: Sequence[Record] = ()
) -> Iterator[str]:
    """Lines about a session of one of the stage's agents, and the `errors` among its events.

    `typed` gives one of our commands as a person types it.
    """
    agent = session["agent"]
    name, version = stage.agent_named(agent["id"]), int(agent["version"])
    yield from _session(session, stage)
    yield from (f"  error {error_text(error)}" for error in errors[-LAST_ERRORS:])
    if len(errors) > LAST_ERRORS:
        yield f"  and {len(errors) - LAST_ERRORS} errors before"
    file = stage.agents[name].get("file") or ""
    yield f"agent {name}, version {version} ({', '.join(filter(None, (agent['id'], file)))})"
    yield f"stage {stage.name}: {_standing(stage, name, version)}"
    yield from (f"  {line}" for line in [*_tests(stage, name, version), *_receipts(stage, agent["id"], version)])
    yield f"Next: {'; '.join(f'`{typed(command)}` {does}' for command, does in _next(session, stage, name, version))}"


def _session(session: Record, stage: StageRecord) -> Iterator[str]:
    yield f"session {session['id']}: {session.get('status')}, begun {session.get('created_at')}"
    if (test := (session.get("metadata") or {}).get(TEST)) is not None:
        yield f"it ran the smoke test {test}"
    if deployment := session.get("deployment_id"):
        yield f"it was started by deployment {stage.deployments.get(deployment, deployment)}"


def _standing(stage: StageRecord, name: str, version: int) -> str:
    serves = (stage.pins.get(name) or {}).get("version")
    newest = int(stage.agents[name]["version"])
    ever = ", once proven" if version in stage.proved.get(stage.agents[name]["id"], ()) else ", never proven here"
    if version == serves:
        reason = f": {stage.reasons[name]}" if stage.reasons.get(name) else ""
        return "this version serves" + ("" if version == newest else f"; version {newest} is newer{reason}")
    if serves is None:
        return f"not proven; no version of {name} serves yet"
    if version < int(serves):
        return f"older than version {int(serves)}, which serves{ever}"
    return f"newer than version {int(serves)}, which serves{ever}"


def _tests(stage: StageRecord, name: str, version: int) -> Iterator[str]:
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


def _receipts(stage: StageRecord, id: str, version: int) -> Iterator[str]:
    for root, statements in sorted(stage.receipts.items()):
        for statement in statements:
            predicate = statement.get("predicate") or {}
            tested = (predicate.get("versions") or {}).values()
            if any(agent.get("id") == id and int(agent.get("version") or 0) == version for agent in tested):
                digest = next((subject["digest"]["sha256"] for subject in statement.get("subject") or ()), "")
                commit = f", commit {predicate['commit'][:12]}" if predicate.get("commit") else ""
                yield f"receipt of {root}, {digest[:12]}: {predicate.get('result')}{commit}"


def _next(session: Record, stage: StageRecord, name: str, version: int) -> Iterator[tuple[str, str]]:
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
