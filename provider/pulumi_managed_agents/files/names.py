"""Names of files: their suffixes, one Unicode form, and how messages spell them."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

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
