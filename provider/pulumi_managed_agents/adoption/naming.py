"""Names for the files of what is adopted: readable, portable, never those of another file. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pulumi_managed_agents.stage.layout import nfc

if TYPE_CHECKING:
    from collections.abc import Container

LONGEST = 60


def slug(name: str, fallback: str) -> str:
    """A name as a file's: small letters and digits of any script, with `-` for everything else."""
    text = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", name).lower())
    return nfc(text).strip("-_")[:LONGEST].rstrip("-_") or fallback


def unique(name: str, taken: Container[str]) -> str:
    """The name, or the first of ``name-2``, ``name-3`` … that is not `taken` (names in `str.casefold`)."""
    number = 1
    candidate = name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
