"""Settings that would be overlooked: under another namespace or in other letters, empty, encrypted, of another type.

Nobody reads them, so that a gate that somebody has set would not stand. Each is an error, wherever a stage is looked
at; where nothing is wrong, nothing is said.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import VERIFIED_IN
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.errors import Finding, InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TEXTS = (
    VERIFIED_IN,
    "definitions",
    "onDrift",
    "onUndeclared",
    "onRemoval",
    "requireSmoke",
    "minAge",
    "receipts",
    "checkpoints",
)
"""The settings that are a text; `uncovered` may be one."""
LISTS = ("stageMayDiffer", "unproven", "uncovered", "acceptConflicts", "confirmRemoval")
GUARDING = (*TEXTS, *LISTS, "confirmRemoval", "protectedStage", "rolledBack")
"""The settings that decide what may be deployed and removed. They must be readable without a passphrase."""
TELLING = (
    VERIFIED_IN,
    "stageMayDiffer",
    "requireSmoke",
    "onDrift",
    "onUndeclared",
    "onRemoval",
    "protectedStage",
    "unproven",
)
"""Those whose names nobody gives to anything else, so that they are ours in any namespace."""
NEAR = 0.85
"""How much like ours a name must be to count as misspelt where other packages may have similar names."""


def must_be_sound(
    written: Mapping[str, Any], project: str, encrypted: Collection[str], file: str, text: str = ""
) -> None:
    """Stop at settings that would be overlooked or cannot be read.

    Args:
        written: All of the configuration by ``namespace:name``, as it is written.
        project: The project's name, which is the namespace of what is written without one.
        encrypted: The keys in whose values something is encrypted.
        file: Where they are.
        text: The file's text, for line numbers.

    Raises:
        InputError: with a finding for each.
    """
    complaints = {
        key: why for key, value in written.items() if (why := _complaint(key, value, project, key in encrypted))
    }
    if complaints:
        raise InputError(Finding(file, line_of(key, text), key, why) for key, why in complaints.items())


def line_of(key: str, text: str) -> int:
    """The line of a stack file that sets a key, or 0."""
    names = {key, key.partition(":")[2]}
    for number, line in enumerate(text.splitlines(), 1):
        named = re.match(r"""\s*["']?([^"'#\s]+?)["']?\s*:(\s|$)""", line)
        if named and named[1] in names:
            return number
    return 0


def _complaint(key: str, value: Any, project: str, encrypted: bool) -> str:
    """What is wrong with a setting, or an empty string."""
    space, _, name = key.partition(":")
    if space == NAMESPACE:
        return _unreadable(name, value, encrypted) if name in GUARDING else ""
    setting = meant(key, project)
    return "" if setting is None else f"is not read; a setting of a stage is written {NAMESPACE}:{setting or '…'}"


def meant(key: str, project: str) -> str | None:
    """Which setting of ours somebody meant by a key in another namespace; None for a key of somebody else.

    Empty if only the namespace shows it.
    """
    space, _, name = key.partition(":")
    if _bare(space) == _bare(NAMESPACE) or get_close_matches(space.lower(), [NAMESPACE], cutoff=NEAR):
        return name
    if space == project and _bare(name) == _bare(NAMESPACE):  # written as a group: managed-agents: {verifiedIn: …}
        return ""
    known = {_bare(setting): setting for setting in (GUARDING if space == project else TELLING)}
    near = get_close_matches(_bare(name), known, n=1, cutoff=NEAR if space == project else 1.0)
    return known[near[0]] if near else None


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _unreadable(name: str, value: Any, encrypted: bool) -> str:
    """Why the value of a setting that guards the stage cannot be what it must be, or an empty string."""
    if encrypted:
        return "must not be encrypted: it says what may be deployed, so it must be readable wherever that is checked"
    if value is None or (isinstance(value, str) and not value.strip()):
        return "is empty; give it a value, or remove it"
    if name in TEXTS and not isinstance(value, str):
        return f"must be a text, not {_called(value)}"
    if name in LISTS and not isinstance(value, (list, str)):
        return f"must be a list, not {_called(value)}"
    return ""


def _called(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "this")
