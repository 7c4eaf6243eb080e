"""Merging what a values file overrides into a definition.

Three rules: a mapping merges, anything else replaces, null removes. A mapping over a list merges into the entries
its keys identify (``mcp_servers: {crm: {url: …}}``) and appends those that are not there yet.
"""

from __future__ import annotations

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.node import FieldPath, Node, field_name
from pulumi_managed_agents.schema.identity import UNDESCRIBED, Entries, appended_field, entries_at, identity

Lists = tuple[Entries, ...]


def merge(base: Node, override: Node, lists: Lists, path: FieldPath = ()) -> Node:
    """Return `base` with the override merged in; every node keeps the place it was written at.

    `lists` say what identifies the entries of the lists in such a body.

    Raises `InputError` if a mapping meets a list that has no such entries.
    """
    if not isinstance(override.value, dict):
        return override
    if isinstance(base.value, list):
        return _merge_list(base, override, lists, path)
    if path[-1:] == ("model",) and isinstance(base.value, str):
        base = Node({"id": base}, base.file, base.line)
    mapping = base if isinstance(base.value, dict) else Node({}, override.file, override.line)
    return _merge_dict(mapping, override, lists, path)


def _merge_dict(base: Node, override: Node, lists: Lists, path: FieldPath) -> Node:
    merged: dict[str, Node] = dict(base.value)
    for key, change in override.value.items():
        if change.value is None:
            merged.pop(key, None)
        else:
            place = (*path, key)
            merged[key] = merge(merged.get(key, _absent(change, lists, place)), change, lists, place)
    return Node(merged, base.file, base.line)


def _absent(change: Node, lists: Lists, path: FieldPath) -> Node:
    entries = entries_at(lists, path)
    return Node([] if entries and entries.by else {}, change.file, change.line)


def _merge_list(base: Node, override: Node, lists: Lists, path: FieldPath) -> Node:
    entries: list[Node] = list(base.value)
    rule = entries_at(lists, path) or UNDESCRIBED
    for key, change in override.value.items():
        index = _find(entries, key, change, rule, path)
        if change.value is None:
            entries[index : index + 1] = []
        elif index < len(entries):
            entries[index] = merge(_as_mapping(entries[index]), change, lists, (*path, index))
        else:
            entries.append(_new_entry(key, change, rule, path))
    return Node(entries, base.file, base.line)


def _find(items: list[Node], key: str, change: Node, entries: Entries, path: FieldPath) -> int:
    """Return the index of the entry a key identifies, or one past the end."""
    places = [index for index, item in enumerate(items) if _name(item, entries) == key]
    if len(places) > 1:
        message = f"{key!r} is {len(places)} entries of the list; write the whole list to replace it"
        raise InputError([Finding(change.file, change.line, field_name((*path, key)), message)])
    return places[0] if places else len(items)


def _name(item: Node, entries: Entries) -> str | None:
    """Return what identifies an entry of a list; a text is its own name."""
    fields = {key: node.value for key, node in item.value.items()} if isinstance(item.value, dict) else item.value
    found = identity(fields, entries)
    return found[1] if found else None


def _as_mapping(entry: Node) -> Node:
    return Node({"path": entry}, entry.file, entry.line) if isinstance(entry.value, str) else entry


def _new_entry(key: str, change: Node, entries: Entries, path: FieldPath) -> Node:
    if not isinstance(change.value, dict):
        message = "no such entry in the list; give the fields of a new one, or write the whole list"
        raise InputError([Finding(change.file, change.line, field_name((*path, key)), message)])
    if _name(change, entries) == key:
        return change
    kind = change.value.get("type")
    field = appended_field(entries, key, kind.value if kind else None)
    return Node({field: Node(key, change.file, change.line), **change.value}, change.file, change.line)
