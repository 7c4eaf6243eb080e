from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.smoke.scrub import REMOVED, Scrubber


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        pytest.param("key sk-ant-api03-abcDEF_123-xyz.", f"key {REMOVED}.", id="API key"),
        pytest.param("Authorization: Bearer abc.def-123456", f"Authorization: Bearer {REMOVED}", id="bearer token"),
        pytest.param("ghp_abcdefghij0123456789", REMOVED, id="GitHub token"),
        pytest.param("AKIAABCDEFGHIJKLMNOP", REMOVED, id="AWS key"),
        pytest.param("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", REMOVED, id="JWT"),
        pytest.param(
            "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nrest",
            f"{REMOVED}\nrest",
            id="key file",
        ),
        pytest.param("ask-anything, bearer of news", "ask-anything, bearer of news", id="ordinary words"),
        pytest.param("the canary sings", f"the {REMOVED} sings", id="a value we know"),
    ],
)
def test_what_is_or_looks_secret_is_removed(text: str, scrubbed: str) -> None:
    """Known values and the shapes of common keys go, the words around them stay."""
    assert Scrubber(["canary"]).text(text) == scrubbed


def test_short_values_do_not_tear_holes() -> None:
    """A value of a few characters, or an empty one, would be found in ordinary words."""
    assert Scrubber(["", "a"]).text("banana") == "banana"


def test_a_line_is_scrubbed_before_it_is_clipped() -> None:
    """A long reply of many lines fits on one, and no half of a secret is left where it is cut."""
    line = Scrubber(["two\nlines"]).line("x\n" * 196 + "two\nlines" * 2)
    assert line == "x " * 196 + "[secret…"


letters = st.text("abcdéß漢\n\"'", min_size=4)


@given(secret=letters, other=letters)
def test_no_string_of_a_value_keeps_a_secret(secret: str, other: str) -> None:
    """Keys and nested values are scrubbed as well, whatever characters the secrets hold."""
    value = {"1" + secret: [f"2{secret}3", {"4": secret + "5" + other}], "number": 1, "none": None}
    scrubbed = Scrubber([secret, other]).value(value)
    assert scrubbed == {f"1{REMOVED}": [f"2{REMOVED}3", {"4": f"{REMOVED}5{REMOVED}"}], "number": 1, "none": None}
