"""Which tool a file is for, by its content: ours although nothing reads it, or not although named like ours."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.files.document import has_front_matter
from pulumi_managed_agents.files.names import suffix_of, untemplated
from pulumi_managed_agents.kinds.names import FOLDERS
from pulumi_managed_agents.words import with_article

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.kinds.names import Kind

_KEY = re.compile(r"^([A-Za-z_$-]+)[ \t]*[:=](.*(?:\n[ \t]+.*|\n- .*)*)", re.MULTILINE)
"""A field at the left margin, with all that is indented below it."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.MULTILINE | re.DOTALL)
_MODEL = re.compile(r"""[ \t]*["']?(claude-|\{\{|\{[ ]*"?id"?[ ]*:|(?:\n[ \t]+\w+:.*)*\n[ \t]+id[ \t]*:)""")
"""The value of an agent's model: an id of Anthropic's, a template, or an object with an id."""
_SANDBOX = re.compile(r"""["']?type["']?\s*:\s*["']?(cloud|self_hosted)\b""")

_ENOUGH = 100_000
"""How many characters are searched; a definition names its fields before that."""

AGENT_FIELDS = frozenset({"system", "tools", "mcp_servers", "skills", "multiagent"})
VALUES_FIELDS = frozenset({"values", "overrides", "drift", "smoke", "allowed_secrets"})

_MARKS = {
    "environment": ({"name"}, {"name", "description", "config", "metadata"}),
    "memory_store": ({"name"}, {"name", "description", "metadata", "memories", "strict_memories"}),
    "vault": ({"display_name"}, {"display_name", "metadata", "credentials"}),
    "skill": ({"name", "description"}, {"name", "description", "license", "metadata", "allowed-tools"}),
}
"""Of the kinds that have few fields, those which one of their files names and all that it may name."""
_KINDS = "|".join(kind for kind in FOLDERS.values() if kind != "skill")
_TYPED = re.compile(rf"""^type\s*:\s*["']?({_KINDS})\b""", re.MULTILINE)
_TYPED_JSON = re.compile(rf'''"type"\s*:\s*"({_KINDS})"''')
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_FOREIGN_FIELDS = ({"apiVersion", "kind"}, {"channels", "dependencies"})
"""What marks a manifest of Kubernetes and an environment of conda, whose files are named as ours are."""


def names_kind(relative: str, text: str) -> bool:
    """Whether a `type` at the top of a file names a kind, as far as that is known before it is read."""
    suffix = suffix_of(relative)
    if suffix == ".json":
        return any(_is_at_top(text[: match.start()]) for match in _TYPED_JSON.finditer(text))
    return _TYPED.search(_front_matter(text) if suffix == ".md" else text) is not None


def _is_at_top(before: str) -> bool:
    """Tell whether what follows this JSON is in its outermost object."""
    rest = _JSON_TEXT.sub("", before)
    return rest.count("{") + rest.count("[") - rest.count("}") - rest.count("]") == 1


def is_anothers(kind: Kind, relative: str, text: str) -> bool:
    """Tell whether a file that only its name makes one of this kind is another tool's.

    `ant apply` takes no file for a vault by its name, since others keep secrets in a ``vault.yml``.
    """
    fields = _fields(relative, text)
    if kind == "vault":
        credentials = fields.get("credentials")
        return "display_name" not in fields and (credentials is None or "auth" not in credentials)
    if "json-schema.org" in fields.get("$schema", "") or any(marks <= fields.keys() for marks in _FOREIGN_FIELDS):
        return True
    parts = PurePosixPath(relative).parts[:-1]
    is_page = suffix_of(relative) == ".md" and text.lstrip().startswith("#") and not has_front_matter(text)
    return is_page and bool(parts) and not any(part in FOLDERS for part in parts)


def is_like(kind: Kind, relative: str, text: str) -> bool:
    """Tell whether a file that stands where none of this kind is read looks like one."""
    fields = _fields(relative, text)
    if kind in _MARKS:
        needed, known = _MARKS[kind]
        return needed <= fields.keys() <= known
    return _kind(fields) == kind or (kind == "agent" and {"name", "model"} <= fields.keys())


def belongs_elsewhere(relative: str, text: str) -> str:
    """What to say about a file below the stage folder that no rule reads, or an empty string; `text` is its content."""
    fields = _fields(relative, text)
    if fields and fields.keys() <= VALUES_FIELDS and "values" in relative.rpartition("/")[2]:
        return "not read: the values file of a stage is stacks/<stage>.values.yaml, beside the folder"
    if {"agent", "expect"} <= fields.keys() or {"agent", "environment", "send"} <= fields.keys():
        return "not read: looks like a smoke test; these belong directly in smoke/"
    kind = _kind(fields)
    if not kind:
        return ""
    folder = next(folder for folder, of_folder in FOLDERS.items() if of_folder == kind)
    return f"not read: looks like {with_article(kind)}; put it into {folder}/, or write `type: {kind}` into it"


def _kind(fields: Mapping[str, str]) -> str:
    """The kind whose required fields these are, or an empty string."""
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
    return dict(_KEY.findall(_front_matter(text) if suffix == ".md" else text))


def _front_matter(text: str) -> str:
    front = _FRONT_MATTER.match(text)
    return front[1] if front else ""
