from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.commands.promote.file_changes import CONFLICTS, ThreeWay, file_changes, verdict

DIGESTS = st.sampled_from([None, "a", "b", "c"])


@pytest.mark.parametrize(
    ("source", "target", "base", "expected"),
    [
        pytest.param("a", "a", "a", "same", id="nothing happened"),
        pytest.param("b", "a", "a", "write", id="changed in the source"),
        pytest.param("a", "b", "a", "changed", id="changed in the target"),
        pytest.param("b", "c", "a", "both", id="changed in both"),
        pytest.param("b", "b", "a", "same", id="changed alike in both"),
        pytest.param(None, "a", "a", "remove", id="gone in the source"),
        pytest.param("a", None, "a", "changed", id="gone in the target"),
        pytest.param("b", None, "a", "both", id="gone in the target, changed in the source"),
        pytest.param(None, "b", "a", "both", id="gone in the source, changed in the target"),
        pytest.param(None, None, "a", "same", id="gone in both"),
        pytest.param("a", None, None, "write", id="new in the source"),
        pytest.param(None, "a", None, "keep", id="new in the target"),
        pytest.param("a", "a", None, "same", id="new in both, equal"),
        pytest.param("a", "b", None, "unknown", id="new in both, different"),
    ],
)
def test_each_file_is_judged_by_both_sides_and_what_was_last_promoted(
    source: str | None, target: str | None, base: str | None, expected: str
) -> None:
    """The table of all cases; without a base only git's history could tell more, and here it knows nothing."""
    assert verdict(source, target, base) == expected


def test_without_a_base_an_earlier_content_of_the_source_counts_as_unchanged() -> None:
    """A first promotion goes over files that lag behind."""
    assert verdict("b", "a", None, lambda: True) == "write"


@given(source=DIGESTS, target=DIGESTS, base=DIGESTS)
def test_a_target_that_is_neither_the_base_nor_the_source_is_never_touched(
    source: str | None, target: str | None, base: str | None
) -> None:
    """Nothing that somebody wrote into the target is lost."""
    touched = verdict(source, target, base) in ("write", "remove")
    assert not touched or target == base


@given(source=DIGESTS, target=DIGESTS, base=DIGESTS)
def test_what_both_sides_have_alike_is_never_a_conflict(
    source: str | None, target: str | None, base: str | None
) -> None:
    """A change that was made on both sides by hand ends a conflict."""
    assert verdict(source, source, base) not in CONFLICTS
    assert (verdict(source, target, base) == "same") == (source == target)


def sides(source: dict[str, bytes], target: dict[str, bytes], base: dict[str, bytes]) -> ThreeWay:
    from pulumi_managed_agents.commands.promote.closure_files import content_digest

    return ThreeWay(source.get, target.get, {path: content_digest(content) for path, content in base.items()})


def test_a_file_that_is_no_longer_needed_leaves_unless_somebody_else_needs_it() -> None:
    """A shared member stays for the other root; a changed one stops the promotion."""
    before = {"old.md": b"1", "shared.md": b"2", "mended.md": b"3"}
    now = file_changes([], before, {"shared.md"}, sides({}, {**before, "mended.md": b"x"}, before))

    assert now.removes == ("old.md",)
    assert dict(now.conflicts) == {"mended.md": "both"}


def test_line_endings_of_the_target_are_no_change_and_are_brought_in_line() -> None:
    """A checkout with CRLF does not look like somebody's edit."""
    found = file_changes(["a.md"], [], [], sides({"a.md": b"one\ntwo\n"}, {"a.md": b"one\r\ntwo\r\n"}, {}))

    assert (found.writes, dict(found.conflicts)) == (("a.md",), {})
