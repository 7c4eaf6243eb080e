"""Files that nothing reads although they look like ours, and where they belong. Other people's files look otherwise."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pulumi_managed_agents.files.names import suffix_of, untemplated, with_article
from pulumi_managed_agents.kinds.names import FOLDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = re.compile(r"^([A-Za-z_]+)[ \t]*:(.*(?:\n[ \t]+.*|\n- .*)*)", re.MULTILINE)
"""A field at the left margin, with all that is indented below it."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.MULTILINE | re.DOTALL)
_MODEL = re.compile(r"""[ \t]*["']?(claude-|\{\{|\{[ ]*"?id"?[ ]*:|(?:\n[ \t]+\w+:.*)*\n[ \t]+id[ \t]*:)""")
"""The value of an agent's model: an id of Anthropic's, a template, or an object with an id."""
_SANDBOX = re.compile(r"""["']?type["']?\s*:\s*["']?(cloud|self_hosted)\b""")

_ENOUGH = 100_000
"""So many characters are looked at; a definition names its fields before that."""

AGENT_FIELDS = frozenset({"system", "tools", "mcp_servers", "skills", "multiagent"})
VALUES_FIELDS = frozenset({"values", "overrides", "drift", "smoke", "allowed_secrets"})


def belongs_elsewhere(relative: str, text: str) -> str:
    """What to say about a file below the stage folder that no rule reads, or an empty text; `text` is what it holds."""
    fields = _fields(relative, text)
    if fields and fields.keys() <= VALUES_FIELDS and "values" in relative.rpartition("/")[2]:
        return "not read: the values file of a stage is stacks/<stage>.values.yaml, beside the folder"
    if {"agent", "expect"} <= fields.keys() or {"agent", "environment", "send"} <= fields.keys():
        return "not read: looks like a smoke test; these stand directly in smoke/"
    kind = _kind(fields)
    if not kind:
        return ""
    folder = next(folder for folder, of_folder in FOLDERS.items() if of_folder == kind)
    return f"not read: looks like {with_article(kind)}; put it into {folder}/, or write `type: {kind}` into it"


def _kind(fields: Mapping[str, str]) -> str:
    """The kind whose required fields these are, or an empty text."""
    if {"agent", "environment_id"} <= fields.keys() or {"agent", "initial_events"} <= fields.keys():
        return "deployment"
    if "model" in fields and (AGENT_FIELDS & fields.keys() or _MODEL.match(fields["model"])):
        return "agent"
    if "name" in fields and _SANDBOX.search(fields.get("config", "")):
        return "environment"
    if {"name", "memories"} <= fields.keys():
        return "memory_store"
    if {"display_name", "credentials"} <= fields.keys():
        return "vault"
    return ""


def _fields(relative: str, text: str) -> dict[str, str]:
    """The fields at the top of a file, each with its value as written."""
    suffix = suffix_of(untemplated(relative)) or ""
    text = text[:_ENOUGH]
    if suffix == ".json":
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return {key: json.dumps(value) for key, value in content.items()} if isinstance(content, dict) else {}
    if suffix == ".md":
        front = _FRONT_MATTER.match(text)
        text = front[1] if front else ""
    return dict(_KEY.findall(text))
