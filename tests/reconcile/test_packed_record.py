"""Large records of ours as a state holds them: packed, read again by every release from then on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.reconcile.packed_record import LONGEST_PLAIN, packed, unpacked

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
)
RECORDS = st.dictionaries(st.text(), VALUES, max_size=6)

RECORDED: dict[str, Any] = {
    "blank": "description",
    "id": "env_1",
    "live": {"config": {"networking": {"type": "limited"}, "type": "cloud"}, "name": "#0123456789abcdef"},
    "revision": {"updated_at": "2027-01-02T03:04:05.678901Z"},
    "salt": "0123456789abcdef0123456789abcdef",
    "schema": 1,
}
BY_THE_FIRST = (
    "zlib:ePneT2WiQ+RC5NwETeypeWXxyBkOmOfTMtNBrLzUkvL8ouzMvHSkDJaTCSwzUsHZASqSnJNfipI9DAyNjE1MzcwtLBOTkoGpV4mA"
    "18x1DQx1DYxCDIytDEysDEz1QFoNDKOUEN5BNxLDCmTvAgCbQUiB"
)


@given(st.sampled_from(sorted(LONGEST_PLAIN)), RECORDS, st.integers(0, 3))
def test_a_record_is_read_as_it_was_written(key: str, record: dict[str, Any], times: int) -> None:
    """Whatever is in it and however long it is, and all beside it stays as it is."""
    props = {key: {**record, "more": ["x" * 50, record] * times * 30}, "system": record, "version": 3}
    stored = packed(props)
    assert unpacked(stored) == props
    assert (stored["system"], stored["version"]) == (record, 3)


@pytest.mark.parametrize("key", LONGEST_PLAIN)
def test_only_a_long_one_is_packed(key: str) -> None:
    """A state of a few agents can be read by people; one that came as it is goes back so."""
    short, long = ({"agents/a": "x" * length} for length in (LONGEST_PLAIN[key] - 20, LONGEST_PLAIN[key]))
    assert packed({key: short}) == {key: short}
    assert isinstance(packed({key: long})[key], str)
    assert len(packed({key: long})[key]) < 200
    assert packed({key: long}, apart=[key]) == {key: long}


def test_what_the_first_release_packed_is_read_for_ever() -> None:
    """States hold such texts, so that neither their form nor the words that they leave out may change."""
    assert unpacked({"__applied": BY_THE_FIRST}) == {"__applied": RECORDED}


@pytest.mark.parametrize("text", ["zlib:", "zlib:AAAA", "zlib:ä", BY_THE_FIRST[:-8], BY_THE_FIRST.replace("e", "f")])
def test_a_damaged_one_is_told_in_a_line(text: str) -> None:
    """It says what to do, and shows nothing of what is inside."""
    with pytest.raises(ManagedAgentsError, match=r"^the state is damaged: .* restore the state from its backup$"):
        unpacked({"__applied": text})


def test_one_that_a_later_release_packed_is_told_as_that() -> None:
    """Not as damaged, nor as a defect of ours."""
    with pytest.raises(ManagedAgentsError, match=r"^the state was written by a later release"):
        unpacked({"__applied": "zstd:AAAA"})
