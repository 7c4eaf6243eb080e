"""The operations on sessions themselves; those on their events and parts are in `parts`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from managed_agents_emulator import paging
from managed_agents_emulator.crud import Kind, mark_archived
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, refused
from managed_agents_emulator.hosts import check_web_domains
from managed_agents_emulator.sessions import parts
from managed_agents_emulator.sessions.definition import SessionCreate, SessionUpdate, changes, session_agent
from managed_agents_emulator.sessions.event_log import emit
from managed_agents_emulator.sessions.receiving import take_in
from managed_agents_emulator.sessions.resources import delete_output_files, mounted_all
from managed_agents_emulator.sessions.threads import child_threads
from managed_agents_emulator.sessions.turn import terminate
from managed_agents_emulator.sessions.usage import unused
from managed_agents_emulator.store import Document, Json, moment, new_id
from managed_agents_emulator.work import enqueue


def shown(_: Call, session: Document) -> Json:
    """Show a session as it is now."""
    body = session.body
    end = moment(body["archived_at"]) if body["archived_at"] else datetime.now(UTC)
    duration = (end - moment(body["created_at"])).total_seconds()
    return body | {"stats": body["stats"] | {"duration_seconds": round(duration, 3)}}


SESSION = Kind(name="session", prefix="sesn", shown=shown)


def create(call: Call) -> Json:
    """Make a session; with initial events it runs at once."""
    request = call.read(SessionCreate)
    environment = _environment(call, request.environment_id)
    for vault_id in request.vault_ids:
        if call.find("vault", vault_id).body["archived_at"]:
            raise invalid(f"vault_ids: vault {vault_id} is archived")
    agent = session_agent(request.agent, call)
    if call.switches.web_domains_outside_hosts == "refuse":
        check_web_domains(agent["tools"], environment.body["config"])
    fields = {
        "status": "idle",
        "title": request.title,
        "agent": agent,
        "environment_id": environment.id,
        "deployment_id": None,
        "vault_ids": request.vault_ids,
        "resources": [],
        "metadata": request.metadata,
        "budget": request.budget.model_dump() if request.budget else None,
        "outcome_evaluations": [],
        "stats": {"active_seconds": 0.0, "duration_seconds": 0.0},
        "usage": unused(),
    }
    private = {
        "thread": new_id("sthr"),
        "self_hosted": environment.body["config"]["type"] == "self_hosted",
        "announce": True,
        "queue": [],
        "plan": [],
        "calls": [],
        "variables": {},
        "outcome": None,
        "threads": [],
        "cost_cents": 0.0,
    }
    session = SESSION.new(call, fields, private=private)
    session.body["resources"] = mounted_all(request.resources, environment, session.id, call)
    if session.private["self_hosted"]:
        enqueue(call, environment, session.id)
    if request.initial_events:
        take_in(call, session, request.initial_events)
    call.store.save(session)
    return shown(call, session)


def list_sessions(call: Call) -> Json:
    """List the sessions of the workspace, the only list that can be paged both ways."""
    page = SESSION.page(
        call,
        paging.unarchived(call.query),
        paging.in_time(call.query),
        _selected(call),
        size=paging.limit(call.query, call.switches.default_page_size),
        ascending=paging.ascending(call.query, "desc"),
    )
    data = [shown(call, session) for session in page.documents]
    return {"data": data, "next_page": page.next_page, "prev_page": page.prev_page}


def update(call: Call) -> Json:
    """Change a session; its listeners get an event about what really changed."""
    session = SESSION.find(call)
    if session.body["status"] == "terminated":
        raise invalid(f"Session {session.id} is terminated.")
    changed = changes(call.read(SessionUpdate), session, call)
    if changed:
        emit(call.emulator, session, "session.updated", **changed)
    return SESSION.change(call, session, changed)


def archive(call: Call) -> Json:
    """Archive a session: it is terminated, its history stays."""
    session = _at_rest(call)
    if mark_archived(call, session) and session.body["status"] != "terminated":
        terminate(call.emulator, session)
        call.store.save(session)
    return shown(call, session)


def delete(call: Call) -> Json:
    """Delete a session with its history, and end its streams."""
    session = _at_rest(call)
    emit(call.emulator, session, "session.deleted")
    for stream in (session.id, *(thread["id"] for thread in child_threads(session))):
        call.store.after_commit(partial(call.emulator.streams.end, stream))
        call.store.delete_children("event", session.workspace, stream)
    delete_output_files(call.store, session)
    return SESSION.remove(call, session)


def _environment(call: Call, id_: str) -> Document:
    environment = call.store.get("environment", id_, call.workspace)
    if environment is None:
        raise refused(call.switches.missing_reference_status, f"environment_id: {id_!r} was not found")
    if environment.body["archived_at"]:
        raise refused(call.switches.archived_reference_status, f"environment_id: {id_!r} is archived")
    return environment


def _at_rest(call: Call) -> Document:
    session = SESSION.find(call)
    if session.body["status"] in {"running", "rescheduling"}:
        status = call.switches.running_session_status
        message = f"Session {session.id} is running; interrupt it first."
        raise call.conflict(message) if status == 409 else refused(status, message)
    return session


def _selected(call: Call) -> paging.Keep:
    query = call.query
    agent, version, deployment = (query.get(name) for name in ("agent_id", "agent_version", "deployment_id"))
    store, statuses = query.get("memory_store_id"), set(query.getlist("statuses[]"))
    if statuses - parts.STATUSES:
        raise invalid(f"statuses: must be among {', '.join(sorted(parts.STATUSES))}")

    def keep(session: Document) -> bool:
        body = session.body
        return (
            agent in (None, body["agent"]["id"])
            and (agent is None or version in (None, str(body["agent"]["version"])))
            and deployment in (None, body["deployment_id"])
            and (not statuses or body["status"] in statuses)
            and (store is None or any(r.get("memory_store_id") == store for r in body["resources"]))
        )

    return keep


OPERATIONS = (
    Operation("POST", "/v1/sessions", create),
    Operation("GET", "/v1/sessions", list_sessions),
    Operation("GET", "/v1/sessions/{id}", SESSION.get),
    Operation("POST", "/v1/sessions/{id}", update),
    Operation("DELETE", "/v1/sessions/{id}", delete),
    Operation("POST", "/v1/sessions/{id}/archive", archive),
    *parts.OPERATIONS,
)
