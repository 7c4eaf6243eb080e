"""What Pulumi's state remembers of a resource: the *recorded* side of every comparison.

Two accounts are kept apart. *applied* is what we last sent and what came back then; *observed* is what a refresh last
saw. A refresh writes only the second, since it would otherwise swallow the cause of a drift.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.fingerprint import fingerprints, new_salt
from pulumi_managed_agents.kinds.leaves import Leaves, leaves, tree
from pulumi_managed_agents.kinds.mark import without_mark
from pulumi_managed_agents.kinds.secrets import sealed
from pulumi_managed_agents.kinds.vocabulary import familiar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.kinds.facts import Facts
    from pulumi_managed_agents.kinds.leaves import Body

SCHEMA_VERSION = 1
RESOURCE = "__resource"
"""The hidden input by which a recorded resource says what it is: kind, name, mark, file. States hold it for ever."""
UNNAMED = "unnamed"
"""What is recorded as the workspace of a server that names none."""
REVISION_KEYS = ("version", "latest_version_id", "memories_seen", "updated_at", "status")


@dataclass(frozen=True)
class Record:
    """The recorded state: the body last applied, the live leaves (by fingerprint) and revision seen right after.

    `sealed` tells the secrets that were sent from others, `salt` is that of the fingerprints.
    """

    desired: Body
    live: Leaves = field(default_factory=dict)
    revision: Body = field(default_factory=dict)
    sealed: Body = field(default_factory=dict)
    salt: str = ""


def version_number(version: Any) -> Any:
    """An agent's version as the whole number that requests want, also where it came as text or as ``1.0``."""
    numeric = isinstance(version, float) or (isinstance(version, str) and version.isdecimal())
    return int(version) if numeric else version


def revision(live: Mapping[str, Any]) -> Body:
    """What tells two states of a live object apart without looking at its fields."""
    return {key: live[key] for key in REVISION_KEYS if live.get(key) is not None}


def moved(recorded: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether somebody may have written the object since: two revisions differ, or share nothing to compare by."""
    now = revision(live)
    shared = recorded.keys() & now.keys()
    return not shared or any(recorded[key] != now[key] for key in shared)


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


def recall(desired: Body, applied: Mapping[str, Any]) -> Record:
    """A record read back from the state."""
    seen, revision, seal = (dict(applied.get(key) or {}) for key in ("live", "revision", "sealed"))
    return Record(desired, leaves(seen), revision, seal, str(applied.get("salt", "")))
