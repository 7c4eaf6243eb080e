"""Taking secrets out of what is kept or shown: the values we know, and whatever looks like a key.

Text is scrubbed before it is clipped, so that no half of a secret is left over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REMOVED = "[secret]"
LONGEST_LINE = 400
SHORTEST = 4  # a shorter value would tear holes into ordinary words

LOOKS_SECRET = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    r"\bsk-[A-Za-z0-9_-]{8,}",
    r"(?<=\b[Bb]earer )[A-Za-z0-9._~+/=-]{8,}",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+",
    r"\bgh[pousr]_[A-Za-z0-9]{16,}",
    r"\bgithub_pat_[A-Za-z0-9_]{16,}",
    r"\bglpat-[A-Za-z0-9_-]{16,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\bxox[abeprs]-[A-Za-z0-9-]{8,}",
    r"\bwhsec_[A-Za-z0-9+/=]{8,}",
)


SECRET_VARIABLE = re.compile(r"MANAGED_AGENTS_SECRET_\w+|ANTHROPIC_(?:API_KEY|AUTH_TOKEN)")


def environment_secrets(environment: Mapping[str, str]) -> set[str]:
    """The secrets among a process's variables: credentials for the API, and the values of a stage's secrets."""
    return {value for name, value in environment.items() if SECRET_VARIABLE.fullmatch(name)}


class Scrubber:
    """Replaces secrets in text, and in every string of a JSON value, keys included."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
        self._pattern = re.compile("|".join([*map(re.escape, known), *LOOKS_SECRET]), re.DOTALL)

    def text(self, text: str) -> str:
        """The text without its secrets."""
        return self._pattern.sub(REMOVED, text)

    def line(self, text: str) -> str:
        """The text without its secrets, on one line of bearable length."""
        return clip(" ".join(self.text(text).split()), LONGEST_LINE)

    def value(self, value: Any) -> Any:
        """A JSON value of the same shape without its secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list) else value


def clip(text: str, longest: int) -> str:
    """The beginning of a text, with an ellipsis when there is more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
