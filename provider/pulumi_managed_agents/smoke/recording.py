"""A transcript read back: its steps, and whether a test's assertions hold for them. Without the API, without a clock.

Checks what was recorded, not what an agent would do now: a step that was never played has nothing to check.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.smoke.answer import answers, stuck
from pulumi_managed_agents.smoke.expect import Observed, judge
from pulumi_managed_agents.smoke.result import Usage
from pulumi_managed_agents.smoke.script import steps
from pulumi_managed_agents.smoke.transcript import HEADER, RESULT, STEP, STEP_END
from pulumi_managed_agents.smoke.turn import REQUIRES_ACTION, Turn, advance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pulumi_managed_agents.scrubbing import Scrubber
    from pulumi_managed_agents.smoke.script import Step

    Line = Mapping[str, Any]


@dataclass(frozen=True)
class Played:
    """A step of a recording: the line that began it, its events, and the line that ended it, if it was ended."""

    begin: Line
    events: tuple[Line, ...]
    end: Line | None


@dataclass(frozen=True)
class Recording:
    """A transcript; `result` is empty where the run broke off, `before` are events from before the first step.

    `scrubber` took the secrets out of it, and takes them out of what is compared with it.
    """

    header: Line
    before: tuple[Line, ...]
    steps: tuple[Played, ...]
    result: Line
    scrubber: Scrubber

    @property
    def body(self) -> Line:
        """The test as it was run, or nothing in a transcript that does not hold it."""
        return self.header.get("body") or {}

    @property
    def why(self) -> str:
        """What ended it before its time, in words."""
        return "; ".join(self.result.get("failures") or ["it broke off"])


def read_recording(text: str, file: str, scrubber_of: Callable[[str], Scrubber]) -> Recording:
    """A transcript's text without secrets; a last line that was cut off is left out.

    `scrubber_of` is given the stage that the session was of, or an empty text where the transcript does not name it.

    Raises:
        InputError: it is no transcript.
    """
    lines = list(_lines(text, file))
    if not lines or lines[0].get("type") != HEADER:
        raise InputError(f"{file}: not a transcript: its first line does not say which test it is of")
    scrubber = scrubber_of(stage_of(lines[0]))
    lines = [scrubber.value(line) for line in lines]
    begins = [number for number, line in enumerate(lines) if line["type"] == STEP]
    ends = [*begins[1:], len(lines)]
    played = tuple(_played(lines[begin:end]) for begin, end in zip(begins, ends, strict=False))
    result: Line = next((line for line in lines if line["type"] == RESULT), {})
    return Recording(lines[0], tuple(lines[1 : begins[0] if begins else len(lines)]), played, result, scrubber)


def stage_of(header: Line) -> str:
    """The stage that a session was of, by its transcript's first line."""
    return str((header.get("labels") or {}).get("stage") or "")


def recheck(recording: Recording, body: Line) -> tuple[str, ...]:
    """What of a test's expectations does not hold for the recording, as lines; none is a pass.

    Like the run itself it ends with the first step that fails. `body` may be another version of the test, as long as
    it sends the same.
    """
    wanted = steps(body)
    for step, played in zip(wanted, recording.steps, strict=False):
        if failures := tuple(_failures(step, played, body, recording)):
            return tuple(f"{step.label}: {failure}" for failure in failures)
    missing = [step.label for step in wanted[len(recording.steps) :]]
    if missing:
        return (f"{', '.join(missing)}: never played in this recording ({recording.why}), so nothing is known of it",)
    return ()


def _lines(text: str, file: str) -> Iterator[dict[str, Any]]:
    written = text.splitlines()
    for number, line in enumerate(written, 1):
        try:
            found = json.loads(line)
        except ValueError:
            if number == len(written):
                return
            raise InputError(f"{file}:{number}: not a transcript: this line is no JSON") from None
        if not isinstance(found, dict) or "type" not in found:
            raise InputError(f"{file}:{number}: not a transcript: this line is no event")
        yield found


def _played(lines: Sequence[Line]) -> Played:
    end = next((line for line in lines if line["type"] == STEP_END), None)
    return Played(lines[0], tuple(line for line in lines[1:] if line["type"] not in {STEP_END, RESULT}), end)


def _failures(step: Step, played: Played, body: Line, recording: Recording) -> Iterator[str]:
    if not _same_message(step, played, recording.scrubber):
        yield "sends something else than this recording; run the test instead"
        return
    turn, unanswered = follow(step, played, body)
    if played.end is None:
        yield f"was not over in this recording ({recording.why})"
        return
    usage = Usage(int(played.end.get("tokens") or 0), played.end.get("cost_usd"))
    observed = Observed(turn, float(played.end["seconds"]), usage, played.end.get("files") or {})
    yield from unanswered
    yield from judge(step.expect, observed)


def follow(step: Step, played: Played, body: Line) -> tuple[Turn, tuple[str, ...]]:
    """The step's turn as its events grew it, and what a test like `body` could not have answered."""
    turn = Turn(sent=frozenset(played.begin["sent"]), wants_verdict=step.is_outcome)
    given: set[str] = set()
    failures: list[str] = []
    for event in played.events:
        turn = advance(turn, event)
        if turn.stop == REQUIRES_ACTION and not step.may_end_asking:
            due = answers(turn, body, given)
            given.update(answer.tool_use_id for answer in due)
            failures += [answer.failure for answer in due if answer.failure]
            failures += [line for line in (stuck(turn, given),) if line]
    return turn, tuple(failures)


def _same_message(step: Step, played: Played, scrubber: Scrubber) -> bool:
    """Whether what the step sends is what was sent; where the recording does not hold it, nobody can tell."""
    echo = next((event for event in played.events if event.get("id") in played.begin["sent"]), None)
    if echo is None:
        return True
    sent = scrubber.value(dict(step.event))
    return all(sent.get(key) == echo.get(key) for key in ("type", "content", "description") if key in sent)
