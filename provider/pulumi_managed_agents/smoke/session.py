"""One session of one test: created, played step by step, interrupted if need be, and cleaned up."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ApiError, ManagedAgentsError
from pulumi_managed_agents.smoke.answer import answers, unanswerable
from pulumi_managed_agents.smoke.feed import Feed
from pulumi_managed_agents.smoke.result import Usage
from pulumi_managed_agents.smoke.transcript import step_begin
from pulumi_managed_agents.smoke.turn import REQUIRES_ACTION, Turn, advance

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from typing import Any

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.smoke.script import ScriptStep

LONGEST_INTERRUPT = 10.0
LONGEST_FILES = 10.0
CLEAN_UP_PAUSES = (0.0, 0.3, 1.0, 2.0)


class TimedOut(Exception):
    """The test takes longer than its file allows."""


class Stopped(Exception):
    """The run was asked to stop."""


@dataclass(frozen=True)
class Deadline:
    """The end of a test's time, at a point of `time.monotonic`, or as soon as `stop` is set."""

    at: float
    stop: threading.Event

    def next_wait(self) -> float:
        """Seconds to wait before looking at the deadline again.

        Raises:
            Stopped: `stop` is set.
            TimedOut: the deadline has passed.
        """
        if self.stop.is_set():
            raise Stopped
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimedOut
        return min(left, 0.2)


class Session:
    """An existing session; `turns` are those of the steps played so far, the last one perhaps unfinished.

    `watch` is called with every event as it comes, `note` with a line of progress for each answer to a tool.
    """

    def __init__(
        self,
        client: Client,
        id: str,
        deadline: Deadline,
        watch: Callable[[Mapping[str, Any]], None],
        note: Callable[[str], None],
    ) -> None:
        self.id = id
        self.turns: list[Turn] = []
        self.feed = Feed(client, id)
        self._sessions = client.sessions
        self._files = client.files
        self._deadline = deadline
        self._watch = watch
        self._note = note

    def play(self, step: ScriptStep, body: Mapping[str, Any]) -> tuple[str, ...]:
        """Send a step's event and follow its turn to the end, answering tools as the test's file says.

        Returns a failure line for each tool that the file has no answer for.

        Raises:
            TimedOut, Stopped: before the turn was over.
            ApiError, Unreachable: the session cannot be reached.
        """
        # Until the stream is open, events could be missed.
        while not self.feed.opened.wait(self._deadline.next_wait()):
            pass
        sent = [event["id"] for event in self._sessions.send(self.id, [step.event])]
        self._watch(step_begin(step, sent))
        self.turns.append(Turn(sent=frozenset(sent), awaits_verdict=step.is_outcome))
        return self._follow(body, stop_at_action=step.may_end_asking)

    def files(self, patterns: Mapping[str, bool]) -> dict[str, str | None]:
        """The files that the session has written, by name; with their text where `patterns` asks for the content.

        `patterns` are those of names, each with whether the content matters.
        """
        # Files are listed only a few seconds after the session went idle, so missing ones are waited for.
        until = min(time.monotonic() + LONGEST_FILES, self._deadline.at)
        while patterns:
            files = {file["filename"]: file for file in reversed(self._files.of_session(self.id))}
            complete = all(any(fnmatchcase(name, pattern) for name in files) for pattern in patterns)
            if complete or time.monotonic() > until:
                readable = {pattern for pattern, content_matters in patterns.items() if content_matters}
                return {name: self._text(file, name, readable) for name, file in files.items()}
            if self._deadline.stop.wait(0.2):
                raise Stopped
        return {}

    def _text(self, file: Mapping[str, Any], name: str, readable: set[str]) -> str | None:
        if not file.get("downloadable") or not any(fnmatchcase(name, pattern) for pattern in readable):
            return None
        with suppress(UnicodeDecodeError):
            return self._files.content(file["id"]).decode()
        return None

    @property
    def turn(self) -> Turn:
        """The turn of the step being played, or of the last one."""
        return self.turns[-1]

    def interrupt(self) -> None:
        """Ask a working session to stop, and wait up to 10 seconds for that; errors are left to `clean_up`."""
        if not self.turns or self.turn.stop:
            return
        with suppress(ManagedAgentsError):
            self._sessions.send(self.id, [{"type": "user.interrupt"}])
            until = time.monotonic() + LONGEST_INTERRUPT
            while not self.turn.stop and time.monotonic() < until:
                self._advance(self.feed.next(0.2))

    def clean_up(self, *, keep: bool) -> str:
        """Archive a session that is to be kept, else delete it; returns why that failed, or an empty string."""
        self.feed.close()
        archive_or_delete = self._sessions.archive if keep else self._sessions.delete
        failure = ""
        # The API refuses both for a moment after the session has stopped.
        for pause in CLEAN_UP_PAUSES:
            time.sleep(pause)
            try:
                archive_or_delete(self.id)
            except ApiError as error:
                failure = "" if error.status == 404 else str(error)
                if error.status not in {400, 409}:
                    break
            except ManagedAgentsError as error:
                return str(error)
            else:
                return ""
        return failure

    def usage(self) -> Usage:
        """All that the session has used, by its last usage event, else by the session itself."""
        if self.turns and self.turn.usage:
            return self.turn.usage
        with suppress(ManagedAgentsError):
            return Usage.read(self._sessions.get(self.id).get("usage") or {})
        return Usage()

    def progress(self) -> str:
        """How far the test got, for a failure line."""
        if not self.turns:
            return "nothing was sent yet"
        tools = self.turn.tool_names
        return f"got as far as step {len(self.turns)}" + (f", tool {tools[-1]}" if tools else "")

    def _follow(self, body: Mapping[str, Any], *, stop_at_action: bool) -> tuple[str, ...]:
        answered: set[str] = set()
        failures: list[str] = []
        while not self.turn.finished:
            self._advance(self.feed.next(self._deadline.next_wait()))
            if self.turn.stop != REQUIRES_ACTION:
                continue
            if stop_at_action:
                break
            new_answers = answers(self.turn, body, answered)
            if new_answers:
                self._sessions.send(self.id, [answer.event for answer in new_answers])
            for answer in new_answers:
                self._note(answer.note)
                answered.add(answer.tool_use_id)
                failures += [answer.failure] if answer.failure else []
            if line := unanswerable(self.turn, answered):
                return (*failures, line)
        return tuple(failures)

    def _advance(self, event: Mapping[str, Any] | None) -> None:
        if event is not None:
            self._watch(event)
            self.turns[-1] = advance(self.turn, event)
