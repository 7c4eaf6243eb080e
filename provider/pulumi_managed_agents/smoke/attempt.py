"""One attempt at a smoke test: a session from its creation to its removal, and what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import ApiError, Unreachable
from pulumi_managed_agents.scrubbing import clip
from pulumi_managed_agents.smoke.expect import Observed, judge
from pulumi_managed_agents.smoke.leftovers import mark
from pulumi_managed_agents.smoke.result import Result, Usage, budget
from pulumi_managed_agents.smoke.script import steps, timeout
from pulumi_managed_agents.smoke.session import Patience, Session, Stopped, TimedOut
from pulumi_managed_agents.smoke.transcript import RESULT, Transcript, ended, shown, tell

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.scrubbing import Scrubber
    from pulumi_managed_agents.smoke.result import MemoryStore, Test

LONGEST_REPLY = 500
STOPPED = "stopped"
UNAVAILABLE = "unavailable"
NOT_ABOUT_THE_AGENT = frozenset({401, 402, 403, 408, 429})


@dataclass(frozen=True)
class Ending:
    """How playing a test ended: what failed, the stop reason, and whether that says something about the agent.

    `platform` says how the platform failed before anything was asserted, and is empty otherwise.
    """

    failures: tuple[str, ...]
    stop_reason: str
    conclusive: bool = True
    platform: str = ""


@dataclass(frozen=True)
class Attempt:
    """What every attempt at a test needs; `note` takes progress for people."""

    client: Client
    test: Test
    directory: Path
    labels: Mapping[str, str]
    scrubber: Scrubber
    note: Callable[[str], None]
    stop: threading.Event

    def run(self) -> tuple[Result, str]:
        """Play the test in a new session and clean up; the result, and `Ending.platform`.

        Raises:
            WrongWorkspace: the credential belongs to another workspace.
        """
        if self.stop.is_set():
            return self._without_session(Ending(("stopped before it began",), STOPPED, conclusive=False))
        begun = time.monotonic()
        try:
            created = self.client.sessions.create(session_body(self.test, self.labels))
        except (ApiError, Unreachable) as error:
            return self._without_session(_trouble(error, asserted=False))
        path = self.directory / f"{self.test.name.replace('/', '-')}-{created['id']}.jsonl"
        with Transcript(path, self._header(created), self.scrubber) as transcript:

            def watch(event: Mapping[str, Any]) -> None:
                if words := tell(transcript.write(event)):
                    self.note(words)

            patience = Patience(begun + timeout(self.test.body), self.stop)
            session = Session(self.client, created["id"], patience, watch, self.note)
            try:
                ending = self._play(session, created, transcript)
            except BaseException:
                session.interrupt()
                session.clean_up(keep=True)
                raise
            session.interrupt()
            result = self._result(ending, session, time.monotonic() - begun, shown(path))
            transcript.write({"type": RESULT, **result.as_record()})
        if warning := session.clean_up(keep=bool(ending.failures) and ending.stop_reason != STOPPED):
            self.note(f"warning: session {session.id} could not be cleaned up: {warning}")
        return result, ending.platform

    def _play(self, session: Session, created: Mapping[str, Any], transcript: Transcript) -> Ending:
        version, wanted = created["agent"].get("version"), self.test.target.agent_version
        if version != wanted:
            return Ending((f"the session runs version {version} of the agent instead of {wanted}",), "error")
        try:
            return self._steps(session, transcript)
        except Stopped:
            return Ending(("stopped before it was finished",), STOPPED, conclusive=False)
        except TimedOut:
            trouble = session.feed.trouble
            lost = f"; the event stream was lost ({trouble})" if trouble else ""
            line = f"should be finished within {timeout(self.test.body):g} s, {session.progress()}{lost}"
            return Ending((line,), "timeout", conclusive=not trouble)
        except (ApiError, Unreachable) as error:
            return _trouble(error, asserted=len(session.turns) > 1)

    def _steps(self, session: Session, transcript: Transcript) -> Ending:
        used = Usage()
        for step in steps(self.test.body):
            begun = time.monotonic()
            unanswered = session.play(step, self.test.body)
            seconds, total = time.monotonic() - begun, session.usage()
            observed = Observed(session.turn, seconds, total.since(used), session.files(step.files))
            transcript.write(ended(step, observed))
            failures = (*unanswered, *judge(step.expect, observed))
            if failures:
                lines = tuple(f"{step.label}: {failure}" for failure in failures)
                platform = str(session.turn.model_failure or "") if len(session.turns) == 1 else ""
                return Ending(lines, session.turn.stop, session.turn.conclusive, platform)
            used = total
        return Ending((), session.turn.stop)

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

    def _result(self, ending: Ending, session: Session, seconds: float, transcript: str) -> Result:
        used = session.usage()
        return Result(
            name=self.test.name,
            passed=not ending.failures,
            failures=tuple(map(self.scrubber.line, ending.failures)),
            reply=clip(self.scrubber.text(session.turns[-1].reply if session.turns else ""), LONGEST_REPLY),
            tools=tuple(self.scrubber.text(name) for turn in session.turns for name in turn.tool_names),
            steps=len(session.turns),
            seconds=round(seconds, 3),
            cost_usd=used.cost_usd,
            tokens=used.tokens,
            stop_reason=ending.stop_reason,
            session_id=session.id,
            transcript=transcript,
            conclusive=ending.conclusive,
            runs_passed=int(not ending.failures),
        )

    def _without_session(self, ending: Ending) -> tuple[Result, str]:
        failures = tuple(map(self.scrubber.line, ending.failures))
        result = Result(
            self.test.name,
            passed=False,
            failures=failures,
            stop_reason=ending.stop_reason,
            conclusive=ending.conclusive,
        )
        return result, ending.platform


def session_body(test: Test, labels: Mapping[str, str]) -> dict[str, Any]:
    """The request that creates a test's session: pinned to the agent's version, and capped by its budget."""
    target = test.target
    return {
        "agent": {"type": "agent", "id": target.agent_id, "version": target.agent_version},
        "environment_id": target.environment_id,
        "title": f"smoke test {test.name}",
        "metadata": {**labels, **mark(test.name, timeout(test.body))},
        "budget": budget(test.body["budget_usd"]),
        "vault_ids": list(target.vault_ids),
        "resources": [_mount(store) for store in target.memory_stores],
    }


def _mount(store: MemoryStore) -> dict[str, str]:
    instructions = {"instructions": store.instructions} if store.instructions else {}
    return {"type": "memory_store", "memory_store_id": store.id, "access": store.access, **instructions}


def _trouble(error: ApiError | Unreachable, *, asserted: bool) -> Ending:
    status = error.status if isinstance(error, ApiError) else 503
    if status < 500 and status not in NOT_ABOUT_THE_AGENT:
        return Ending((str(error),), "error")
    platform = str(error) if status >= 500 and not asserted else ""
    return Ending((str(error),), UNAVAILABLE, conclusive=False, platform=platform)
