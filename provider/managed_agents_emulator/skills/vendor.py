"""The built-in skills every workspace can use and none can change."""

from __future__ import annotations

from managed_agents_emulator.skills.reference import version_key
from managed_agents_emulator.store import Document, Store

_SINCE = "2025-10-13T00:00:00.000000Z"
_VERSION = "20251013"
_SKILLS = {
    "xlsx": "Read, create and edit spreadsheets.",
    "pptx": "Read, create and edit presentations.",
    "docx": "Read, create and edit text documents.",
    "pdf": "Read, create and fill PDF documents.",
}


def add_vendor_skills(store: Store, workspace: str) -> None:
    """Put the built-in skills into a workspace that does not have them yet."""
    for name, description in _SKILLS.items():
        if store.get("skill", name, workspace):
            continue
        skill = {
            "id": name,
            "type": "skill",
            "display_name": name,
            "latest_version_id": _VERSION,
            "source": {"type": "anthropic"},
            "created_at": _SINCE,
            "updated_at": _SINCE,
        }
        version = {
            "id": _VERSION,
            "type": "skill_version",
            "skill_id": name,
            "name": name,
            "description": description,
            "created_at": _SINCE,
        }
        store.insert(Document("skill", name, workspace, skill))
        store.insert(Document("skill_version", version_key(name, _VERSION), workspace, version, parent=name))
