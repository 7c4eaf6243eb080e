"""Which fields of a kind somebody can change behind our back, so that a stage may choose not to mind."""

from __future__ import annotations

from pulumi_managed_agents.definitions.spelling import suggestion_or_list

DRIFTING = {"skill": {"files"}, "vault": {"display_name", "metadata"}}
"""Kinds of whose definition other fields can drift than its file has."""


def cannot_drift(kind: str, path: str) -> str:
    """Why it says nothing to ignore drift of this dotted path, or an empty text."""
    from pulumi_managed_agents.definitions import MODELS

    if kind == "file":
        return "an uploaded file never changes, so nothing of it can drift"
    field = path.split(".", maxsplit=1)[0]
    fields = DRIFTING.get(kind) or MODELS[kind].model_fields.keys() - {"type"}
    if field in fields:
        return ""
    return f"{kind.replace('_', ' ')}s have no field '{field}' that could drift{suggestion_or_list(field, fields)}"
