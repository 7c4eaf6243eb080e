"""One session of one test: created, played step by step, interrupted if need be, and cleaned up."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ApiError, ManagedAgentsError
from pulumi_managed_agents.smoke.answer import answers, stuck
from pulumi_managed_agents.smoke.feed import Feed
from pulumi_managed_agents.smoke.result import Usage
from pulumi_managed_agents.smoke.transcript import began
from pulumi_managed_agents.smoke.turn import REQUIRES_ACTION, Turn, advance

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.smoke.answer import Answer
    from pulumi_managed_agents.smoke.script import Step

LONGEST_INTERRUPT = 10.0
LONGEST_FILES = 10.0
CLEAN_UP_PAUSES = (0.0, 0.3, 1.0, 2.0)


class TimedOut(Exception):
    """The test took longer than its file allows."""


class Stopped(Exception):
    """Somebody asked the run to stop."""


@dataclass(frozen=True)
class Patience:
    """How long to wait: until a point of `time.monotonic`, or until `stop` is set."""

    deadline: float
    stop: threading.Event

    def slice(self) -> float:
        """Seconds to wait before asking again.

        Raises:
            Stopped: `stop` is set.
            TimedOut: the deadline has passed.
        """
        if self.stop.is_set():
            raise Stopped
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimedOut
        return min(left, 0.2)


class Session:
    """A session that exists; `turns` are the steps played so far, the last one perhaps unfinished.

    `watch` is called with every event as it comes, `note` with what else a person may like to know.
    """

    def __init__(
        self,
        client: Client,
        id: str,
        patience: Patience,
        watch: Callable[[Mapping[str, Any]], None],
        note: Callable[[str], None],
    ) -> None:
        self.id = id
        self.turns: list[Turn] = []
        self.feed = Feed(client, id)
        self._sessions = client.sessions
        self._files = client.files
        self._patience = patience
        self._watch = watch
        self._note = note

    def play(self, step: Step, body: Mapping[str, Any]) -> tuple[str, ...]:
        """Send a step's event and follow its turn to the end, answering by the test's file; what could not be answered.

        Raises:
            TimedOut, Stopped: before the turn was over.
            ApiError, Unreachable: the session cannot be talked to.
        """
        while not self.feed.opened.wait(self._patience.slice()):
            pass
        sent = [event["id"] for event in self._sessions.send(self.id, [step.event])]
        self._watch(began(step, sent))
        self.turns.append(Turn(sent=frozenset(sent), wants_verdict=step.is_outcome))
        return self._follow(body, stop_at_action=step.may_end_asking)

    def files(self, wanted: Mapping[str, bool]) -> dict[str, str | None]:
        """The files that the session has written, by name, with the text of those whose content is wanted.

        They appear a few seconds after the session went idle, so that missing ones are waited for.
        """
        until = min(time.monotonic() + LONGEST_FILES, self._patience.deadline)
        while wanted:
            found = {file["filename"]: file for file in reversed(self._files.of_session(self.id))}
            if all(any(fnmatchcase(name, one) for name in found) for one in wanted) or time.monotonic() > until:
                readable = {one for one, content in wanted.items() if content}
                return {name: self._text(file, name, readable) for name, file in found.items()}
            if self._patience.stop.wait(0.2):
                raise Stopped
        return {}

    def _text(self, file: Mapping[str, Any], name: str, readable: set[str]) -> str | None:
        if not file.get("downloadable") or not any(fnmatchcase(name, one) for one in readable):
            return None
        with suppress(UnicodeDecodeError):
            return self._files.content(file["id"]).decode()
        return None

    @property
    def turn(self) -> Turn:
        """The step being played, or the last one."""
        return self.turns[-1]

    def interrupt(self) -> None:
        """Make the session stop what it does, and wait a little for that; what goes wrong is left to the clean-up."""
        if not self.turns or self.turn.stop:
            return
        with suppress(ManagedAgentsError):
            self._sessions.send(self.id, [{"type": "user.interrupt"}])
            until = time.monotonic() + LONGEST_INTERRUPT
            while not self.turn.stop and time.monotonic() < until:
                self._take(self.feed.next(0.2))

    def clean_up(self, *, keep: bool) -> str:
        """Archive the session where it is to be kept, else delete it; why that failed, or nothing.

        The API refuses both for a moment after the session has stopped, so they are tried a few times.
        """
        self.feed.close()
        end = self._sessions.archive if keep else self._sessions.delete
        trouble = ""
        for pause in CLEAN_UP_PAUSES:
            time.sleep(pause)
            try:
                end(self.id)
            except ApiError as error:
                trouble = "" if error.status == 404 else str(error)
                if error.status not in {400, 409}:
                    break
            except ManagedAgentsError as error:
                return str(error)
            else:
                return ""
        return trouble

    def usage(self) -> Usage:
        """Everything the session has used: as the turn's events told, else as the session itself says."""
        if self.turns and self.turn.usage:
            return self.turn.usage
        with suppress(ManagedAgentsError):
            return Usage.read(self._sessions.get(self.id).get("usage") or {})
        return Usage()

    def progress(self) -> str:
        """Where it stands, for a failure line."""
        if not self.turns:
            return "nothing was sent yet"
        tools = self.turn.tool_names
        return f"got as far as step {len(self.turns)}" + (f", tool {tools[-1]}" if tools else "")

    def _follow(self, body: Mapping[str, Any], *, stop_at_action: bool) -> tuple[str, ...]:
        answered: set[str] = set()
        failures: list[str] = []
        while not self.turn.finished:
            self._take(self.feed.next(self._patience.slice()))
            if self.turn.stop != REQUIRES_ACTION:
                continue
            if stop_at_action:
                break
            due = answers(self.turn, body, answered)
            self._answer(due)
            answered.update(answer.tool_use_id for answer in due)
            failures += [answer.failure for answer in due if answer.failure]
            if line := stuck(self.turn, answered):
                return (*failures, line)
        return tuple(failures)

    def _answer(self, due: Sequence[Answer]) -> None:
        if due:
            self._sessions.send(self.id, [answer.event for answer in due])
        for answer in due:
            self._note(answer.note)

    def _take(self, event: Mapping[str, Any] | None) -> None:
        if event is not None:
            self._watch(event)
            self.turns[-1] = advance(self.turn, event)
