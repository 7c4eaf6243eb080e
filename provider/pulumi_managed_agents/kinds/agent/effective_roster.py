"""A coordinator's roster, keyed by member, whichever of the API's spellings it comes in."""

from __future__ import annotations

from typing import Any

from pulumi_managed_agents.reconcile.record import version_number
from pulumi_managed_agents.schema.identity import Entries, key_of

Body = dict[str, Any]
_IDENTIFIED_BY = ("path", "id", "type")
ROSTER_ENTRIES = (
    Entries(("multiagent", "agents"), _IDENTIFIED_BY, once=True),
    Entries(("multiagent", "*", "predefined_agents"), _IDENTIFIED_BY, once=True),
)
MEMBERS = {entries.place[-1]: entries for entries in ROSTER_ENTRIES}
"""The lists of members, by the name of their field."""
SECTIONS = ("subagents", "workflows", "advisor")
SECTION_DEFAULTS = {"subagents": "enabled", "workflows": "enabled", "advisor": "disabled"}


def effective_roster(multiagent: Any, declared: Any, own_id: str) -> Body:
    """`multiagent` with members as a table; `own_id` is what the API writes for a member `self`."""
    if not multiagent:
        return {}
    free = _unpinned(declared)
    if multiagent.get("type") == "multiagent_20261001":
        sections = {name: _section(name, multiagent.get(name), free, own_id) for name in SECTIONS}
        return {**multiagent, **sections}
    return {**multiagent, "agents": _members(_listed(multiagent.get("agents")), free, own_id)}


def pinned_members(multiagent: Any) -> list[Body]:
    """The `id` and `version` of each agent that a roster names, its owner aside; no version where it names none."""
    entries = [{"id": entry} if isinstance(entry, str) else entry for entry in _entries(multiagent or {})]
    named = [entry for entry in entries if entry.get("id")]
    return [{"id": entry["id"], **({"version": int(v)} if (v := entry.get("version")) else {})} for entry in named]


def explicit_roster(multiagent: Body) -> Body:
    """A roster whose every key is named, since an update merges it into the stored one, level by level.

    A null asks for the default (api type ``BetaManagedAgentsMultiagent20261001Params``).
    """
    if multiagent.get("type") != "multiagent_20261001":
        return multiagent
    return {**multiagent, **{name: _explicit(multiagent.get(name)) for name in SECTIONS}}


def _explicit(section: Body | None) -> Body | None:
    if not section or section.get("type") != "enabled" or "model" in section:
        return section
    return {"inline_agents": None, "predefined_agents": None, **section}


def _section(name: str, section: Any, free: frozenset[str], own_id: str) -> Body:
    section = section or {"type": SECTION_DEFAULTS[name]}
    if name == "advisor" or section.get("type") != "enabled":
        return dict(section)
    inline = section.get("inline_agents") or {"type": "enabled"}
    members = _members(_listed(section.get("predefined_agents")), free, own_id)
    return {**section, "inline_agents": inline, "predefined_agents": members}


def _members(entries: list[Any], free: frozenset[str], own_id: str) -> Body:
    table: Body = {}
    for entry in entries:
        member = {"type": "agent", "id": entry} if isinstance(entry, str) else entry
        key = key_of(member, MEMBERS["agents"])
        # The API writes the agent's own id where the file says `self`.
        key = "self" if own_id and key == own_id else key
        version = None if key in free or key == "self" else version_number(member.get("version"))
        table[key] = {"member": True, "version": version, "model": member.get("model")}
    return table


def _unpinned(multiagent: Any) -> frozenset[str]:
    """Members that the file names without a version."""
    if not multiagent:
        return frozenset()
    return frozenset(
        key_of(entry, MEMBERS["agents"])
        for entry in _entries(multiagent)
        if isinstance(entry, str) or not entry.get("version")
    )


def _entries(multiagent: Body) -> list[Any]:
    holders = [multiagent, *(section for name in SECTIONS if isinstance(section := multiagent.get(name), dict))]
    return [entry for holder in holders for key in MEMBERS for entry in _listed(holder.get(key))]


def _listed(members: Any) -> list[Any]:
    """The entries of a list of members; a form that is not known here may hold something else under its name."""
    return [member for member in members if isinstance(member, (str, dict))] if isinstance(members, list) else []
