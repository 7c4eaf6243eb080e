"""Setting one value in ``stacks/Pulumi.<stage>.yaml`` such that all else in it stays, comments included.

The Pulumi CLI could do it as well (`pulumi config set --path`), but need not be there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    import yaml

    Entries = list[tuple[yaml.Node, yaml.Node]]


def with_config(text: str, key: str, value: Any, file: str) -> str:
    """The text of a stack file with `value` under ``config:``, written as JSON in one line.

    Raises `InputError` that names `file` and the line to write by hand, where the text is too unusual to be edited.
    """
    entry = f"{key}: {json.dumps(value, ensure_ascii=False)}"
    changed = _edited(text, key, entry)
    before = _read(text)
    if _read(changed) != {**before, "config": {**(before.get("config") or {}), key: value}}:
        raise InputError(f"{file}: cannot be edited as it is written; write below `config:` by hand: {entry}")
    return changed


def _edited(text: str, key: str, entry: str) -> str:
    config = next((node for name, node in _entries(_node(text)) if name.value == "config"), None)
    if config is None:
        head = text if not text or text.endswith("\n") else f"{text}\n"
        return f"{head}config:\n  {entry}\n"
    entries = _entries(config)
    start, end = config.start_mark.index, config.end_mark.index
    for name, node in entries:
        if name.value == key:
            return text[: name.start_mark.index] + entry + text[_end(node) :]
    if not entries:
        return f"{text[:start].rstrip(' ')}\n  {entry}{text[end:]}"
    first = entries[0][0].start_mark
    separator = ", " if _in_one_line(config) else f"\n{' ' * first.column}"
    return text[: first.index] + entry + separator + text[first.index :]


def _end(node: yaml.Node) -> int:
    """Where the last character of a value stands; a block's own mark comes after the comments that follow it."""
    last = [value for entry in _entries(node) for value in entry][-1:]
    index: int = node.end_mark.index if not last or _in_one_line(node) else _end(last[0])
    return index


def _in_one_line(node: yaml.Node) -> bool:
    return bool(getattr(node, "flow_style", False))


def _entries(node: yaml.Node | None) -> Entries:
    import yaml

    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _node(text: str) -> yaml.Node | None:
    import yaml

    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return node


def _read(text: str) -> dict[str, Any]:
    import yaml

    return dict(yaml.safe_load(text) or {})
