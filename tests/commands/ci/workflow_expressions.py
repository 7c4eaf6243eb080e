"""GitHub's expressions, as far as the workflows of `managed-agents ci init` use them; anything else raises."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = re.compile(r"[a-zA-Z_][\w-]*(\.[a-zA-Z_][\w-]*)*")
INSIDE = re.compile(r"\$\{\{(.*?)\}\}")


def filled(text: str, contexts: Mapping[str, Any]) -> str:
    """A text with the value of each ``${{ … }}`` in its place."""
    return INSIDE.sub(lambda match: written(value(match[1], contexts)), text)


def values_filled(texts: Mapping[str, Any], contexts: Mapping[str, Any]) -> dict[str, str]:
    """A mapping with each of its texts filled."""
    return {key: filled(str(text), contexts) for key, text in texts.items()}


def holds(condition: str, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """Whether a job or step with this ``if:`` runs; after a failure only one that asks for a status itself."""
    inside = match[1] if (match := INSIDE.fullmatch(condition)) else condition
    return bool(value(inside or "success()", contexts)) and not (failed and "()" not in condition)


def value(expression: str, contexts: Mapping[str, Any]) -> Any:
    """Terms joined by ``&&``: a comparison, a function about the run's status, a name, or a text in quotes."""
    terms = [_term(one.strip(), contexts) for one in expression.split("&&")]
    return terms[0] if len(terms) == 1 else all(terms)


def written(one: Any) -> str:
    """A value as it stands in a text."""
    return str(one).lower() if isinstance(one, bool) else str(one)


def _term(term: str, contexts: Mapping[str, Any]) -> Any:
    for operator, wanted in ((" == ", True), (" != ", False)):
        left, found, right = term.partition(operator)
        if found:
            return (_term(left, contexts) == _term(right, contexts)) is wanted
    if term in {"!cancelled()", "success()"}:
        return True
    if term.startswith("'"):
        return term.strip("'")
    if not PATH.fullmatch(term):
        raise ValueError(term)
    return _looked_up(term.split("."), contexts)


def _looked_up(names: list[str], contexts: Mapping[str, Any]) -> Any:
    """What a path leads to, "" where that is not set, as on GitHub; a context that there is not is a mistake."""
    if names[0] not in contexts:
        raise ValueError(".".join(names))
    found: Any = contexts
    for name in names:
        found = found.get(name, "") if isinstance(found, dict) else ""
    return found
