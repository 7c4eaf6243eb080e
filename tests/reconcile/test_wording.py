"""Values in words: nothing that changes is clipped away, nothing that is there is invisible."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.reconcile.wording import DIFF_LINES, LONG, PENDING, difference, excerpts, shown
from pulumi_managed_agents.words import visible


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "unset", id="nothing"),
        pytest.param("unset", '"unset"', id="a word of ours"),
        pytest.param("false", '"false"', id="a text that reads like a flag"),
        pytest.param("12", '"12"', id="a text that reads like a number"),
        pytest.param(PENDING, PENDING, id="a remark of ours"),
        pytest.param("(a remark)", '"(a remark)"', id="a remark of somebody else"),
        pytest.param("claude-opus-5-5", "claude-opus-5-5", id="a word"),
        pytest.param("Sorts.", '"Sorts."', id="a sentence"),
        pytest.param("two words", '"two words"', id="words"),
        pytest.param("", '""', id="empty"),
        pytest.param(False, "false", id="a flag"),
        pytest.param(["a", 1], '["a", 1]', id="a list"),
        pytest.param("#0123456789abcdef", "another value", id="a fingerprint"),
        pytest.param("pay\u202eload\u200b", '"pay\\u202eload\\u200b"', id="hidden characters"),
        pytest.param("\x1b[31mred", '"\\u001b[31mred"', id="terminal colours"),
    ],
)
def test_a_value_is_shown_on_one_line(value: Any, text: str) -> None:
    """What it is cannot be mistaken for something else."""
    assert shown(value) == text


def test_one_word_in_a_long_paragraph_can_be_found() -> None:
    """A prompt on a single line is compared by sentences."""
    before = " ".join(f"Rule {number} says to look twice at item {number}." for number in range(50))
    found = difference(before, before.replace("twice at item 20.", "never at item 20."))
    assert found.text == "+1 -1 lines"
    assert [line for line in found.diff if line[0] in "+-"] == [
        "-Rule 20 says to look twice at item 20.",
        "+Rule 20 says to look never at item 20.",
    ]


def test_a_long_diff_shows_as_much_of_what_is_new_as_of_what_goes() -> None:
    """One rewritten prompt must not drown other changes, nor the old half of it the new one."""
    found = difference("\n".join(map(str, range(500))), "\n".join(map(str, range(1000, 1500))))
    assert found.text == "+500 -500 lines"
    assert {"-0", "-19", "+1000", "+1019"} < {*found.diff}
    assert len(found.diff) <= DIFF_LINES + 1
    assert found.diff[-1].startswith("… 960 more lines of this diff, 480 of them new and 480 removed")


@given(st.text(), st.text())
def test_two_different_texts_never_look_the_same(before: str, after: str) -> None:
    """However long they are and whatever they hold."""
    found = difference(before or None, after or None)
    sides = found.text.split(" → ")
    assert before == after or found.diff or len(set(sides)) > 1


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    """Control characters and direction marks are spelled out."""
    assert visible(text).isprintable()


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param([{"a": 1}], [{"a": 2}], "[0].a 1 → 2", id="a field of an entry"),
        pytest.param([{"a": 1}], [{"a": 1}, {"b": 1}], '[1] +{"b": 1}', id="an entry more"),
        pytest.param([{"a": 1}, {"b": 1}], [{"a": 1}], '[1] -{"b": 1}', id="an entry less"),
        pytest.param(
            [{"content": [{"text": "Look at the build"}]}],
            [{"content": [{"text": "Look at the tests"}]}],
            '[0].content[0].text "Look at the build" → "Look at the tests"',
            id="deep inside",
        ),
    ],
)
def test_lists_of_objects_say_where_inside_they_differ(before: object, after: object, text: str) -> None:
    """A change in one message of a deployment does not show the whole list twice."""
    assert difference(before, after).text == text


POLITE = "Answer politely. " * 30
texts = st.text() | st.text().map(lambda end: POLITE + end) | st.text().map(lambda end: POLITE + end + POLITE)


def test_each_of_three_long_texts_is_shown_where_it_leaves_the_first() -> None:
    """Who decides a conflict sees what each side did, however far into a prompt."""
    was, file, live = (f"{POLITE}{end}" for end in ("Be brief.", "Be thorough.", "Be brief. By hand."))
    assert excerpts(was, file, live) == [
        '"…r politely. Be brief."',
        '"…r politely. Be thorough."',
        '"…tely. Be brief. By hand."',
    ]


@pytest.mark.parametrize("was", [None, "", "Be brief.", "#0123456789abcdef"])
def test_two_long_texts_that_took_the_place_of_a_short_one_are_shown_where_they_part(was: str | None) -> None:
    """Who decides a conflict must not read the same beginning twice."""
    assert excerpts(was, f"{POLITE}Be thorough.", f"{POLITE}By hand.")[1:] == [
        '"…wer politely. Be thorough."',
        '"…wer politely. By hand."',
    ]


@given(texts, texts)
def test_excerpts_of_two_different_texts_never_look_the_same(one: str, other: str) -> None:
    """What is said to differ can be seen to differ."""
    before, after = excerpts(one, other)
    assert (before == after) is (one == other)


@pytest.mark.parametrize("value", ["x" * 500, ["x"] * 500, "line\nline", None, 7, {"a": "b"}], ids=str)
def test_every_value_fits_on_one_line(value: object) -> None:
    """Messages stay readable whatever a field holds."""
    for text in excerpts(value, "another"):
        assert "\n" not in text
        assert len(text) <= LONG + 8
