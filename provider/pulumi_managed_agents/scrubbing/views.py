"""A text with its encodings undone, one after the other, and for each character the place that it came from.

A quoted request may be escaped as JSON or by ``repr``, for a URL or for HTML, or written it in base64 or
in hexadecimal digits, or several of these on top of each other. A secret is easier to find in what such a text says
than in all the ways to say it.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

DEPTH = 4
"""How many encodings on top of each other are undone."""
MOST_VIEWS = 64
MOST_GROWTH = 16
"""All views of a text together are at most this many times as long as the text itself, and 10,000 characters."""

_X = "[0-9a-fA-F]"
ESCAPE = re.compile(
    rf"\\(?:u\{{(?P<braced>{_X}{{1,6}})\}}|u(?P<pair>[dD][89abAB]{_X}{{2}}\\u[dD][c-fC-F]{_X}{{2}})|u(?P<four>{_X}{{4}})"
    rf"|U(?P<eight>{_X}{{8}})|x(?P<two>{_X}{{2}})|(?P<octal>[0-3]?[0-7]{{1,2}})|(?P<plain>.))",
    re.DOTALL,
)
"""An escape as JSON, JavaScript, C and Python write them."""
CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "\n": ""}
PERCENT = re.compile(
    r"%u[0-9a-f]{4}|%f[0-7](?:%[89ab][0-9a-f]){3}|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%[cd][0-9a-f]%[89ab][0-9a-f]"
    r"|%[0-9a-f]{2}",
    re.IGNORECASE,
)
"""One character of a URL-encoded text, which is UTF-8 where it can be."""
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
BASE64 = re.compile(r"[\w+/-]{8,}(?:\s+[\w+/-]{16,})*(?:\s+[\w+/-]{2,})?", re.ASCII)
"""A run of letters of either alphabet, in lines or not."""
NO_WORD = re.compile(r"(?<=.)[A-Z0-9+/]")
"""What a run has somewhere that is no word, nor several with hyphens between them."""
HEX = re.compile(r"[0-9a-f]{16,}(?:\s+[0-9a-f]{16,})*", re.IGNORECASE)
WHITE = re.compile(r"\s+")
URL_SAFE = str.maketrans("-_", "+/")
UTF8 = re.compile(r"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
"""One character, where each byte was taken for one."""
READABLE = re.compile(rf"(?:[\t\n\r -~]|{UTF8.pattern}){{4,}}")
"""What is text among decoded bytes; all else was not what it was decoded from."""
BETWEEN = "\0"
"""Separates runs that have nothing to do with each other."""
RUN = re.compile(r"[^\0]+")


class Part(NamedTuple):
    """A part of a view: `text` was made from the view before it, beginning at `start`.

    Each `given` characters of it, counted from its beginning, came from `taken` ones.
    """

    text: str
    start: int
    taken: int = 1
    given: int = 1


class View:
    """What a text says after one more step of decoding."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._before: View | None = None
        self._parts: list[Part] = []
        self._begins: list[int] = []

    @classmethod
    def of(cls, before: View, parts: Iterable[Part]) -> Self:
        """The view that consists of these parts of another."""
        nonempty = [part for part in parts if part.text]
        view = cls("".join(part.text for part in nonempty))
        view._before, view._parts = before, nonempty
        begin = 0
        for part in nonempty:
            view._begins.append(begin)
            begin += len(part.text)
        return view

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original text these characters came from; there is at least one."""
        if self._before is None:
            return start, end
        first, last = (bisect_right(self._begins, index) - 1 for index in (start, end - 1))
        opening, closing = self._parts[first], self._parts[last]
        begins = opening.start + (start - self._begins[first]) * opening.taken // opening.given
        ends = closing.start + -(-(end - self._begins[last]) * closing.taken // closing.given)
        return self._before.place(begins, ends)

    def without(self, pattern: re.Pattern[str]) -> View:
        """The same without what matches a pattern."""
        return View.of(self, self._outside(pattern))

    def replaced(self, pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], str]) -> View:
        """The same with what each match of a pattern means in its place."""
        outside = self._outside(pattern)
        said = (
            Part(text, match.start(), len(match[0]), len(text))
            for match in pattern.finditer(self.text)
            for text in (meaning(match),)
        )
        return View.of(self, sorted([*outside, *said], key=lambda part: part.start))

    def only(self, matches: Iterable[re.Match[str]]) -> View:
        """What was matched, each match apart from the others."""
        parts = ((Part(match[0], match.start()), Part(BETWEEN, match.end() - 1)) for match in matches)
        return View.of(self, (part for pair in parts for part in pair))

    def _outside(self, pattern: re.Pattern[str]) -> list[Part]:
        ends = [0, *(match.end() for match in pattern.finditer(self.text))]
        starts = [*(match.start() for match in pattern.finditer(self.text)), len(self.text)]
        return [Part(self.text[start:end], start) for start, end in zip(ends, starts, strict=True)]


def views(text: str) -> Iterator[View]:
    """Yield a text as it is, then with every encoding undone that something in it may be in, the fewest first."""
    latest, known = [View(text)], {text}
    room = MOST_GROWTH * len(text) + 10_000
    yield latest[0]
    for _ in range(DEPTH):
        decoded = [decoded_view for view in latest for decode in DECODERS if (decoded_view := decode(view))]
        latest = []
        for view in decoded:
            if view.text not in known and len(known) < MOST_VIEWS and len(view.text) <= room:
                known.add(view.text)
                room -= len(view.text)
                latest.append(view)
                yield view


def _unescaped(view: View) -> View | None:
    return view.replaced(ESCAPE, _escape) if "\\" in view.text else None


def _escape(match: re.Match[str]) -> str:
    if match["plain"] is not None:
        return CONTROL.get(match["plain"], match["plain"])
    if match["pair"]:
        return bytes.fromhex(match["pair"].replace("\\u", "")).decode("utf-16-be")
    if match["octal"]:
        return chr(int(match["octal"], 8))
    code = int(match["braced"] or match["four"] or match["eight"] or match["two"], 16)
    return chr(code) if code < 0x110000 else ""


def _unquoted(view: View) -> View | None:
    return view.replaced(PERCENT, _percent) if "%" in view.text else None


def _percent(match: re.Match[str]) -> str:
    if match[0][1] in "uU":
        return chr(int(match[0].lower().removeprefix("%u"), 16))
    code = bytes.fromhex(match[0].replace("%", ""))
    with suppress(UnicodeDecodeError):
        return code.decode()
    return code.decode("latin-1")


def _from_bytes(view: View) -> View | None:
    return view.replaced(UTF8, _character) if not view.text.isascii() else None


def _character(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("utf-8", "replace")


def _unmarked(view: View) -> View | None:
    if "&" not in view.text:
        return None
    from html import unescape  # which reads a table of all the names that there are

    return view.replaced(ENTITY, lambda match: unescape(match[0]))


def _from_base64(view: View) -> View | None:
    """Every run decoded four times, since it is unknown at which letter a group begins; bytes are characters."""

    def decoded(run: str) -> str:
        whole = run[: len(run) - (len(run) % 4 == 1)].translate(URL_SAFE)
        return binascii.a2b_base64(whole + "=" * (-len(whole) % 4)).decode("latin-1")

    return _bytes_in(view, BASE64, decoded, 4, 3)


def _from_hex(view: View) -> View | None:
    """The same for hexadecimal digits, of which two are a byte."""
    return _bytes_in(view, HEX, lambda run: bytes.fromhex(run[: len(run) // 2 * 2]).decode("latin-1"), 2, 1)


def _bytes_in(
    view: View, pattern: re.Pattern[str], decoded: Callable[[str], str], taken: int, given: int
) -> View | None:
    """What is readable in the runs that match a pattern; `given` bytes come from `taken` letters."""
    found = [run for run in pattern.finditer(view.text) if NO_WORD.search(run[0])]
    if not found:
        return None
    runs = view.only(found).without(WHITE)
    parts: list[Part] = []
    for run in RUN.finditer(runs.text):
        for shift in range(taken):
            said = decoded(run[0][shift:])
            if READABLE.search(said):  # as of most words nothing is
                parts += [Part(said, run.start() + shift, taken, given), Part(BETWEEN, run.end() - 1)]
    if not parts:
        return None
    whole = View.of(runs, parts)
    return whole.only(READABLE.finditer(whole.text)).replaced(UTF8, _character)


DECODERS = (_unescaped, _unquoted, _unmarked, _from_bytes, _from_base64, _from_hex)
