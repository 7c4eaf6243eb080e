"""The ownership mark: one metadata entry that says which project, stack and resource an object belongs to.

With it a create finds its own object again after a crash, and another stack's object is never taken by mistake. It
is hidden from every comparison and counts as one of the API's sixteen entries.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.leaves import Body

KEY = "pulumi-managed-agents"
LONGEST = 512
"""How many characters the API takes as the value of a metadata entry."""
REPLACED = " (replaced)"
"""The end of the mark on an object that another one is to replace, or has replaced."""
STACK_TYPE = "pulumi:pulumi:Stack"
"""The type of a program's root resource, the parent of what has no other."""
TYPE_PREFIX = "pulumi-python:dynamic/managedagents:"
"""How the Pulumi type of each of our resources begins; part of every URN, so it never changes."""
BOOKS = frozenset(f"{TYPE_PREFIX}{title}" for title in ("SmokeTests", "Release", "Proof"))
"""The types of what keeps the books of a stage: it depends on all of it."""


def marked(body: Body, mark: str) -> Body:
    """The body with the mark among its metadata."""
    return {**body, "metadata": {**(body.get("metadata") or {}), KEY: mark}}


def without_mark(live: Body) -> Body:
    """The object as its users wrote it."""
    metadata = live.get("metadata") or {}
    if KEY not in metadata:
        return live
    return {**live, "metadata": {key: value for key, value in metadata.items() if key != KEY}}


def qualified_name(urn: str) -> str:
    """A resource's name, behind the types of its parents: ``acme:Team$acme:Desk::triage``; without any, the name alone.

    It identifies a resource among those of its kind on its stage, since a URN consists of the same parts.
    """
    types, name = urn.split("::", 3)[2:]
    parents = "$".join(type for type in types.split("$")[:-1] if type != STACK_TYPE)  # mocks of Pulumi's name that too
    return within(parents, name)


def within(parents: str | None, name: str) -> str:
    """The qualified name of what is inside parents of these types, if there are any."""
    return f"{parents}::{name}" if parents else name


def mark_for(project: str, stack: str, name: str) -> str:
    """The mark of the resource with a qualified name; the end of one that is too long is replaced by its digest."""
    mark = f"{project}/{stack}/{name}"
    if len(mark) <= LONGEST:
        return mark
    digest = hashlib.sha256(mark.encode()).hexdigest()
    return f"{mark[: LONGEST - len(digest) - 1]}~{digest}"


def stack_of(mark: str) -> str:
    """The project and stack of a mark, which is ``project/stack/name``; a name may hold further slashes."""
    return "/".join(mark.split("/", 2)[:2])


def stack_in(urn: str) -> str:
    """The project and stack of a resource, by its URN, as they are in its mark."""
    stack, project, *_ = urn.removeprefix("urn:pulumi:").split("::")
    return f"{project}/{stack}"


def mark_of(live: Mapping[str, Any]) -> str:
    """The mark on a live object, or an empty string."""
    metadata = live.get("metadata")
    return str(metadata.get(KEY, "")) if isinstance(metadata, dict) else ""


def given_up(mark: str) -> str:
    """The mark on an object whose place another one takes: no create takes that for its own."""
    return mark[: LONGEST - len(REPLACED)] + REPLACED


def is_given_up(mark: str, own: str) -> bool:
    """Whether a mark on the object of a resource says that another object is to take its place; `own` is its mark."""
    return mark != own and mark.endswith(REPLACED)
