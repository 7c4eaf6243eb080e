"""Secrets of several shapes, the ways in which a server may quote a request, and a search for what came through.

The search knows nothing of how secrets are taken out: it writes every part of a secret in every way it can think of,
and looks for that.
"""

from __future__ import annotations

import base64
import html
import json
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONG: Final = 16
"""Characters of a secret that nobody may find together, white space not counted."""

PIECE: Final = 8
"""A text is cut into pieces of so many characters; whatever is nearly twice as long holds a whole one."""

PEM: Final = "\n".join(
    [
        "-----BEGIN CERTIFICATE-----",
        *(base64.b64encode(bytes((7 * row + 13 * column) % 256 for column in range(48))).decode() for row in range(9)),
        "c2hvcnQ=",
        "-----END CERTIFICATE-----",
        "",
    ]
)
CANARIES: Final[dict[str, str]] = {
    "plain": "canary7-Qm4xKz93LtVw5RbN-plain",
    "quotes": """can"ary'8-"Wd6'fHs2"Jk9'pXc3"-quotes""",
    "backslashes": r"can\ary9-\Zt5\nGy8\u0041\xB7\\Fv2-backslashes",
    "unicode": "cañaría-Grüße-漢字かな-Ωmega-Жук-🐤-unicode",
    "url": "https://canary:Vy4%2Fq+Rm8&Lk=2#Xn7?Tj6@example.test/url",
    "spaces": "canary horse battery staple Hq3 Wz8 Pd5 of spaces",
    "lines": PEM,
    "long": "".join(f"{number:x}K{number * 7919 % 9973:04d}w" for number in range(3, 43)),
    "markup": "<canary>&amp;Bx5</canary>&#65;<Cy6 z='Dw7'>-markup",
}


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def _escaped_lightly(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


QUOTES: Final[dict[str, Callable[[str], str]]] = {
    "as it is": str,
    "escaped as JSON": _escaped,
    "escaped lightly": _escaped_lightly,
    "escaped twice": lambda text: _escaped(_escaped_lightly(text)),
    "as Go writes JSON": lambda text: re.sub("[<>&]", lambda one: f"\\u{ord(one[0]):04x}", _escaped_lightly(text)),
    "as PHP writes JSON": lambda text: _escaped(text).replace("/", "\\/"),
    "in a URL": lambda text: quote(text, safe=""),
    "in a URL, small letters": lambda text: re.sub("%..", lambda one: one[0].lower(), quote(text)),
    "as a form": quote_plus,
    "by repr": lambda text: repr(text)[1:-1],
    "as bytes by repr": lambda text: repr(text.encode())[2:-1],
    "in HTML": html.escape,
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "in lines of base64": lambda text: base64.encodebytes(text.encode()).decode(),
    "in hexadecimal digits": lambda text: text.encode().hex(),
    "on one line": lambda text: " ".join(text.split()),
    "with other ends of lines": lambda text: text.replace("\n", "\r\n"),
}
"""How somebody may quote a text, by what that is called."""


def found(secret: str, text: str) -> list[str]:
    """The parts of a secret that stand in a text in some way; as few as show that there are any."""
    bare, pieces = _cut(text)
    by_piece, short = _ways(secret)
    suspected = {way for piece in by_piece.keys() & pieces for way in by_piece[piece]} | short
    return [way for way in suspected if way in text or way in bare][:3]


@lru_cache(maxsize=4)
def _cut(text: str) -> tuple[str, set[str]]:
    """A text without white space, and the pieces of both."""
    bare = "".join(text.split())
    return bare, {whole[at : at + PIECE] for whole in (text, bare) for at in range(0, len(whole), PIECE)}


@cache
def _ways(secret: str) -> tuple[dict[str, set[str]], frozenset[str]]:
    """All parts of a secret, each in every way, by the pieces that may be cut out of it; and those too short for that.

    Of a secret that is short itself, all of it is the one part.
    """
    ways = set(_each_way(secret))
    short = frozenset(way for way in ways if len(way) < 2 * PIECE - 1)
    by_piece: dict[str, set[str]] = {}
    for way in ways - short:
        for at in range(len(way) - PIECE + 1):
            by_piece.setdefault(way[at : at + PIECE], set()).add(way)
    return by_piece, short


def _each_way(secret: str) -> Iterator[str]:
    shown = "".join(secret.split())
    size = min(LONG, len(shown))
    for start in range(len(shown) - size + 1):
        yield from _written(shown[start : start + size])
    for line in filter(None, map(str.strip, secret.splitlines())):
        for start in range(max(len(line) - LONG, 0) + 1):
            yield from _written(line[start : start + LONG]) if len(line) >= LONG else ()


def _written(part: str) -> Iterator[str]:
    for name, way in QUOTES.items():
        if "base64" not in name:
            yield "".join(way(part).split())
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + part.encode()).decode().rstrip("=")
        inner = whole[(0, 2, 3)[shift] : -1]
        yield inner
        yield inner.translate(str.maketrans("+/", "-_"))
