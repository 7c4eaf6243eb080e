"""The ownership mark: one metadata entry that says which project, stack and name an object belongs to.

With it a create finds its own object again after a crash, and another stack's object is never taken by mistake. It
is hidden from every comparison and counts as one of the API's sixteen entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.kinds.leaves import Body

KEY = "pulumi-managed-agents"
REPLACED = " (replaced)"
"""The end of the mark on an object that another one is to replace, or has replaced."""
LONGEST = 512
"""How many characters the API takes as the value of a metadata entry."""


def marked(body: Body, mark: str) -> Body:
    """The body with the mark among its metadata."""
    return {**body, "metadata": {**(body.get("metadata") or {}), KEY: mark}}


def without_mark(live: Body) -> Body:
    """The object as its users wrote it."""
    metadata = live.get("metadata") or {}
    if KEY not in metadata:
        return live
    return {**live, "metadata": {key: value for key, value in metadata.items() if key != KEY}}


def stack_of(mark: str) -> str:
    """The project and stack of a mark, which is ``project/stack/name``; a name may hold further slashes."""
    return "/".join(mark.split("/", 2)[:2])


def mark_of(live: Mapping[str, Any]) -> str:
    """The mark on a live object, or an empty text."""
    metadata = live.get("metadata")
    return str(metadata.get(KEY, "")) if isinstance(metadata, dict) else ""


def given_up(mark: str) -> str:
    """The mark on an object whose place another one takes: no create takes that for its own."""
    return mark[: LONGEST - len(REPLACED)] + REPLACED


def is_given_up(mark: str, own: str) -> bool:
    """Whether a mark on the object of a resource says that another object is to take its place; `own` is its mark."""
    return mark != own and mark.endswith(REPLACED)
