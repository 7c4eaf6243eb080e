"""One attempt at a smoke test: a session from its creation to its removal, and the result."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import ApiError, Unreachable
from pulumi_managed_agents.release.smoke_results import CANCELLED
from pulumi_managed_agents.scrubbing import clip
from pulumi_managed_agents.smoke.assertions import FinishedStep, failed_assertions
from pulumi_managed_agents.smoke.event_text import progress_line
from pulumi_managed_agents.smoke.leftover_sessions import session_metadata
from pulumi_managed_agents.smoke.result import SmokeResult, Usage, session_budget
from pulumi_managed_agents.smoke.script import steps, timeout
from pulumi_managed_agents.smoke.session import Deadline, Session, Stopped, TimedOut
from pulumi_managed_agents.smoke.transcript import RESULT, Transcript, recorded_path, step_end

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.scrubbing import Scrubber
    from pulumi_managed_agents.smoke.result import AttachedStore, RunnableTest

LONGEST_REPLY = 500
UNAVAILABLE = "unavailable"
INCONCLUSIVE_STATUSES = frozenset({401, 402, 403, 408, 429})
"""HTTP statuses below 500 that say nothing about the agent: the credential, the account, a timeout, a rate limit."""


@dataclass(frozen=True)
class Verdict:
    """How playing a test ended.

    Attributes:
        failures: Lines for people; none if the test passed.
        stop_reason: As `SmokeResult.stop_reason`.
        conclusive: Whether the end says something about the agent.
        platform_failure: How the platform failed before anything was asserted, in which case another attempt makes
            sense; empty otherwise.
    """

    failures: tuple[str, ...]
    stop_reason: str
    conclusive: bool = True
    platform_failure: str = ""


@dataclass(frozen=True)
class Attempt:
    """A test and what it takes to run it; `labels` become metadata of the session, `note` is called with progress."""

    client: Client
    test: RunnableTest
    directory: Path
    labels: Mapping[str, str]
    scrubber: Scrubber
    note: Callable[[str], None]
    stop: threading.Event

    def run(self) -> tuple[SmokeResult, str]:
        """Play the test in a new session and clean up; the result, and `Verdict.platform_failure`.

        Raises:
            WrongWorkspace: the credential belongs to another workspace.
        """
        if self.stop.is_set():
            return self._without_session(Verdict(("cancelled before it began",), CANCELLED, conclusive=False))
        started = time.monotonic()
        try:
            created = self.client.sessions.create(session_request(self.test, self.labels))
        except (ApiError, Unreachable) as error:
            return self._without_session(_api_failure(error, asserted=False))
        path = self.directory / f"{self.test.name.replace('/', '-')}-{created['id']}.jsonl"
        with Transcript(path, self._header(created), self.scrubber) as transcript:

            def watch(event: Mapping[str, Any]) -> None:
                if line := progress_line(transcript.write(event)):
                    self.note(line)

            deadline = Deadline(started + timeout(self.test.body), self.stop)
            session = Session(self.client, created["id"], deadline, watch, self.note)
            try:
                verdict = self._play(session, created, transcript)
            except BaseException:  # Ctrl-C included: an error of ours must leave no session running
                session.interrupt()
                session.clean_up(keep=True)
                raise
            session.interrupt()
            result = self._result(verdict, session, time.monotonic() - started, recorded_path(path))
            transcript.write({"type": RESULT, **result.as_record()})
        if warning := session.clean_up(keep=bool(verdict.failures) and verdict.stop_reason != CANCELLED):
            self.note(f"warning: session {session.id} could not be cleaned up: {warning}")
        return result, verdict.platform_failure

    def _play(self, session: Session, created: Mapping[str, Any], transcript: Transcript) -> Verdict:
        version, expected = created["agent"].get("version"), self.test.target.agent_version
        if version != expected:
            return Verdict((f"the session runs version {version} of the agent instead of {expected}",), "error")
        try:
            return self._steps(session, transcript)
        except Stopped:
            return Verdict(("cancelled before it was finished",), CANCELLED, conclusive=False)
        except TimedOut:
            stream_error = session.feed.connection_error
            lost = f"; the event stream was lost ({stream_error})" if stream_error else ""
            line = f"should be finished within {timeout(self.test.body):g} s, {session.progress()}{lost}"
            return Verdict((line,), "timeout", conclusive=not stream_error)
        except (ApiError, Unreachable) as error:
            return _api_failure(error, asserted=len(session.turns) > 1)

    def _steps(self, session: Session, transcript: Transcript) -> Verdict:
        used_before = Usage()
        for step in steps(self.test.body):
            started = time.monotonic()
            unanswered = session.play(step, self.test.body)
            seconds, total = time.monotonic() - started, session.usage()
            finished = FinishedStep(session.turn, seconds, total.since(used_before), session.files(step.files))
            transcript.write(step_end(step, finished))
            failures = (*unanswered, *failed_assertions(step.expect, finished))
            if failures:
                lines = tuple(f"{step.label}: {failure}" for failure in failures)
                # After a first step that passed something has been asserted, and the test is not tried again.
                platform_failure = str(session.turn.model_failure or "") if len(session.turns) == 1 else ""
                return Verdict(lines, session.turn.stop, session.turn.conclusive, platform_failure)
            used_before = total
        return Verdict((), session.turn.stop)

    def _header(self, created: Mapping[str, Any]) -> dict[str, Any]:
        target = self.test.target
        return {
            "test": self.test.name,
            "agent_id": target.agent_id,
            "agent_version": target.agent_version,
            "environment_id": target.environment_id,
            "session_id": created["id"],
            "created_at": created.get("created_at"),
            "labels": dict(self.labels),
            "body": dict(self.test.body),
        }

    def _result(self, verdict: Verdict, session: Session, seconds: float, transcript: str) -> SmokeResult:
        used = session.usage()
        return SmokeResult(
            name=self.test.name,
            passed=not verdict.failures,
            failures=tuple(map(self.scrubber.line, verdict.failures)),
            reply=clip(self.scrubber.text(session.turns[-1].reply if session.turns else ""), LONGEST_REPLY),
            tools=tuple(self.scrubber.text(name) for turn in session.turns for name in turn.tool_names),
            steps=len(session.turns),
            seconds=round(seconds, 3),
            cost_usd=used.cost_usd,
            tokens=used.tokens,
            stop_reason=verdict.stop_reason,
            session_id=session.id,
            transcript=transcript,
            conclusive=verdict.conclusive,
            runs_passed=int(not verdict.failures),
        )

    def _without_session(self, verdict: Verdict) -> tuple[SmokeResult, str]:
        failures = tuple(map(self.scrubber.line, verdict.failures))
        result = SmokeResult(
            self.test.name,
            passed=False,
            failures=failures,
            stop_reason=verdict.stop_reason,
            conclusive=verdict.conclusive,
        )
        return result, verdict.platform_failure


def session_request(test: RunnableTest, labels: Mapping[str, str]) -> dict[str, Any]:
    """The request that creates a test's session: pinned to the agent's version, and capped by its budget."""
    target = test.target
    return {
        "agent": {"type": "agent", "id": target.agent_id, "version": target.agent_version},
        "environment_id": target.environment_id,
        "title": f"smoke test {test.name}",
        "metadata": {**labels, **session_metadata(test.name, timeout(test.body))},
        "budget": session_budget(test.body["budget_usd"]),
        "vault_ids": list(target.vault_ids),
        "resources": [_mount(store) for store in target.memory_stores],
    }


def _mount(store: AttachedStore) -> dict[str, str]:
    instructions = {"instructions": store.instructions} if store.instructions else {}
    return {"type": "memory_store", "memory_store_id": store.id, "access": store.access, **instructions}


def _api_failure(error: ApiError | Unreachable, *, asserted: bool) -> Verdict:
    status = error.status if isinstance(error, ApiError) else 503
    if status < 500 and status not in INCONCLUSIVE_STATUSES:
        return Verdict((str(error),), "error")
    platform_failure = str(error) if status >= 500 and not asserted else ""
    return Verdict((str(error),), UNAVAILABLE, conclusive=False, platform_failure=platform_failure)
