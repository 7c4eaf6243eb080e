"""The first form of effective definitions, in which receipts of earlier releases hold them.

No receipt is issued in it any more, because the order of lists and defaults that are written out change it; the second
form is in `effective`. A receipt in the first form is compared with the first form of today's definitions.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.stage.definition import Reference, text_for_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.files.node import FieldPath
    from pulumi_managed_agents.stage import Definition

SHORT = 12
IDENTITIES = ("name", "mcp_server_name", "display_name", "memory_store_id", "file_id", "skill_id", "type")
"""The fields that may identify an entry of a list: the first of them that it has does."""


def first_form(definition: Definition) -> dict[str, str]:
    """The short digest of each field's value by ``NAME:FIELD``; a credential's are under its vault."""
    return {key: _short(value) for key, _, value in _fields(definition)}


def first_form_paths(definition: Definition) -> dict[str, FieldPath]:
    """Where each field is in its definition, by the same keys."""
    return {key: path for key, path, _ in _fields(definition)}


def first_form_digest(leaves: Mapping[str, str]) -> str:
    """SHA-256 in hex over the fields of a root."""
    return hashlib.sha256(text_for_digest(leaves)).hexdigest()


def _fields(definition: Definition) -> Iterator[tuple[str, FieldPath, Any]]:
    name, body = definition.name, definition.body
    if definition.kind == "credential":
        name = next((reference.target for reference in definition.references if reference.kind == "vault"), name)
    if definition.bundle:
        body = {**body, "files": definition.bundle.digest}
    if definition.kind == "file":
        body = {key: value for key, value in body.items() if key != "file"}
    for shown, path, value in _leaves(body, definition.within, ()):
        yield f"{name}:{field_name(shown)}", path, value


def _leaves(value: Any, shown: FieldPath, path: FieldPath) -> Iterator[tuple[FieldPath, FieldPath, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*shown, key), (*path, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, (key, item) in enumerate(zip(_keys(value), value, strict=True)):
            yield from _leaves(item, (*shown, key), (*path, index))
    else:
        yield shown, path, value


def _keys(entries: list[Any]) -> list[str | int]:
    names = [_identity(entry) for entry in entries]
    counts = Counter(names)
    return [name if name and counts[name] == 1 else index for index, name in enumerate(names)]


def _identity(entry: Any) -> str:
    if isinstance(entry, Reference):
        return entry.target
    names = (entry.get(field) for field in IDENTITIES) if isinstance(entry, dict) else ()
    return next((name for name in names if isinstance(name, str)), "")


def _short(value: Any) -> str:
    return hashlib.sha256(text_for_digest(value)).hexdigest()[:SHORT]
