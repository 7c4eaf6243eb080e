"""How Pulumi's state stores a record: written from a live object, and read back.

A state holds two records of a resource. *applied* is what we last sent and what came back then; *observed* is what a
refresh last saw. A refresh writes only the second: it would otherwise swallow the cause of a drift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.fingerprint import new_salt
from pulumi_managed_agents.reconcile.leaves import leaves, tree
from pulumi_managed_agents.reconcile.record import Record, revision
from pulumi_managed_agents.reconcile.secrets import sealed
from pulumi_managed_agents.reconcile.undeclared import blank_fields, is_declared, recorded_leaves, with_standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body

SCHEMA_VERSION = 1


def record_of(facts: Facts, live: Body, declared: Body, salt: str = "", before: Record | None = None) -> Body:
    """The stored form of what is live now, *applied* or *observed*; with a new salt unless one is given.

    `before` is the record until now, where some of its fields drifted that no file names and still stand as they do.
    """
    before = before if before and before.standing else None
    salt = salt or (before.salt if before else new_salt())
    table, blank = recorded_leaves(facts, live, declared, salt), blank_fields(facts, live, declared)
    if before:
        table, blank = with_standing(facts, before, declared, table, blank)
    stored: Body = {
        "schema": SCHEMA_VERSION,
        "id": live.get("id", ""),
        "salt": salt,
        "live": tree(table),
        "blank": " ".join(blank),
        "revision": revision(live),
    }
    seal, standing = sealed(facts, declared), dict(before.standing) if before else {}
    return {**stored, **({"sealed": seal} if seal else {}), **({"standing": standing} if standing else {})}


def completed(facts: Facts, applied: Body, observed: Body, declared: Body) -> Body:
    """The record of what was applied; where an earlier release wrote it, with what a refresh saw that no file names."""
    if not applied or "blank" in applied or "blank" not in observed:
        return applied
    known = {path: value for path, value in leaves(applied["live"]).items() if is_declared(facts, path, declared)}
    seen = {path: value for path, value in leaves(observed["live"]).items() if not is_declared(facts, path, declared)}
    return {**applied, "live": tree(known | seen), "blank": observed["blank"]}


def read_record(desired: Body, applied: Mapping[str, Any]) -> Record:
    """The record of a resource that was applied as `desired`, given its stored form, or {} where there is none."""
    live, seen, seal, standing = (dict(applied.get(key) or {}) for key in ("live", "revision", "sealed", "standing"))
    blank = frozenset(applied["blank"].split()) if "blank" in applied else None
    return Record(desired, leaves(live), seen, seal, str(applied.get("salt", "")), blank, standing)
