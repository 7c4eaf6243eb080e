"""A transcript read back: its steps, and whether a test's assertions hold for them. No API and no clock.

This checks what was recorded, not what an agent would do now; a step that was never played cannot be checked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.smoke.answer import answers, unanswerable
from pulumi_managed_agents.smoke.assertions import FinishedStep, failed_assertions
from pulumi_managed_agents.smoke.result import Usage
from pulumi_managed_agents.smoke.script import steps
from pulumi_managed_agents.smoke.transcript import HEADER, RESULT, STEP, STEP_END
from pulumi_managed_agents.smoke.turn import REQUIRES_ACTION, Turn, advance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pulumi_managed_agents.scrubbing import Scrubber
    from pulumi_managed_agents.smoke.script import ScriptStep

    Line = Mapping[str, Any]


@dataclass(frozen=True)
class RecordedStep:
    """A step of a recording: the line at its begin, its events, and the line at its end, None if it never ended."""

    begin: Line
    events: tuple[Line, ...]
    end: Line | None


@dataclass(frozen=True)
class Recording:
    """A transcript that was read back.

    Attributes:
        header: Its first line.
        before: Events from before the first step.
        steps: Its steps.
        result: The result's line; empty if the run broke off.
        scrubber: Took the secrets out of it, and must scrub what is compared with it.
    """

    header: Line
    before: tuple[Line, ...]
    steps: tuple[RecordedStep, ...]
    result: Line
    scrubber: Scrubber

    @property
    def body(self) -> Line:
        """The test as it was run; empty in a transcript that does not hold it."""
        return self.header.get("body") or {}

    @property
    def end_reason(self) -> str:
        """Why it ended early, in words."""
        return "; ".join(self.result.get("failures") or ["it broke off"])


def read_recording(text: str, file: str, scrubber_of: Callable[[str], Scrubber]) -> Recording:
    """The recording in a transcript's text, without secrets; a last line that was cut off is left out.

    `scrubber_of` gives the scrubber for a stage, which is empty if the transcript names none.

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
    recorded_steps = tuple(_recorded_step(lines[begin:end]) for begin, end in zip(begins, ends, strict=False))
    result: Line = next((line for line in lines if line["type"] == RESULT), {})
    return Recording(lines[0], tuple(lines[1 : begins[0] if begins else len(lines)]), recorded_steps, result, scrubber)


def stage_of(header: Line) -> str:
    """The stage of a session, by its transcript's first line; empty if it names none."""
    return str((header.get("labels") or {}).get("stage") or "")


def recheck(recording: Recording, body: Line) -> tuple[str, ...]:
    """A line for each of a test's assertions that does not hold for the recording; an empty result is a pass.

    Like a run, it ends with the first step that fails. `body` may be another version of the test that sends the same
    messages.
    """
    script = steps(body)
    for step, recorded in zip(script, recording.steps, strict=False):
        if failures := tuple(_failures(step, recorded, body, recording)):
            return tuple(f"{step.label}: {failure}" for failure in failures)
    missing = [step.label for step in script[len(recording.steps) :]]
    if missing:
        return (
            f"{', '.join(missing)}: never played in this recording ({recording.end_reason}), so nothing is known of it",
        )
    return ()


def _lines(text: str, file: str) -> Iterator[dict[str, Any]]:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            if number == len(lines):  # the run was killed while it wrote this line
                return
            raise InputError(f"{file}:{number}: not a transcript: this line is not JSON") from None
        if not isinstance(event, dict) or "type" not in event:
            raise InputError(f"{file}:{number}: not a transcript: this line is not an event")
        yield event


def _recorded_step(lines: Sequence[Line]) -> RecordedStep:
    end = next((line for line in lines if line["type"] == STEP_END), None)
    return RecordedStep(lines[0], tuple(line for line in lines[1:] if line["type"] not in {STEP_END, RESULT}), end)


def _failures(step: ScriptStep, recorded: RecordedStep, body: Line, recording: Recording) -> Iterator[str]:
    if not _same_message(step, recorded, recording.scrubber):
        yield "sends something else than this recording; run the test instead"
        return
    turn, unanswered = replay_turn(step, recorded, body)
    if recorded.end is None:
        yield f"was not over in this recording ({recording.end_reason})"
        return
    usage = Usage(int(recorded.end.get("tokens") or 0), recorded.end.get("cost_usd"))
    finished = FinishedStep(turn, float(recorded.end["seconds"]), usage, recorded.end.get("files") or {})
    yield from unanswered
    yield from failed_assertions(step.expect, finished)


def replay_turn(step: ScriptStep, recorded: RecordedStep, body: Line) -> tuple[Turn, tuple[str, ...]]:
    """The step's turn, rebuilt from its events, and a failure line for each tool that `body` has no answer for."""
    turn = Turn(sent=frozenset(recorded.begin["sent"]), awaits_verdict=step.is_outcome)
    answered: set[str] = set()
    failures: list[str] = []
    for event in recorded.events:
        turn = advance(turn, event)
        if turn.stop == REQUIRES_ACTION and not step.may_end_asking:
            new_answers = answers(turn, body, answered)
            answered.update(answer.tool_use_id for answer in new_answers)
            failures += [answer.failure for answer in new_answers if answer.failure]
            failures += [line for line in (unanswerable(turn, answered),) if line]
    return turn, tuple(failures)


def _same_message(step: ScriptStep, recorded: RecordedStep, scrubber: Scrubber) -> bool:
    """Whether the step sends what was recorded; true where the recording does not hold the event that was sent."""
    echo = next((event for event in recorded.events if event.get("id") in recorded.begin["sent"]), None)
    if echo is None:
        return True
    sent = scrubber.value(dict(step.event))
    return all(sent.get(key) == echo.get(key) for key in ("type", "content", "description") if key in sent)
