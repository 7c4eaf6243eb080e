"""Files: uploaded once, never changed, and never downloaded again by the user who uploaded them.

Those that a session wrote can be downloaded; they are made in `sessions.output_files`.
"""

from __future__ import annotations

import mimetypes
import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from managed_agents_emulator import paging
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, refused
from managed_agents_emulator.ids import moment, new_id, now, timestamp
from managed_agents_emulator.store import Document

Json = dict[str, Any]
_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')


def upload(call: Call) -> Json:
    """Keep a file under a new id."""
    part = call.form.get("file") if call.form else None
    if not isinstance(part, UploadFile):
        raise invalid("file: a file part is required")
    content, name = part.file.read(), PurePosixPath(part.filename or "").name
    mime_type = part.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    name = name or "unnamed" + (mimetypes.guess_extension(mime_type) or "")
    if len(name) > 255 or _FORBIDDEN.search(name):
        raise invalid('file: the name must have 1 to 255 characters and none of <>:"|?*\\/')
    body: Json = {
        "id": new_id("file"),
        "type": "file",
        "filename": name,
        "mime_type": mime_type,
        "size_bytes": len(content),
        "created_at": now(),
        "expires_at": _expiry(call),
        "downloadable": False,
    }
    call.store.insert(Document("file", body["id"], call.workspace, body))
    call.store.put_blob(body["id"], content)
    return body


def list_files(call: Call) -> Json:
    """The files of the workspace, or those of `ids[]` that exist."""
    ids = set(call.query.getlist("ids[]"))
    if ids and (len(ids) > 100 or "page" in call.query or "limit" in call.query):
        raise invalid("ids: at most 100 ids are allowed, and no page or limit beside them")
    scope = call.query.get("scope_id")
    page = call.list(
        "file",
        lambda file: not ids or file.id in ids,
        lambda file: scope is None or file.private.get("session") == scope,
        size=100 if ids else paging.limit(call.query, most=1000),
    )
    return {"data": [file.body for file in page.documents], "next_page": page.next_page}


def get(call: Call) -> Json:
    """What is known about a file."""
    return call.find("file", call.path["id"]).body


def content(call: Call) -> Response:
    """The bytes of a file that a session wrote; uploaded files cannot be downloaded, expired ones are gone."""
    file = call.find("file", call.path["id"])
    expires_at = file.body["expires_at"]
    if expires_at and moment(expires_at) <= datetime.now(UTC):
        raise refused(404, f"File {file.id} has expired.", code="file_expired")
    if file.body["downloadable"]:
        return Response(call.store.get_blob(file.id), media_type=file.body["mime_type"])
    raise invalid(f"File {file.id} was uploaded and cannot be downloaded.", code="file_not_downloadable")


def delete(call: Call) -> Json:
    """Delete a file."""
    file = call.find("file", call.path["id"])
    call.store.delete(file)
    call.store.delete_blob(file.id)
    return {"id": file.id, "type": "file_deleted"}


def _expiry(call: Call) -> str | None:
    text = call.form.get("expires_in_seconds") if call.form else None
    if text is None:
        return None
    if not isinstance(text, str) or not text.isdecimal() or not 3600 <= int(text) <= 7_776_000:
        raise invalid("expires_in_seconds: must be a whole number from 3600 to 7776000")
    return timestamp(datetime.now(UTC) + timedelta(seconds=int(text)))


OPERATIONS = (
    Operation("POST", "/v1/files", upload, beta=None),
    Operation("GET", "/v1/files", list_files, beta=None),
    Operation("GET", "/v1/files/{id}", get, beta=None),
    Operation("GET", "/v1/files/{id}/content", content, beta=None),
    Operation("DELETE", "/v1/files/{id}", delete, beta=None),
)
