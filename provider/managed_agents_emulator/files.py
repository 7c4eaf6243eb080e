"""Files: uploaded once, never changed, and never downloaded again by the user who uploaded them.

Those that a session wrote can be downloaded; they are made in `sessions.resources`.
"""

from __future__ import annotations

import mimetypes
import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.responses import Response

from managed_agents_emulator import paging
from managed_agents_emulator.crud import Kind
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, refused
from managed_agents_emulator.fields import whole_number
from managed_agents_emulator.store import moment, timestamp

if TYPE_CHECKING:
    from managed_agents_emulator.store import Document, Json

EARLIER = "files-api-2025-04-14"
"""The beta name whose clients know no expiry, and lists that are paged by ids."""


def _shown(call: Call, file: Document) -> Json:
    known = (field for field in file.body if field != "expires_at" or EARLIER not in call.betas)
    return {field: file.body[field] for field in known}


FILE = Kind(name="file", prefix="file", times=("created_at",), archives=False, shown=_shown)
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
    fields = {
        "filename": name,
        "mime_type": mime_type,
        "size_bytes": len(content),
        "expires_at": _expiry(call),
        "downloadable": False,
    }
    file = FILE.new(call, fields)
    call.store.put_blob(file.id, content)
    return _shown(call, file)


def list_files(call: Call) -> Json:
    """List the files of the workspace, or those of `ids[]` that exist."""
    ids = set(call.query.getlist("ids[]"))
    if ids and (len(ids) > 100 or "page" in call.query or "limit" in call.query):
        raise invalid("ids: at most 100 ids are allowed, and no page or limit beside them")
    scope, size = call.query.get("scope_id"), 100 if ids else paging.limit(call.query, most=1000)

    def keep(file: Document) -> bool:
        return (not ids or file.id in ids) and scope in (None, file.private.get("session"))

    if EARLIER in call.betas:
        files = filter(keep, call.store.children("file", call.workspace, ascending=False))
        return paging.by_id(call.query, [_shown(call, file) for file in files], size=size)
    return FILE.listed(call, keep, size=size)


def content(call: Call) -> Response:
    """Give the bytes of a file that a session wrote; uploaded files cannot be downloaded, expired ones are gone."""
    file = FILE.find(call)
    expires_at = file.body["expires_at"]
    if expires_at and moment(expires_at) <= datetime.now(UTC):
        raise refused(404, f"File {file.id} has expired.", code="file_expired")
    if file.body["downloadable"]:
        return Response(call.store.get_blob(file.id), media_type=file.body["mime_type"])
    raise invalid(f"File {file.id} was uploaded and cannot be downloaded.", code="file_not_downloadable")


def delete(call: Call) -> Json:
    """Delete a file with its bytes."""
    file = FILE.find(call)
    call.store.delete_blob(file.id)
    return FILE.remove(call, file)


def _expiry(call: Call) -> str | None:
    text = call.form.get("expires_in_seconds") if call.form else None
    if text is None:
        return None
    seconds = whole_number(str(text), "expires_in_seconds", least=3600, most=7_776_000)
    return timestamp(datetime.now(UTC) + timedelta(seconds=seconds))


OPERATIONS = (
    Operation("POST", "/v1/files", upload, betas=()),
    Operation("GET", "/v1/files", list_files, betas=()),
    Operation("GET", "/v1/files/{id}", FILE.get, betas=()),
    Operation("GET", "/v1/files/{id}/content", content, betas=()),
    Operation("DELETE", "/v1/files/{id}", delete, betas=()),
)
