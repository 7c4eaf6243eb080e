"""Files that an agent writes in its session: the only ones that can be downloaded, and gone with the session."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any

from managed_agents_emulator.ids import new_id, now
from managed_agents_emulator.sessions.plan import filled
from managed_agents_emulator.store import Document

if TYPE_CHECKING:
    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Store

Json = dict[str, Any]


def write_output_files(emulator: Emulator, session: Document, files: list[Json]) -> None:
    """Keep the files of a model request, each under a new id."""
    for file in files:
        content = filled(file["content"], session.private["variables"]).encode()
        body = {
            "id": new_id("file"),
            "type": "file",
            "filename": file["name"],
            "mime_type": mimetypes.guess_type(file["name"])[0] or "application/octet-stream",
            "size_bytes": len(content),
            "created_at": now(),
            "expires_at": None,
            "downloadable": True,
            "scope": {"type": "session", "id": session.id},
        }
        emulator.store.insert(Document("file", body["id"], session.workspace, body, private={"session": session.id}))
        emulator.store.put_blob(body["id"], content)


def delete_output_files(store: Store, session: Document) -> None:
    """Delete what a session wrote."""
    for file in list(store.everywhere("file")):
        if file.private.get("session") == session.id:
            store.delete(file)
            store.delete_blob(file.id)
