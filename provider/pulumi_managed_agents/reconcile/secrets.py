"""Secrets in bodies: never compared, shown or recorded as they are, but by marks that distinguish them.

A mark is a keyed digest, as in `fingerprint`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.fingerprint import digest, new_salt
from pulumi_managed_agents.reconcile.leaves import dotted, replaced
from pulumi_managed_agents.schema.identity import keyed_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath

SALT = "salt"
MARKS = "marks"
UNSEEN = "unseen"
"""Stands for the mark of a secret that was set before the object was adopted, so that its value is not known."""


def secrets_of(facts: Facts, body: Body) -> dict[str, str]:
    """The secrets in a body, by dotted path."""
    secrets: dict[str, str] = {}

    def keep(value: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(value, str):
            secrets[dotted(tuple(map(str, path)))] = value
        return value

    with_secrets(facts, body, keep)
    return secrets


def with_secrets(facts: Facts, body: Body, change: Callable[[Any, tuple[str | int, ...]], Any]) -> Body:
    """The body with `change` applied to every secret that is set, given its value and its path."""

    def changed(value: Any, path: tuple[str | int, ...]) -> Any:
        return value if value is None else change(value, path)

    for place in facts.secrets:
        body = replaced(body, place, (), changed)
    return body


def sealed(facts: Facts, body: Body) -> Body:
    """What a record keeps of a body's secrets: a fresh salt, and a mark for each."""
    return seal(secrets_of(facts, body))


def seal(secrets: Mapping[str, str]) -> Body:
    """The same for secrets by dotted path; an empty string is a secret whose value is not known."""
    if not secrets:
        return {}
    salt = new_salt()
    return {SALT: salt, MARKS: {path: digest(value, salt) if value else UNSEEN for path, value in secrets.items()}}


def moved_secrets(facts: Facts, body: Body, seal: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    """The secrets that are others than when `seal` was made, by dotted path: the mark then, and the mark now."""
    before = seal.get(MARKS) or {}
    now = _marks(secrets_of(facts, body), str(seal.get(SALT, "")))
    return {
        path: (before.get(path), now.get(path))
        for path in {*before, *now}
        if before.get(path) not in {now.get(path), UNSEEN}
    }


def rotated(
    facts: Facts, body: Body, recorded: Body, seal: Mapping[str, Any]
) -> dict[LeafPath, tuple[str | None, str | None]]:
    """The same by effective path, so that a secret goes with its entry of a list; `recorded` is what was sealed."""
    before = {_effective_path(facts, recorded, path): mark for path, mark in (seal.get(MARKS) or {}).items()}
    marks = _marks(secrets_of(facts, body), str(seal.get(SALT, "")))
    now = {_effective_path(facts, body, path): mark for path, mark in marks.items()}
    return {
        path: (before.get(path), now.get(path))
        for path in {*before, *now}
        if before.get(path) not in {now.get(path), UNSEEN}
    }


def _effective_path(facts: Facts, body: Body, dotted_path: str) -> LeafPath:
    steps = dotted_path.split(".")
    path = tuple(int(step) if step.isdecimal() else step for step in steps)
    try:
        return keyed_path(facts.entries, body, path)
    except (KeyError, IndexError, TypeError):  # a state that holds marks of what it no longer names
        return tuple(steps)


def _marks(values: Mapping[str, str], salt: str) -> dict[str, str]:
    return {path: digest(value, salt) for path, value in values.items()}
