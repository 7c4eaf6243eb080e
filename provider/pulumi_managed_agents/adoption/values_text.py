"""Adding an override to the text of a values file, comments and layout kept. Pure functions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage.parsing import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECTION = re.compile(r"^overrides:[ \t]*(?:#.*)?\n(?P<indent>[ \t]+)", re.MULTILINE)


def with_override(text: str, name: str, fields: Mapping[str, Any]) -> str | None:
    """The text with one more entry under ``overrides``, or None where it is written so that none can be added."""
    line = f"{name}: {json.dumps(fields, ensure_ascii=False)}\n"
    section = _SECTION.search(text)
    if section:
        at = section.start("indent")
        changed = f"{text[:at]}{section['indent']}{line}{text[at:]}"
    else:
        changed = f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}overrides:\n  {line}"
    before, after = _plain(text), _plain(changed)
    if before is None or after is None:
        return None
    expected = {**before, "overrides": {**(before.get("overrides") or {}), name: dict(fields)}}
    return changed if after == expected else None


def _plain(text: str) -> dict[str, Any] | None:
    try:
        root = parse_yaml(text, "") if text.strip() else None
    except InputError:
        return None
    value = root.plain() if root else {}
    return value if isinstance(value, dict) else None
