"""Values on one line, for messages: long ones are clipped, and long texts to the part in which they differ.

Secrets are taken out before, of which a half would be left otherwise.
"""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

from pulumi_managed_agents.kinds.fingerprint import is_digest
from pulumi_managed_agents.scrubbing import KNOWN

LONGEST = 60
BEFORE = 15
"""How many characters are shown before the first difference."""


def excerpts(first: Any, *others: Any) -> list[str]:
    """A value and what became of it, each on one line; of a long text from a little before it leaves the first one.

    Where that is short, two others are shown from where they part. Of a value that is recorded by its fingerprint it is
    only said that it was another.
    """
    first, *others = map(KNOWN.scrubber(asking=False).value, (first, *others))  # type: ignore[assignment]  # as many as before
    if _is_text(first) and len(first) > LONGEST:
        left = [_alike(first, other) for other in others]
        return [_excerpt(first, min(left)), *map(_excerpt, others, left)]
    start = _alike(*others) if len(others) == 2 else _alike(first, others[0])
    return [_excerpt(first, 0), *(_excerpt(other, start) for other in others)]


def _alike(one: Any, other: Any) -> int:
    """With how many equal characters two texts begin; 0 where they are short or no texts."""
    if not (_is_text(one) and _is_text(other)) or max(len(one), len(other)) <= LONGEST:
        return 0
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _excerpt(value: Any, alike: int) -> str:
    if is_digest(value):
        return "another value"
    if not isinstance(value, str):
        told = "unset" if value is None else json.dumps(value, ensure_ascii=False)
        return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"
    start = max(0, alike - BEFORE)
    end = start + LONGEST
    text = f"{'…' if start else ''}{value[start:end]}{'…' if end < len(value) else ''}"
    return json.dumps(text, ensure_ascii=False)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not is_digest(value)
