from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.reconcile.merged_text import (
    FILE_MARKER,
    LIVE_MARKER,
    MIDDLE_MARKER,
    holds,
    merged_text,
)

BASE = "You do the work.\n\nBe kind.\n\nBe quick."
TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "a b"]), max_size=8).map("\n".join)


def test_changes_of_different_paragraphs_are_both_taken() -> None:
    """What the file and somebody live changed stands in one text, whichever of them changed what."""
    merged = merged_text(BASE, BASE.replace("quick", "quick, too"), BASE.replace("You do", "You always do"))
    assert (merged.text, merged.clashes) == ("You always do the work.\n\nBe kind.\n\nBe quick, too.", 0)


def test_changes_of_the_same_line_are_marked() -> None:
    """Both sides stand between markers, and only the lines on which they differ."""
    merged = merged_text(BASE, BASE.replace("kind", "very kind"), BASE.replace("kind", "brief"))
    marked = f"{FILE_MARKER}\nBe very kind.\n{MIDDLE_MARKER}\nBe brief.\n{LIVE_MARKER}"
    assert merged.text == BASE.replace("Be kind.", marked)
    assert merged.clashes == 1


def test_what_one_side_removed_and_the_other_changed_clashes() -> None:
    """A change is not lost because its paragraph went."""
    merged = merged_text(BASE, BASE.replace("Be kind.\n\n", ""), BASE.replace("kind", "brief"))
    assert merged.clashes == 1
    assert "Be brief." in merged.text


@given(TEXTS, TEXTS)
def test_what_only_one_side_changed_is_taken_as_it_is(base: str, changed: str) -> None:
    """Without a change on the other side there is nothing to merge; the same change on both sides is one change."""
    assert merged_text(base, changed, base).text == changed
    assert merged_text(base, base, changed).text == changed
    assert merged_text(base, changed, changed).text == changed


@given(TEXTS, TEXTS, TEXTS)
def test_both_sides_of_a_clash_can_be_distinguished_from_the_markers(base: str, file: str, live: str) -> None:
    """A clash begins, parts and ends, in this order; every line comes from one of the three texts."""
    merged = merged_text(base, file, live)
    lines = merged.text.split("\n")
    markers = [line for line in lines if line in {FILE_MARKER, MIDDLE_MARKER, LIVE_MARKER}]
    assert markers == [FILE_MARKER, MIDDLE_MARKER, LIVE_MARKER] * merged.clashes
    known = {line for text in (base, file, live) for line in text.split("\n")}
    assert {*lines} <= known | {FILE_MARKER, MIDDLE_MARKER, LIVE_MARKER}


@given(TEXTS, TEXTS, TEXTS)
def test_a_merged_text_holds_what_was_changed_live(base: str, file: str, live: str) -> None:
    """So a file with a clean merge is no conflict any more, and merging once more changes nothing."""
    merged = merged_text(base, file, live)
    if not merged.clashes:
        again = merged_text(base, merged.text, live)
        assert again.clashes or holds(base, merged.text, live)


def test_a_file_that_took_no_change_over_holds_none() -> None:
    """Another text, and what is no text, is a conflict."""
    assert not holds(BASE, "Other.", BASE.replace("kind", "brief"))
    assert not holds(None, "Other.", "Live.")
    assert not holds(["a"], ["b"], ["c"])
