"""Transcripts read back: what a run has found, a replay finds again without the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.commands.replay import replay
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from tests.smoke.smoke_stage import Stage

SHIPPED = {"lookup_order": {"returns": "shipped"}}
TEST = """\
agent: ../agents/triage.md
environment: ../environments/box.yaml
budget_usd: 0.10
send: {send}
expect: {{reply: {{contains: {word}}}}}
"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"send": "Where is order 42?", "custom_tools": SHIPPED}, id="passed"),
        pytest.param(
            {"send": "Where is order 42?", "expect": {"reply": {"contains": ["x"]}}}, id="no answer for a tool"
        ),
        pytest.param(
            {"send": "clean up", "on_tool_request": "allow", "expect": {"max_tokens": 1}}, id="too many tokens"
        ),
        pytest.param({"send": "clean up", "expect": {"stop_reason": "requires_action"}}, id="the question itself"),
        pytest.param({"send": "something dangerous"}, id="refusal"),
        pytest.param({"send": "crash"}, id="terminated"),
        pytest.param(
            {"send": "write a report", "expect": {"files": {"*.md": {"contains": "43"}}}}, id="a file's content"
        ),
        pytest.param({"outcome": {"description": "write a bad essay", "rubric": "good"}}, id="outcome"),
        pytest.param(
            {"steps": [{"send": "hello"}, {"send": "chatter", "expect": {"tools": {"at_most": 1}}}, {"send": "hello"}]},
            id="the second of three steps",
        ),
    ],
)
def test_a_replay_finds_what_the_run_found(stage: Stage, body: dict[str, Any]) -> None:
    """The transcript holds all that the assertions look at: events, time, cost, files, and the test itself."""
    result = stage.run(**body)
    assert replay(Path(result.transcript))[1] == result.failures


@pytest.mark.parametrize(
    ("send", "word", "failures"),
    [
        pytest.param("hello", "emulator", (), id="another assertion that holds"),
        pytest.param("hello", "[emulator, x]", ('step 1: reply should contain "x"',), id="another that does not"),
        pytest.param("bye", "x", ("step 1: sends something else than this recording",), id="another message"),
    ],
)
def test_assertions_can_be_worked_on_offline(
    stage: Stage, tmp_path: Path, send: str, word: str, failures: tuple[str, ...]
) -> None:
    """A test file that is being written is held against a recorded session, as long as it sends the same."""
    result = stage.run(send="hello", expect={"reply": {"contains": ["no such text"]}})
    file = tmp_path / "test.yaml"
    file.write_text(TEST.format(send=send, word=word), encoding="utf-8")
    found = replay(Path(result.transcript), file)[1]
    assert [line[: len(start)] for line, start in zip(found, failures, strict=True)] == list(failures)


def test_a_session_can_be_read(stage: Stage) -> None:
    """Who said what, tools with their arguments, answers, how it ended and what it took, in the order of events."""
    result = stage.run(send="Where is order 42?", custom_tools=SHIPPED, expect={"reply": {"contains": ["x"]}})
    lines, _ = replay(Path(result.transcript))
    outputs = [line.strip() for line in lines]
    assert outputs[2:8] == [
        "step 1",
        "user: Where is order 42?",
        "agent: Let me look.",
        "tool lookup_order(id: 42)",
        "stopped: requires_action",
        "lookup_order returned: shipped",
    ]
    assert outputs[-2:] == ["recorded: failed", 'step 1: reply should contain "x", got "Order 42: shipped"']


@pytest.mark.long
def test_a_step_that_was_not_played_is_not_taken_for_good(stage: Stage) -> None:
    """A run that timed out proves nothing about what it did not come to."""
    result = stage.run(steps=[{"send": "hello"}, {"send": "read slowly"}], timeout_seconds=4)
    assert replay(Path(result.transcript))[1] == (f"step 2: was not over in this recording ({result.failures[0]})",)


def test_a_recording_that_broke_off_can_still_be_read(stage: Stage) -> None:
    """A last line that was cut off is left out; what is missing is said."""
    transcript = Path(stage.run(send="hello").transcript)
    kept = [line for line in transcript.read_text(encoding="utf-8").splitlines() if "transcript." not in line]
    transcript.write_text("\n".join([*kept, '{"type": "agent.mess']), encoding="utf-8")
    lines, failures = replay(transcript)
    assert lines[-1].strip() == "the recording breaks off here"
    assert failures == ("step 1: never played in this recording (it broke off), so nothing is known of it",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "not a transcript", id="empty"),
        pytest.param('{"type": "agent.message"}\n', "not a transcript: its first line", id="no header"),
        pytest.param('{"type": "transcript"}\nno JSON\n{}', "t.jsonl:2: not a transcript", id="no JSON"),
        pytest.param('{"type": "transcript"}\n[1]\n', "t.jsonl:2: not a transcript", id="no event"),
        pytest.param('{"type": "transcript", "test": "t"}\n', "name that with --test", id="without its test"),
    ],
)
def test_what_is_no_transcript_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    """A wrong file is refused with what is wrong about it."""
    file = tmp_path / "t.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        replay(file)


def test_secrets_of_a_test_do_not_reach_its_transcript(stage: Stage) -> None:
    """The test's own text is in the transcript, scrubbed like the rest."""
    answers = {"lookup_order": {"returns": "canary-value"}}
    result = stage.run(send="Where is order 42?", custom_tools=answers, expect={"reply": {"contains": ["x"]}})
    text = Path(result.transcript).read_text(encoding="utf-8")
    assert "canary-value" not in text
    assert json.loads(text.splitlines()[0])["body"]["custom_tools"] == {"lookup_order": {"returns": "[secret]"}}
