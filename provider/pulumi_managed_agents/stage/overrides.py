"""Merging what a values file overrides into a definition.

Three rules: a mapping merges, anything else replaces, null removes. A mapping over a list merges into the entries
its keys identify (``mcp_servers: {crm: {url: …}}``) and appends those that are not there yet.
"""

from __future__ import annotations

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.stage.node import Node, Path, field_name

_IDENTITIES = (
    "mcp_server_name",
    "name",
    "path",
    "skill_id",
    "id",
    "memory_store_id",
    "file_id",
    "url",
    "display_name",
    "type",
)
"""The field that tells an entry of a list from its neighbours: the first of these it has."""

_NEW_ENTRY = {
    "mcp_servers": "name",
    "configs": "name",
    "tools": "name",
    "skills": "path",
    "agents": "path",
    "predefined_agents": "path",
    "resources": "path",
    "memory_stores": "path",
    "credentials": "display_name",
}
"""Lists of objects, and the field that takes the key of an appended entry."""


def merge(base: Node, override: Node, path: Path = ()) -> Node:
    """Return `base` with the override merged in; every node keeps the place it was written at.

    Raises `InputError` where a mapping meets a list that has no such entries.
    """
    if not isinstance(override.value, dict):
        return override
    if isinstance(base.value, list):
        return _merge_list(base, override, path)
    if path[-1:] == ("model",) and isinstance(base.value, str):
        base = Node({"id": base}, base.file, base.line)
    return _merge_dict(base if isinstance(base.value, dict) else Node({}, override.file, override.line), override, path)


def _merge_dict(base: Node, override: Node, path: Path) -> Node:
    merged: dict[str, Node] = dict(base.value)
    for key, change in override.value.items():
        if change.value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key, _absent(key, change)), change, (*path, key))
    return Node(merged, base.file, base.line)


def _absent(key: str, change: Node) -> Node:
    return Node([] if key in _NEW_ENTRY else {}, change.file, change.line)


def _merge_list(base: Node, override: Node, path: Path) -> Node:
    entries: list[Node] = list(base.value)
    for key, change in override.value.items():
        index = _find(entries, key, change, path)
        if change.value is None:
            entries[index : index + 1] = []
        elif index < len(entries):
            entries[index] = merge(_as_mapping(entries[index]), change, (*path, index))
        else:
            entries.append(_new_entry(key, change, path))
    return Node(entries, base.file, base.line)


def _find(entries: list[Node], key: str, change: Node, path: Path) -> int:
    """Return the index of the entry a key identifies, or one past the end."""
    found = [index for index, entry in enumerate(entries) if identity(entry) == key]
    if len(found) > 1:
        message = f"{key!r} is {len(found)} entries of the list; write the whole list to replace it"
        raise InputError([Finding(change.file, change.line, field_name((*path, key)), message)])
    return found[0] if found else len(entries)


def identity(entry: Node) -> str | None:
    """Return what tells a list's entry from its neighbours: a name, a server, a path or id; a text is its own."""
    if isinstance(entry.value, dict):
        names = (entry.value[field].value for field in _IDENTITIES if field in entry.value)
        return next((name for name in names if isinstance(name, str)), None)
    return entry.value if isinstance(entry.value, str) else None


def _as_mapping(entry: Node) -> Node:
    return Node({"path": entry}, entry.file, entry.line) if isinstance(entry.value, str) else entry


def _new_entry(key: str, change: Node, path: Path) -> Node:
    if not isinstance(change.value, dict):
        message = "no such entry in the list; give the fields of a new one, or write the whole list"
        raise InputError([Finding(change.file, change.line, field_name((*path, key)), message)])
    if identity(change) == key:
        return change
    named = Node(key, change.file, change.line)
    return Node({_identity_field(key, change, path): named, **change.value}, change.file, change.line)


def _identity_field(key: str, change: Node, path: Path) -> str:
    if path[-1] == "tools" and key.startswith("agent_toolset"):
        return "type"
    kind = change.value.get("type")
    if path[-1] == "tools" and kind is not None and kind.value == "mcp_toolset":
        return "mcp_server_name"
    return _NEW_ENTRY.get(str(path[-1]), "name")
