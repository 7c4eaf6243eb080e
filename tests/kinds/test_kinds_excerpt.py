from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.kinds.excerpt import LONGEST, excerpts

LONG = "Answer politely. " * 30
texts = st.text() | st.text().map(lambda end: LONG + end) | st.text().map(lambda end: LONG + end + LONG)


def test_each_of_three_long_texts_is_shown_where_it_leaves_the_first() -> None:
    """Who decides a conflict sees what each side did, however far into a prompt."""
    was, file, live = (f"{LONG}{end}" for end in ("Be brief.", "Be thorough.", "Be brief. By hand."))
    assert excerpts(was, file, live) == [
        '"…r politely. Be brief."',
        '"…r politely. Be thorough."',
        '"…tely. Be brief. By hand."',
    ]


@pytest.mark.parametrize("was", [None, "", "Be brief.", "#0123456789abcdef"])
def test_two_long_texts_that_took_the_place_of_a_short_one_are_shown_where_they_part(was: str | None) -> None:
    """Who decides a conflict must not read the same beginning twice."""
    assert excerpts(was, f"{LONG}Be thorough.", f"{LONG}By hand.")[1:] == [
        '"…wer politely. Be thorough."',
        '"…wer politely. By hand."',
    ]


@given(texts, texts)
def test_two_different_texts_never_look_the_same(one: str, other: str) -> None:
    """What is said to differ can be seen to differ."""
    before, after = excerpts(one, other)
    assert (before == after) is (one == other)


@pytest.mark.parametrize("value", ["x" * 500, ["x"] * 500, "line\nline", None, 7, {"a": "b"}], ids=str)
def test_every_value_fits_on_one_line(value: object) -> None:
    """Messages stay readable whatever a field holds."""
    for text in excerpts(value, "another"):
        assert "\n" not in text
        assert len(text) <= LONGEST + 4
