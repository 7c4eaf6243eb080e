"""Host names as several kinds of objects name them: without scheme, port or path."""

from __future__ import annotations

import re

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def is_host_name(text: str) -> bool:
    """Whether a text is a bare ASCII host name."""
    return _NAME.fullmatch(text) is not None


def is_host_pattern(text: str) -> bool:
    """Whether a text is a bare host name or a `*.` wildcard."""
    return is_host_name(text.removeprefix("*."))
