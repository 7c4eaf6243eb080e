"""The recorded side of every comparison: what a resource was last applied as, and which revision was seen then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.leaves import Body, Leaves

RESOURCE = "__resource"
"""The hidden input by which a recorded resource says what it is: kind, name, mark, file. States hold it for ever."""
APPLIED, OBSERVED = "__applied", "__observed"
"""The hidden outputs for what was applied, and for what a refresh saw. Pulumi displays no key with two underscores."""
UNNAMED = "unnamed"
"""What is recorded as the workspace of a server that names none."""
WRITTEN = "written_at"
"""The time of a write whose answer does not say when the object was touched; no answer of the API has this field."""
REVISION_KEYS = ("version", "latest_version_id", "memories_seen", "updated_at", "status", WRITTEN)


@dataclass(frozen=True)
class Record:
    """The recorded state: the body last applied, the live leaves (by fingerprint) and revision seen right after.

    `sealed` holds marks of the secrets that were sent, `salt` is that of the fingerprints.

    `blank` are the fields that no file names and that the API showed without a value; it is None in a state that an
    earlier release wrote, which says nothing about such fields. `standing` are those that had drifted already
    when this was recorded, so that what is recorded of them is older: by field, the version it is of. `earlier` are
    objects of such versions, where somebody has read them to put a field back.
    """

    desired: Body
    live: Leaves = field(default_factory=dict)
    revision: Body = field(default_factory=dict)
    sealed: Body = field(default_factory=dict)
    salt: str = ""
    blank: frozenset[str] | None = None
    standing: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, Body] = field(default_factory=dict)


def version_number(version: Any) -> Any:
    """An agent's version as the whole number that requests want, also where it came as text or as ``1.0``."""
    numeric = isinstance(version, float) or (isinstance(version, str) and version.isdecimal())
    return int(version) if numeric else version


def newest_version(live: Mapping[str, Any]) -> Any:
    """The newest version of a live object, or None if its kind has none."""
    return version_number(live.get("version")) or live.get("latest_version_id")


def revision(live: Mapping[str, Any]) -> Body:
    """What distinguishes two states of a live object without looking at its fields."""
    return {key: live[key] for key in REVISION_KEYS if live.get(key) is not None}


def moved(recorded: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether somebody may have written the object since: two revisions differ, or share nothing to compare by."""
    now = revision(live)
    shared = recorded.keys() & now.keys()
    return not shared or any(recorded[key] != now[key] for key in shared)


def is_behind(recorded: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether an answer shows an earlier state than the recorded one: the API may lag behind our own writes."""
    was, now = (version_number(side.get("version")) for side in (recorded, live))
    if isinstance(was, int) and isinstance(now, int) and was != now:
        return now < was
    same_content = recorded.get("latest_version_id") == live.get("latest_version_id")
    then = recorded.get("updated_at") or (None if same_content else recorded.get(WRITTEN))
    return _is_earlier(live.get("updated_at"), then)


def _is_earlier(time: Any, other: Any) -> bool:
    try:
        return datetime.fromisoformat(time) < datetime.fromisoformat(other)
    except (TypeError, ValueError):  # one is missing, no time, or has no zone where the other has one
        return False
