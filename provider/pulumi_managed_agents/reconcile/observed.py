"""."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.reconcile.fingerprint import fingerprints, new_salt
from pulumi_managed_agents.reconcile.leaves import Leaves, leaves, tree
from pulumi_managed_agents.reconcile.mark import without_mark
from pulumi_managed_agents.reconcile.record import SCHEMA_VERSION, familiar, revision
from pulumi_managed_agents.reconcile.secrets import sealed

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body


def live_leaves(facts: Facts, live: Body, declared: Body) -> Leaves:
    """A live object's leaves, as far as a file could have a say in them."""
    body = without_mark({key: value for key, value in live.items() if key not in SERVER_FIELDS})
    return leaves(facts.effective(familiar(body, declared), declared, str(live.get("id", ""))))


SERVER_FIELDS = frozenset({"id", "type", "version", "created_at", "updated_at", "archived_at", "workspace_id"})


def account(facts: Facts, live: Body, declared: Body, salt: str = "") -> Body:
    """The stored form of what the API says now, for either account; with a new salt unless one is given."""
    salt = salt or new_salt()
    seen = fingerprints(live_leaves(facts, live, declared), salt)
    seal = sealed(facts, declared)
    about = {"schema": SCHEMA_VERSION, "id": live.get("id", ""), "salt": salt}
    found = {**about, "live": tree(seen), "revision": revision(live)}
    return {**found, "sealed": seal} if seal else found
