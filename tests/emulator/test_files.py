from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest

if TYPE_CHECKING:
    import httpx


def test_files_are_kept_and_deleted(sdk: anthropic.Anthropic, http: httpx.Client) -> None:
    """An upload keeps name, type and size; it cannot be downloaded, and is gone when deleted."""
    file = sdk.files.upload(file=("data/rubric.md", b"# Be kind", "text/markdown"))
    assert (file.filename, file.mime_type, file.size_bytes) == ("rubric.md", "text/markdown", 9)
    assert sdk.files.list().data == [sdk.files.retrieve_metadata(file.id)] == [file]
    answer = http.get(f"/v1/files/{file.id}/content")
    assert (answer.status_code, answer.json()["error"]["details"]["error_code"]) == (400, "file_not_downloadable")
    assert sdk.files.delete(file.id).id == file.id
    with pytest.raises(anthropic.NotFoundError):
        sdk.files.retrieve_metadata(file.id)


def test_files_may_expire(sdk: anthropic.Anthropic) -> None:
    """An expiry is a number of seconds within the limits."""
    file = sdk.files.upload(file=("a.txt", b"x"), expires_in_seconds=3600)
    assert file.expires_at is not None
    assert (file.expires_at - file.created_at).total_seconds() == pytest.approx(3600, abs=5)
    with pytest.raises(anthropic.BadRequestError, match="expires_in_seconds"):
        sdk.files.upload(file=("a.txt", b"x"), expires_in_seconds=60)


def test_a_session_s_own_files_can_be_downloaded_and_go_with_it(sdk: anthropic.Anthropic, http: httpx.Client) -> None:
    """What an agent writes is listed under its session, has its content, and is deleted with the session."""
    rule = {"match": {"message": "report"}, "do": [{"file": {"name": "report.md", "content": "You said: $message"}}]}
    http.put("/_emulator/script", json={"rules": [rule]}).raise_for_status()
    agent = sdk.beta.agents.create(name="writer", model="claude-haiku-5-5")
    environment = sdk.beta.environments.create(name="desk")
    session = sdk.beta.sessions.create(agent=agent.id, environment_id=environment.id)
    message: Any = {"type": "user.message", "content": [{"type": "text", "text": "report"}]}
    with sdk.beta.sessions.events.stream(session.id) as events:
        sdk.beta.sessions.events.send(session.id, events=[message])
        next(event for event in events if event.type == "session.status_idle")
    [file] = http.get("/v1/files", params={"scope_id": session.id}).json()["data"]
    assert (file["filename"], file["downloadable"], file["scope"]["id"]) == ("report.md", True, session.id)
    assert http.get(f"/v1/files/{file['id']}/content").text == "You said: report"
    sdk.beta.sessions.delete(session.id)
    assert http.get(f"/v1/files/{file['id']}").status_code == 404


def test_files_can_be_listed_by_id(sdk: anthropic.Anthropic, http: httpx.Client) -> None:
    """Ids that do not exist are left out; a page does not go with them."""
    first, second = (sdk.files.upload(file=(name, b"x")).id for name in ("a.txt", "b.txt"))
    assert [file.id for file in sdk.files.list(ids=[first, "file_0"])] == [first]
    assert [file.id for file in sdk.files.list(limit=1)] == [second, first]
    assert http.get(f"/v1/files?ids[]={first}&limit=1").status_code == 400


def test_wrong_uploads_are_refused(http: httpx.Client) -> None:
    """A missing part and a name with forbidden characters are 400s."""
    assert http.post("/v1/files", files={"other": ("a", b"x")}).status_code == 400
    assert http.post("/v1/files", files={"file": ("a:b", b"x")}).status_code == 400
