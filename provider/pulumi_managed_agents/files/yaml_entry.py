"""Edit the files a team writes by hand, values files and ``Pulumi.<stage>.yaml``: one entry changes, the rest stays.

ruamel.yaml keeps comments, order, quotes and indentation. The Pulumi CLI could set a stack's configuration as well
(`pulumi config set --path`), but it need not be installed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDEST = 1_000_000
"""A line width that no entry reaches, so that no line of the file is wrapped again."""


def with_config(text: str, key: str, value: Any, file: str) -> str:
    """Return the text of a stack file with `value` under ``config:``, in one line; an older value is replaced.

    Raises:
        InputError: The text is written so unusually that it cannot be edited safely. The message names `file` and the
            line to write by hand.
    """
    changed = _with_entry(text, "config", key, value)
    if changed is None:
        line = f"{key}: {json.dumps(value, ensure_ascii=False)}"
        raise InputError(f"{file}: cannot be edited as it is written; write below `config:` by hand: {line}")
    return changed


def with_override(text: str, name: str, fields: Mapping[str, Any]) -> str | None:
    """Return the text of a values file with one more entry under ``overrides:``.

    Returns None if the file has an entry of that name, or cannot be edited safely.
    """
    return None if name in (_plain(text) or {}).get("overrides", {}) else _with_entry(text, "overrides", name, fields)


def _with_entry(text: str, section: str, key: str, value: Any) -> str | None:
    """Return the text with one entry of a top-level section set; None if anything else would change with it."""
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.util import load_yaml_guess_indent

    before = _plain(text)
    if before is None or not isinstance(before.get(section) or {}, dict):
        return None
    document, _, dash = load_yaml_guess_indent(text)
    indent = min((len(indentation) for indentation in re.findall(r"^( +)(?=[^ #\n-])", text, re.MULTILINE)), default=2)
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDEST
    yaml.indent(mapping=indent, sequence=(dash or 0) + 2, offset=dash or 0)
    document = CommentedMap() if document is None else document
    if not document.get(section):
        document[section] = CommentedMap()
    entries = document[section]
    if key in entries:
        following = _comment_after(entries[key])
        entries[key] = _in_one_line(value)
        if following is not None:
            entries.ca.items[key] = [None, None, following, None]
    else:  # in front of the others: what follows the last entry may be a comment on the next section
        entries.insert(0, key, _in_one_line(value))
    written = StringIO()
    yaml.dump(document, written)
    changed = written.getvalue()
    expected = {**before, section: {**(before.get(section) or {}), key: value}}
    return changed if _plain(changed) == expected else None


def _comment_after(value: Any) -> Any:
    """Return the comment that follows a block value. ruamel.yaml keeps it at the last leaf inside the value."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    found = None
    while isinstance(value, (CommentedMap, CommentedSeq)) and value:
        last = next(reversed(value)) if isinstance(value, CommentedMap) else len(value) - 1
        comments = value.ca.items.get(last) or []
        found = next((comment for comment in comments if comment is not None), None)
        value = value[last]
    return found


def _in_one_line(value: Any) -> Any:
    from ruamel.yaml.comments import CommentedMap

    if not isinstance(value, dict):
        return value
    entry = CommentedMap({key: _in_one_line(item) for key, item in value.items()})
    entry.fa.set_flow_style()
    return entry


def _plain(text: str) -> dict[str, Any] | None:
    """Return what the text says; None if it is no mapping."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        value = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return None
    return {} if value is None else value if isinstance(value, dict) else None
