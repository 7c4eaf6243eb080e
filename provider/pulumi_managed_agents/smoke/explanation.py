"""What a session ran: the version, whether it serves, its tests and receipts, and what to do next. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.event_text import code_of
from pulumi_managed_agents.smoke.leftover_sessions import TEST
from pulumi_managed_agents.words import NextStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Record = Mapping[str, Any]

LAST_ERRORS = 5
"""The most errors of a session that are shown to a person."""


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


@dataclass(frozen=True)
class RanTest:
    """A smoke test that ran on the session's version.

    Attributes:
        name: Its name.
        passed: Whether it passed.
        finished_at: When it ended, ISO 8601 in UTC, or empty.
        session_id: The session that it ran in, or empty.
        commit: The git commit that was deployed, or empty.
        failures: What failed, a line each.
    """

    name: str
    passed: bool
    finished_at: str
    session_id: str
    commit: str
    failures: tuple[str, ...]


@dataclass(frozen=True)
class SessionReceipt:
    """A receipt whose tests ran on the session's version.

    Attributes:
        root: The agent or deployment that it is about.
        digest: The digest of its definitions.
        result: What came of the tests.
        commit: The git commit that was deployed, or empty.
    """

    root: str
    digest: str
    result: str
    commit: str


@dataclass(frozen=True)
class SessionFailure:
    """An error among the events of the session.

    Attributes:
        type: What the API calls it.
        error_code: Its code, which stays the same where the message changes, or empty.
        message: What it says.
    """

    type: str
    error_code: str
    message: str


@dataclass(frozen=True)
class Explanation:
    """What a session ran, and how that version stands on its stage.

    Attributes:
        session: The session's id.
        status: What the API calls its state.
        created_at: When it began, ISO 8601 in UTC.
        smoke_test: The smoke test that it ran, or empty.
        deployment: The deployment that started it, or empty.
        stage: The stage.
        errors: The errors among its events, in their order.
        agent: The agent's name.
        agent_id: Its id.
        file: Its definition file, or empty.
        version: The version that the session ran.
        serving: The version that serves; null if none does yet.
        newest: The version that was applied last.
        ever_proven: Whether the session's version was ever proven.
        standing: How the version stands on the stage, as a sentence.
        tested: Whether any smoke test is about the agent.
        tests: Those of its smoke tests that last ran on the version.
        receipts: The receipts about the version.
        next: What to type next.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    session: str
    status: str
    created_at: str
    smoke_test: str
    deployment: str
    stage: str
    errors: tuple[SessionFailure, ...]
    agent: str
    agent_id: str
    file: str
    version: int
    serving: int | None
    newest: int
    ever_proven: bool
    standing: str
    tested: bool
    tests: tuple[RanTest, ...]
    receipts: tuple[SessionReceipt, ...]
    next: tuple[NextStep, ...]
    schema_version: int = 1

    def lines(self) -> Iterator[str]:
        """It for a person."""
        yield f"session {self.session}: {self.status}, begun {self.created_at}"
        if self.smoke_test:
            yield f"it ran the smoke test {self.smoke_test}"
        if self.deployment:
            yield f"it was started by deployment {self.deployment}"
        for error in self.errors[-LAST_ERRORS:]:
            yield f"  error {error.type}{f' ({error.error_code})' if error.error_code else ''}: {error.message}"
        if len(self.errors) > LAST_ERRORS:
            yield f"  and {len(self.errors) - LAST_ERRORS} errors before"
        yield f"agent {self.agent}, version {self.version} ({', '.join(filter(None, (self.agent_id, self.file)))})"
        yield f"stage {self.stage}: {self.standing}"
        if not self.tested:
            yield "  no smoke test is about this agent"
        elif not self.tests:
            yield "  its smoke tests last ran on another version"
        yield from (f"  {_test_line(test)}" for test in self.tests)
        for receipt in self.receipts:
            commit = f", commit {receipt.commit[:12]}" if receipt.commit else ""
            yield f"  receipt of {receipt.root}, {receipt.digest[:12]}: {receipt.result}{commit}"
        yield f"Next: {'; '.join(f'`{step.command}` {step.does}' for step in self.next)}"


def explanation(
    session: Record, stage: StageRecord, typed: Callable[[str], str], errors: Iterable[Record] = ()
) -> Explanation:
    """What a session of one of the stage's agents ran, and the `errors` among its events.

    `typed` gives one of our commands as a person types it.
    """
    ran = session["agent"]
    name, version = stage.agent_named(ran["id"]), int(ran["version"])
    deployment = str(session.get("deployment_id") or "")
    serves = (stage.pins.get(name) or {}).get("version")
    about = {test for test, record in stage.tests.items() if record.get("agent") == name}
    return Explanation(
        session=session["id"],
        status=str(session.get("status")),
        created_at=str(session.get("created_at")),
        smoke_test=str((session.get("metadata") or {}).get(TEST) or ""),
        deployment=stage.deployments.get(deployment, deployment),
        stage=stage.name,
        errors=tuple(
            SessionFailure(str(error.get("type")), code_of(error), str(error.get("message") or "")) for error in errors
        ),
        agent=name,
        agent_id=ran["id"],
        file=stage.agents[name].get("file") or "",
        version=version,
        serving=None if serves is None else int(serves),
        newest=int(stage.agents[name]["version"]),
        ever_proven=version in stage.proved.get(ran["id"], ()),
        standing=_standing(stage, name, version),
        tested=bool(about),
        tests=tuple(_tests(stage, about, version)),
        receipts=tuple(_receipts(stage, ran["id"], version)),
        next=tuple(NextStep(typed(command), does) for command, does in _next(session, stage, name, version)),
    )


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


def _tests(stage: StageRecord, about: set[str], version: int) -> Iterator[RanTest]:
    current = {test for test in about if int(stage.tests[test].get("agent_version") or 0) == version}
    for test in sorted(current & stage.results.keys()):
        result = stage.results[test]
        finished_at, session_id, commit = (
            str(result.get(key) or "") for key in ("finished_at", "session_id", "commit")
        )
        failures = tuple(map(str, result.get("failures") or ()))
        yield RanTest(test, bool(result.get("passed")), finished_at, session_id, commit, failures)


def _test_line(test: RanTest) -> str:
    facts = [fact for fact in (test.finished_at, test.session_id) if fact]
    facts += [f"commit {test.commit[:12]}"] if test.commit else []
    failed = "".join(f": {line}" for line in test.failures[:1])
    return f"smoke test {test.name} {'passed' if test.passed else 'failed'} ({', '.join(facts)}){failed}"


def _receipts(stage: StageRecord, id: str, version: int) -> Iterator[SessionReceipt]:
    for root, statements in sorted(stage.receipts.items()):
        for statement in statements:
            predicate = statement.get("predicate") or {}
            tested = (predicate.get("versions") or {}).values()
            if any(agent.get("id") == id and int(agent.get("version") or 0) == version for agent in tested):
                digest = next((subject["digest"]["sha256"] for subject in statement.get("subject") or ()), "")
                yield SessionReceipt(root, digest, str(predicate.get("result")), str(predicate.get("commit") or ""))


def _next(session: Record, stage: StageRecord, name: str, version: int) -> Iterator[tuple[str, str]]:
    """Our commands to type next, each with what it does."""
    pin = stage.pins.get(name)
    if pin is None or version > int(pin["version"]):
        yield f"up {stage.name}", "runs the failed tests again, and lets a version that passes serve"
    elif version < int(pin["version"]):
        yield f"pins {stage.name}", "says which version to start sessions from"
    else:
        yield f"record {session['id']} {stage.name}", "makes a smoke test of this session"
        if any(earlier < version for earlier in stage.proved.get(pin["id"], ())):
            yield f"rollback {stage.name} --pins --only {name}", "puts the proven version before it back"
