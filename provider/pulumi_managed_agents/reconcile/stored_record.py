"""How Pulumi's state stores a record: written from a live object, and read back.

A state holds two records of a resource. *applied* is what we last sent and what came back then; *observed* is what a
refresh last saw. A refresh writes only the second: it would otherwise swallow the cause of a drift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.effective import live_leaves
from pulumi_managed_agents.reconcile.fingerprint import fingerprints, new_salt
from pulumi_managed_agents.reconcile.leaves import leaves, tree
from pulumi_managed_agents.reconcile.record import Record, revision
from pulumi_managed_agents.reconcile.secrets import sealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body

SCHEMA_VERSION = 1


def record_of(facts: Facts, live: Body, declared: Body, salt: str = "") -> Body:
    """The stored form of what is live now, *applied* or *observed*; with a new salt unless one is given."""
    salt = salt or new_salt()
    stored = {
        "schema": SCHEMA_VERSION,
        "id": live.get("id", ""),
        "salt": salt,
        "live": tree(fingerprints(live_leaves(facts, live, declared), salt)),
        "revision": revision(live),
    }
    seal = sealed(facts, declared)
    return {**stored, "sealed": seal} if seal else stored


def read_record(desired: Body, applied: Mapping[str, Any]) -> Record:
    """The record of a resource that was applied as `desired`, given its stored form, or {} where there is none."""
    live, seen_revision, seal = (dict(applied.get(key) or {}) for key in ("live", "revision", "sealed"))
    return Record(desired, leaves(live), seen_revision, seal, str(applied.get("salt", "")))
