"""Taking secrets out of a text: the values that are known, whole or in part, and texts that look like a key.

A known value is found in every encoding that `views` can undo, and however white space in it was changed. Of a value
that is long enough each part of `PART` characters is taken out as well, since somebody else may have cut it, at either
end or between its lines. Text is scrubbed before it is cut, joined or escaped.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.scrubbing.views import views

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.scrubbing.views import View

REMOVED = "[secret]"
LONGEST_LINE = 400
SHORTEST = 4
"""A shorter value would be found inside ordinary words."""
SHORTEST_LINE = 8
"""Of a value of several lines, a line that is as long as this is a secret by itself."""
PART = 12
"""So many characters of a value, white space not counted, are as secret as all of it."""
PROBE = 6
"""So many of them are looked up first, at every `STEP`th place, one of which is inside every part."""
STEP = PART - PROBE + 1
DISTINCT = 4
"""A part with fewer different characters, as a rule of hyphens, may be anywhere and is no secret alone."""

WORDS, LONGEST_WORD = 1024, 64
"""How many texts of a JSON value are remembered with what was made of them, and how long they may be."""

SPACE = re.compile(r"[\s+]+")
"""What may stand for white space: a form writes a plus for it."""
LOOKS_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|(?:\\[rn]|[\sA-Za-z0-9+/=])*)"
    r"|\bsk-[A-Za-z0-9_-]{8,}"
    r"|(?<=\b[Bb]earer )[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{16,}"
    r"|\bglpat-[A-Za-z0-9_-]{16,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bxox[abeprs]-[A-Za-z0-9-]{8,}"
    r"|\bwhsec_[A-Za-z0-9+/=]{8,}",
    re.DOTALL,
)
SIGNS = (
    *("-----BEGIN ", "sk-", "earer ", "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
    *("AKIA", "ASIA", "xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "whsec_"),
)
"""One of these is in every text in which something looks secret, and is found ten times as quickly."""


class Scrubber:
    """Replaces secrets in text, and in every string of a JSON value, keys included."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = set(secrets)
        forms = {form for secret in known for form in _forms(secret)}
        self._parts = {part for form in forms for part in _parts(form)}
        self._distinctive = {part for form in forms for part in _distinctive(_parts(form))}
        self._probes = {part[start : start + PROBE] for part in self._parts for start in range(STEP)}
        whole = sorted((form for form in forms if not _parts(form)), key=len, reverse=True)
        self._known = {_bare(secret) for secret in known if len(_bare(secret)) >= SHORTEST_LINE}
        self._whole = re.compile("|".join(map(_pattern, whole))) if whole else None
        # The words of a JSON value, its keys above all, are in the next one again.
        self._word = lru_cache(maxsize=WORDS)(self.text)

    def text(self, text: str) -> str:
        """The text without its secrets."""
        pieces, end = [], 0
        for start, stop in _apart(self._found(text)):
            pieces += [text[end:start], REMOVED]
            end = stop
        return "".join([*pieces, text[end:]]) if pieces else text

    def line(self, text: str) -> str:
        """The text without its secrets, on one short line."""
        return clip(" ".join(self.text(text).split()), LONGEST_LINE)

    def value(self, value: Any) -> Any:
        """A JSON value of the same shape without its secrets; a tuple becomes the list that JSON makes of it."""
        if isinstance(value, str):
            return self._word(value) if len(value) <= LONGEST_WORD else self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, (list, tuple)) else value

    def finds(self, text: str) -> bool:
        """Whether a known secret of some length is in a text as a whole; look-alikes do not count."""
        return any(secret in bare for view in views(text) for bare in (_bare(view.text),) for secret in self._known)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Where secrets are in a text; some places may share characters with others."""
        for view in views(text) if len(text) >= SHORTEST else ():
            looks_secret = LOOKS_SECRET if any(sign in view.text for sign in SIGNS) else None
            for pattern in filter(None, (self._whole, looks_secret)):
                yield from (view.place(*match.span()) for match in pattern.finditer(view.text))
            if self._parts:
                yield from self._in_parts(view)

    def _in_parts(self, view: View) -> Iterator[tuple[int, int]]:
        text = _bare(view.text)
        probed = [at for at in range(0, len(text), STEP) if text[at : at + PROBE] in self._probes]
        around = (start for at in probed for start in range(max(at - STEP + 1, 0), at + 1))
        starts = [start for start in around if text[start : start + PART] in self._parts]
        if starts:
            bare = view.without(SPACE)
            for start, end in _apart((start, start + PART) for start in starts):
                if any(text[at : at + PART] in self._distinctive for at in range(start, end - PART + 1)):
                    yield bare.place(start, end)


def clip(text: str, longest: int) -> str:
    """The beginning of a text, with an ellipsis when there is more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _forms(secret: str) -> set[str]:
    """A secret, and each of its lines, as far as they are long enough."""
    lines = {line.strip() for line in secret.splitlines()}
    whole = {secret.strip()} if len(secret.strip()) >= SHORTEST else set()
    return whole | {line for line in lines if len(line) >= SHORTEST_LINE and len(set(line)) >= DISTINCT}


def _parts(form: str) -> set[str]:
    """The parts of a form, white space left out; none if the form is too short."""
    bare = _bare(form)
    return {bare[start : start + PART] for start in range(len(bare) - PART + 1)}


def _distinctive(parts: set[str]) -> set[str]:
    """Those parts of a form that are as secret as the whole."""
    return {part for part in parts if len(set(part)) >= DISTINCT} or parts


def _bare(text: str) -> str:
    """A text without white space, and what may stand for it."""
    return "".join(text.split()).replace("+", "")


def _pattern(form: str) -> str:
    """A form as it is, or with other white space."""
    return r"[\s+]+".join(map(re.escape, form.split()))


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
