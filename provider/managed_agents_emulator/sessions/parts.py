"""The operations on what belongs to a session: events, streams, threads, resources."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from managed_agents_emulator import paging
from managed_agents_emulator.crud import Kind, page_of
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, not_found
from managed_agents_emulator.sessions.events import Send
from managed_agents_emulator.sessions.receiving import take_in
from managed_agents_emulator.sessions.resources import FileResource, TokenRotation, mounted
from managed_agents_emulator.sessions.stream import Framing, frames
from managed_agents_emulator.sessions.threads import child_threads, find_thread, shown
from managed_agents_emulator.store import Json, now

if TYPE_CHECKING:
    from managed_agents_emulator.store import Document

EVENT = Kind(name="event", prefix="sevt")
STATUSES = {"rescheduling", "running", "idle", "terminated"}
_PREVIEWS = {"agent.message", "agent.thinking"}


def list_events(call: Call) -> Json:
    """List the history of a session, oldest first unless asked otherwise."""
    session = _session(call)
    types = set(call.query.getlist("types[]"))
    return EVENT.listed(
        call,
        lambda event: not types or event.body["type"] in types,
        paging.in_time(call.query, field="processed_at"),
        parent=_stream(call, session),
        size=paging.limit(call.query, default=1000, most=1000),
        ascending=paging.ascending(call.query, "asc"),
    )


def send_events(call: Call) -> Json:
    """Accept a client's events."""
    session = _session(call)
    if session.body["status"] == "terminated":
        raise invalid(f"Session {session.id} is terminated and takes no events.")
    echoes = take_in(call, session, call.read(Send).events)
    call.store.save(session)
    return {"data": echoes}


def stream_events(call: Call) -> Response:
    """Stream what happens in a session from now on, as server-sent events."""
    session = _session(call)
    previews = frozenset(call.query.getlist("event_deltas[]"))
    if previews - _PREVIEWS:
        raise invalid(f"event_deltas: must be among {', '.join(sorted(_PREVIEWS))}")
    streams, stream = call.emulator.streams, _stream(call, session)
    subscription = streams.subscribe(stream, previews)
    framing = Framing(
        typed=call.switches.event_frames == "typed",
        break_after=call.stream_events,
        break_connection=partial(call.emulator.drop_connection, call.client),
    )
    content = frames(streams, stream, subscription, framing)
    return StreamingResponse(content, media_type="text/event-stream", headers={"cache-control": "no-store"})


def list_threads(call: Call) -> Json:
    """List the threads of a session, the primary one first."""
    session, statuses = _session(call), set(call.query.getlist("statuses[]"))
    if statuses - STATUSES:
        raise invalid(f"statuses: must be among {', '.join(sorted(STATUSES))}")
    threads = [shown(session, thread) for thread in (None, *child_threads(session))]
    matching = [thread for thread in threads if not statuses or thread["status"] in statuses]
    return page_of(call, matching, f"threads/{session.id}", size=paging.limit(call.query, default=1000, most=1000))


def get_thread(call: Call) -> Json:
    """Answer with one thread."""
    session = _session(call)
    return shown(session, find_thread(session, call.path["thread"]))


def archive_thread(call: Call) -> Json:
    """Archive the thread of a delegated task; the primary one lives and ends with its session."""
    session = _session(call)
    thread = find_thread(session, call.path["thread"])
    if thread is None:
        raise invalid("The primary thread of a session cannot be archived; archive the session.")
    if thread["archived_at"] is None:
        thread["archived_at"] = thread["updated_at"] = now()
        call.store.save(session)
    return shown(session, thread)


def list_resources(call: Call) -> Json:
    """List what is mounted into a session."""
    session, size = _session(call), paging.limit(call.query, default=1000, most=1000)
    return page_of(call, session.body["resources"], f"resources/{session.id}", size=size)


def add_resource(call: Call) -> Json:
    """Mount a file into a session."""
    session = _living(call)
    resource = mounted(call.read(FileResource), session.id, call)
    _save_resources(call, session, [*session.body["resources"], resource])
    return resource


def get_resource(call: Call) -> Json:
    """Answer with one resource of a session."""
    return _resource(_session(call), call.path["resource"])


def rotate_token(call: Call) -> Json:
    """Give a repository another token, of which nothing is shown."""
    session = _living(call)
    resource = _resource(session, call.path["resource"])
    call.read(TokenRotation)
    if resource["type"] != "github_repository":
        raise invalid("Only github_repository resources have a token.")
    resource["updated_at"] = now()
    call.store.save(session)
    return resource


def delete_resource(call: Call) -> Json:
    """Unmount a file from a session, and forget the session's copy of it."""
    session = _living(call)
    resource = _resource(session, call.path["resource"])
    if resource["type"] != "file":
        raise invalid("Only file resources can be removed from a session.")
    call.store.delete(call.find("file", resource["file_id"]))
    call.store.delete_blob(resource["file_id"])
    _save_resources(call, session, [other for other in session.body["resources"] if other is not resource])
    return {"id": resource["id"], "type": "session_resource_deleted"}


def _session(call: Call) -> Document:
    session = call.find("session", call.path["id"])
    if "thread" in call.path:
        find_thread(session, call.path["thread"])
    return session


def _living(call: Call) -> Document:
    session = _session(call)
    if session.body["status"] == "terminated":
        raise invalid(f"Session {session.id} is terminated.")
    return session


def _stream(call: Call, session: Document) -> str:
    """Find what the events asked for belong to; those of the primary thread are the session's own."""
    thread = call.path.get("thread")
    return session.id if thread in (None, session.private["thread"]) else str(thread)


def _resource(session: Document, id_: str) -> Json:
    for resource in session.body["resources"]:
        if resource.get("id") == id_:
            return resource  # type: ignore[no-any-return]  # from JSON
    raise not_found("Session resource", id_)


def _save_resources(call: Call, session: Document, resources: list[Json]) -> None:
    session.body |= {"resources": resources, "updated_at": now()}
    call.store.save(session)


OPERATIONS = (
    Operation("GET", "/v1/sessions/{id}/events", list_events),
    Operation("POST", "/v1/sessions/{id}/events", send_events),
    Operation("GET", "/v1/sessions/{id}/events/stream", stream_events),
    Operation("GET", "/v1/sessions/{id}/threads", list_threads),
    Operation("GET", "/v1/sessions/{id}/threads/{thread}", get_thread),
    Operation("POST", "/v1/sessions/{id}/threads/{thread}/archive", archive_thread),
    Operation("GET", "/v1/sessions/{id}/threads/{thread}/events", list_events),
    Operation("GET", "/v1/sessions/{id}/threads/{thread}/stream", stream_events),
    Operation("GET", "/v1/sessions/{id}/resources", list_resources),
    Operation("POST", "/v1/sessions/{id}/resources", add_resource),
    Operation("GET", "/v1/sessions/{id}/resources/{resource}", get_resource),
    Operation("POST", "/v1/sessions/{id}/resources/{resource}", rotate_token),
    Operation("DELETE", "/v1/sessions/{id}/resources/{resource}", delete_resource),
)
