"""Facts about files (`/v1/files`): uploaded once, never changed; another content is another file.

A definition's body is ``{file, digest, filename, expires_in_seconds?}``. The API returns no digest, so our own decides
whether there is something to upload. A file carries no mark either: what a run uploads is noted on this machine.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.source_files import digest_of
from pulumi_managed_agents.kinds.file import upload_note
from pulumi_managed_agents.reconcile.kind import Facts, Operations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.reconcile.kind import LiveObjects
    from pulumi_managed_agents.reconcile.leaves import Body

COMPARED = ("digest", "filename", "expires_in_seconds")
OWNER = "owner"


def effective(body: Body, declared: Body, own_id: str = "") -> Body:
    """What a file is compared by; `file` is only where the bytes come from."""
    return {key: value for key, value in body.items() if key in COMPARED}


class FileOperations(Operations):
    """Uploads instead of bodies; the mark goes into a note."""

    def owned(self, body: Body, mark: str) -> Body:
        """The body with the mark beside its file."""
        return {**body, OWNER: mark}

    def find(self, live: LiveObjects, facts: Facts, mark: str, body: Body, candidates: Iterable[Body]) -> Body | None:
        """The upload that an interrupted run on this machine has noted, if it is there."""
        noted = upload_note.read(mark)
        return noted.find_in(candidates) if noted and noted.digest == body["digest"] else None

    def left_over(self, mark: str, body: Body, candidates: Iterable[Body]) -> Body | None:
        """The upload of other content that an interrupted run on this machine has noted and no state records."""
        noted = upload_note.read(mark)
        is_other = noted is not None and noted.digest != body["digest"] and noted.is_left_over
        return noted.find_in(candidates) if noted and is_other else None

    def recorded(self, mark: str, id: str) -> None:
        """Note that a state holds the upload."""
        noted = upload_note.read(mark)
        if noted and not noted.recorded and id == noted.id:
            upload_note.write(replace(noted, recorded=True))

    def create(self, endpoints: Any, body: Body) -> Body:
        """Upload the file, whose bytes must still be those that were previewed."""
        try:
            content = Path(body["file"]).read_bytes()
        except OSError as error:
            raise InputError(f"{body['file']}: cannot be read: {error.strerror}") from None
        if digest_of(content) != body["digest"]:
            raise InputError(f"{body['file']}: changed since the program read it; run again")
        there = [file["id"] for file in endpoints.list(limit=1000) if file.get("filename") == body["filename"]]
        noted = upload_note.about(body[OWNER], body["digest"], body["filename"], len(content), there)
        upload_note.write(noted)
        uploaded: Body = endpoints.upload(body["filename"], content, body.get("expires_in_seconds"))
        # An answer that is no file of ours is refused by the caller.
        if uploaded["id"] not in there and uploaded.get("type") in {None, "file"}:
            upload_note.write(noted.with_id(uploaded["id"]))
        return uploaded


FILE = Facts(
    kind="file",
    collection="files",
    id_prefix="file_",
    effective=effective,
    replaced_by=tuple((field,) for field in COMPARED),
    list_filters={},
    unsteady=(("digest",), ("expires_in_seconds",)),
    marked=False,
    removal="delete",
    operations=FileOperations(),
)
