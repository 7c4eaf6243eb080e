from __future__ import annotations

import base64
import json
import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pulumi_managed_agents.scrubbing import REMOVED, Scrubber
from pulumi_managed_agents.scrubbing.scrubber import LOOKS_SECRET, PART, SHORTEST, SIGNS
from tests.canaries import CANARIES, QUOTES, found


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        pytest.param("key sk-ant-api03-abcDEF_123-xyz.", f"key {REMOVED}.", id="API key"),
        pytest.param("Authorization: Bearer abc.def-123456", f"Authorization: Bearer {REMOVED}", id="bearer token"),
        pytest.param("Bearer%20abc.def-123456", f"Bearer%20{REMOVED}", id="bearer token in a URL"),
        pytest.param("ghp_abcdefghij0123456789", REMOVED, id="GitHub token"),
        pytest.param("AKIAABCDEFGHIJKLMNOP", REMOVED, id="AWS key"),
        pytest.param("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", REMOVED, id="JWT"),
        pytest.param(
            "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nrest",
            f"{REMOVED}\nrest",
            id="key file",
        ),
        pytest.param(
            "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADAN\\nBgkqhkiG9w0BAQEFAA…",
            f"{REMOVED}…",
            id="key file that was cut",
        ),
        pytest.param("ask-anything, bearer of news", "ask-anything, bearer of news", id="ordinary words"),
        pytest.param("the canary sings", f"the {REMOVED} sings", id="a value we know"),
    ],
)
def test_what_is_or_looks_secret_is_removed(text: str, scrubbed: str) -> None:
    """Known values and the shapes of common keys go, the words around them stay."""
    assert Scrubber(["canary"]).text(text) == scrubbed


LETTERS = "a1B2c3D4e5F6g7H8"
SHAPES = (
    *(f"-----BEGIN {of}PRIVATE KEY-----" for of in ("", "RSA ")),
    *(f"{start}{LETTERS}" for start in ("sk-", "bearer ", "Bearer ", "github_pat_", "glpat-", "whsec_")),
    *(f"gh{kind}_{LETTERS}" for kind in "pousr"),
    *(f"xox{kind}-{LETTERS}" for kind in "abeprs"),
    *(f"A{kind}IA{LETTERS.upper()}" for kind in "KS"),
    f"eyJ{LETTERS}.{LETTERS}.{LETTERS}",
)


@pytest.mark.parametrize("text", SHAPES)
def test_every_shape_of_a_key_is_known_alone(text: str) -> None:
    """A text without a sign of such a value is not looked through for them, so that each has one."""
    assert REMOVED in Scrubber().text(f"({text})")


@given(st.from_regex(re.compile(LOOKS_SECRET.pattern.replace("(?<=", "(?:"), re.DOTALL), fullmatch=True))
@settings(max_examples=200)
def test_a_text_is_looked_through_for_whatever_looks_secret(text: str) -> None:
    """Whatever the pattern of such values matches has a sign."""
    assume(LOOKS_SECRET.search(text))
    assert any(sign in text for sign in SIGNS)


def test_short_values_do_not_tear_holes() -> None:
    """A value of a few characters, or an empty one, would be found in ordinary words."""
    assert Scrubber(["", "a", " \n"]).text("a banana") == "a banana"


def test_a_line_is_scrubbed_before_it_is_clipped() -> None:
    """A long reply of many lines fits on one, and no half of a secret is left where it is cut."""
    line = Scrubber(["two\nlines"]).line("x\n" * 196 + "two\nlines" * 2)
    assert line == "x " * 196 + "[secret…"


def test_a_rule_or_an_indentation_in_a_secret_tells_nothing() -> None:
    """A part that anybody's text may hold is left where it stands alone, and goes with the secret around it."""
    secret = f"user: me\n{'-' * 20}\n{' ' * 20}password: Hq3Wz8Pd5Kt"
    scrubber = Scrubber([secret])
    assert scrubber.text(f"a table\n{'-' * 40}\n{' ' * 20}end") == f"a table\n{'-' * 40}\n{' ' * 20}end"
    assert scrubber.text(f"<{secret}>") == f"<{REMOVED}>"


@pytest.mark.parametrize("shape", CANARIES)
@pytest.mark.parametrize("way", QUOTES)
def test_a_secret_is_found_however_it_is_quoted(shape: str, way: str) -> None:
    """The words around it stay, and no part of it is left, also where it stands in the middle of an encoded text."""
    secret, scrubber = CANARIES[shape], Scrubber([CANARIES[shape]])
    quoted = QUOTES[way](f'{{"token": "{secret}"}}')
    scrubbed = scrubber.text(f"before <{quoted}> after")
    assert found(secret, f"before <{quoted}> after")
    assert found(secret, scrubbed) == []
    assert scrubbed.startswith("before <")
    assert scrubbed.endswith("> after")


anything = st.characters(exclude_categories=["Cs"])
awkward = st.sampled_from("abcXYZ019 \n\t\"'\\/%&+=<>;#-_é漢🐤")
secrets = st.text(awkward | anything, min_size=4, max_size=60).map(lambda text: text.strip().strip("+"))
ways = st.sampled_from(sorted(set(QUOTES) - {"in lines of base64", "on one line", "with other ends of lines"}))
text_ways = st.sampled_from(sorted(way for way in QUOTES if "base64" not in way and "hexa" not in way))


@settings(deadline=None)
@given(secret=secrets, first=text_ways, second=text_ways)
@example(secret="a\\u0041\\n\\", first="by repr", second="escaped twice")
def test_two_encodings_on_top_of_each_other_hide_nothing(secret: str, first: str, second: str) -> None:
    """All of a secret goes and nothing else, whatever its characters are."""
    assume(secret == secret.strip() and len("".join(secret.split()).replace("+", "")) >= SHORTEST)
    text = f"<{QUOTES[second](QUOTES[first](secret))}>"
    assert Scrubber([secret]).text(text) == f"<{REMOVED}>"


@settings(deadline=None)
@given(secret=st.text("abcdefgh0123456789ABC/+é漢-_", min_size=40, max_size=90), data=st.data())
def test_what_is_left_of_a_secret_that_somebody_cut_is_taken_out(secret: str, data: st.DataObject) -> None:
    """A beginning, an end or a middle that is long enough is as secret as all of it, encoded as a whole or not."""
    quoted = QUOTES[data.draw(ways)](secret)
    start = data.draw(st.integers(0, len(quoted)))
    end = data.draw(st.integers(start, len(quoted)))
    scrubbed = Scrubber([secret]).text(f"before {quoted[start:end]} after")
    assert found(secret, scrubbed) == []


@settings(deadline=None)
@given(before=st.binary(max_size=5), secret=st.text("abcXYZ019é", min_size=6, max_size=60), after=st.binary(max_size=5))
def test_base64_hides_nothing_wherever_the_secret_begins(before: bytes, secret: str, after: bytes) -> None:
    """As in a name with a password: of the encoded secret too little is left to tell a part of it."""
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    bare = base64.b64encode(secret.encode()).decode()
    scrubbed = Scrubber([secret]).text(f"Basic {encoded}")
    assert len(scrubbed.replace(REMOVED, "")) <= len(f"Basic {encoded}") - len(bare.rstrip("=")) + 6
    assert found(secret, scrubbed) == []


ordinary = st.text(st.sampled_from('etaoin shrdlu.,{}":%\\&;0123ABCdefgh+/=-_\n'), max_size=300)


@settings(deadline=None)
@given(text=ordinary, secret=st.text("ZYXWVUTS7986", min_size=PART, max_size=40))
def test_a_text_without_the_secret_stays_as_it_is(text: str, secret: str) -> None:
    """Whatever can be read into it by decoding."""
    assert Scrubber([secret]).text(text) == text


letters = st.text("abcdéß漢\n\"'", min_size=4).filter(lambda text: len("".join(text.split())) >= SHORTEST)


@settings(deadline=None)
@given(secret=letters.map(str.strip), other=letters.map(str.strip))
def test_no_string_of_a_value_keeps_a_secret(secret: str, other: str) -> None:
    """Keys and nested values are scrubbed as well, whatever characters the secrets hold."""
    value = {"1" + secret: [f"2{secret}3", {"4": secret + "5" + other}], "number": 1, "none": None}
    scrubbed = Scrubber([secret, other]).value(value)
    assert scrubbed == {f"1{REMOVED}": [f"2{REMOVED}3", {"4": f"{REMOVED}5{REMOVED}"}], "number": 1, "none": None}


def test_tuples_keep_no_secret_either() -> None:
    """Dataclasses as JSON have tuples in the places of lists."""
    assert Scrubber(["canary-Zq8Xw2Lp"]).value({"a": ({"b": "is canary-Zq8Xw2Lp"},)}) == {"a": [{"b": "is [secret]"}]}


def test_a_large_text_is_looked_through_in_bearable_time() -> None:
    """What is decoded stays within bounds, however much of a text looks encoded."""
    nested = "x"
    for _ in range(12):
        nested = json.dumps(nested + "\\%41&amp;" * 20)
    repeated = ("A1", "%25", "%2525", "\\", "&#38;", "Ab1+\n", "A1\\n", "0a", "ordinary words ")
    hostile = [nested[:20_000], *(piece * (20_000 // len(piece)) for piece in repeated)]
    scrubber = Scrubber(CANARIES.values())
    for text in hostile:
        assert scrubber.text(text) == text
