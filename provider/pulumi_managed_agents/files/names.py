"""Names of files: their suffixes, one Unicode form, and how messages spell them and suggest the nearest."""

from __future__ import annotations

import difflib
import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES = (".md", ".yaml", ".yml", ".json")
TEMPLATE_SUFFIX = ".j2"
SKILL_FILE = "SKILL.md"


def nfc(text: str) -> str:
    """Return names in one Unicode form: some file systems hand out another one than was written."""
    return unicodedata.normalize("NFC", text)


def printable(path: str) -> str:
    """Return a path as one line of valid text: control characters and bytes that are not UTF-8 are escaped."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", lambda match: ascii(match[0])[1:-1], path)


def untemplated(name: str) -> str:
    """Drop ``.j2``: what a template becomes decides its format and kind."""
    return name.removesuffix(TEMPLATE_SUFFIX)


def suffix_of(name: str) -> str:
    """Return the definition suffix of a file name, ``.j2`` aside, or an empty string."""
    suffix = PurePosixPath(untemplated(name)).suffix
    return suffix if suffix in SUFFIXES else ""


def with_article(kind: str) -> str:
    """Return the kind with its article, for messages: ``an agent``, ``a memory store``."""
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{article} {kind.replace('_', ' ')}"


def suggestion(wrong: str, names: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest one, else a few of what there is."""
    known = sorted(set(names))
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    if not known:
        return "; there is none"
    return f"; there are: {', '.join(known[:8])}" + (", …" if len(known) > 8 else "")
