"""Rules about what a deployment puts into the sandbox: memory stores, files, repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.widening import Body, named, table
from pulumi_managed_agents.schema.identity import unnumbered

if TYPE_CHECKING:
    from collections.abc import Iterator

READ_ONLY, READ_WRITE = "read_only", "read_write"
COMMIT = "commit"
KNOWN = {"attached", "access", "instructions", "mount_path", "checkout"}


def memory_stores_attached(before: Body, after: Body) -> Iterator[str]:
    """A memory store that was not available."""
    for name, entries in _added(before, after):
        if _is_store(entries):
            yield f"may read {'and write ' if _accesses(entries) != {READ_ONLY} else ''}memory store {name}"


def memory_stores_writable(before: Body, after: Body) -> Iterator[str]:
    """A memory store that could only be read, or that is used in a way nobody knows."""
    for name, was, now in _kept(before, after):
        if _is_store(now) and (more := _accesses(now) - _accesses(was) - {READ_ONLY}):
            yield (
                f"may write memory store {name}, which it could only read"
                if more == {READ_WRITE}
                else f"may use memory store {name} by {named(sorted(more))}, which no rule here knows"
            )


def files_mounted(before: Body, after: Body) -> Iterator[str]:
    """A file or a repository in the sandbox that was not there."""
    for name, entries in _added(before, after):
        if not _is_store(entries):
            yield f"finds {'the repository' if _is_address(name) else 'file'} {name} in its sandbox"


def repository_changed(before: Body, after: Body) -> Iterator[str]:
    """Another branch or commit of a repository, in either direction: other code under the same name.

    To hold one at a commit takes away, and so is silent where it was at a branch.
    """
    for name, was, now in _kept(before, after):
        old, new = ({_checkout(resource) for resource in entries} for entries in (was, now))
        added = new - old
        if added and not (_all_held(added) and not _all_held(old)):
            yield f"finds the repository {name} at {named(sorted(added))} instead of {named(sorted(old))}"


def resource_changed(before: Body, after: Body) -> Iterator[str]:
    """What is set up by fields that are not known here, in another way."""
    for name, was, now in _kept(before, after):
        old, new = (
            [{key: value for key, value in resource.items() if key not in KNOWN} for resource in side]
            for side in (was, now)
        )
        if any(resource not in old for resource in new):
            yield f"{name} in its sandbox is set up in another way, which no rule here knows"


def _checkout(resource: Body) -> str:
    checkout = table(resource.get("checkout"))
    where = checkout.get("name") or checkout.get("sha")
    return f"{checkout.get('type')} {where}" if where else "its default branch"


def _all_held(checkouts: set[str]) -> bool:
    return all(where.startswith(COMMIT) for where in checkouts)


def resources(body: Body) -> dict[str, list[Body]]:
    """What is in the sandbox, by what it is; the same thing may be there more than once."""
    by_name: dict[str, list[Body]] = {}
    entries = table(body.get("resources"))
    for key, resource in entries.items():
        by_name.setdefault(_spelled(unnumbered(key, entries)), []).append(table(resource))
    return by_name


def repositories(body: Body) -> list[str]:
    """The addresses of the repositories in the sandbox."""
    return [name for name in resources(body) if _is_address(name)]


def _is_address(name: str) -> bool:
    return "://" in name


def _spelled(name: str) -> str:
    """A repository's address in the one spelling that GitHub's many stand for."""
    return name.rstrip("/").lower() if _is_address(name) else name


def _is_store(entries: list[Body]) -> bool:
    return bool(_accesses(entries))


def _accesses(entries: list[Body]) -> set[str]:
    return {str(resource["access"]) for resource in entries if "access" in resource}


def _added(before: Body, after: Body) -> Iterator[tuple[str, list[Body]]]:
    was, now = resources(before), resources(after)
    return ((name, now[name]) for name in sorted(now.keys() - was.keys()))


def _kept(before: Body, after: Body) -> Iterator[tuple[str, list[Body], list[Body]]]:
    was, now = resources(before), resources(after)
    return ((name, was[name], now[name]) for name in sorted(was.keys() & now.keys()))
