"""The foreign server's vaults, memory stores, files and deployments; see `foreign_server`.

It refreshes tokens by itself, fills in what was left out, turns lists round whose order says nothing, and adds fields.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tests.journeys.foreign_shop import (
    BETA,
    SHOP,
    SHOWN,
    Endpoint,
    Json,
    Refusal,
    archive,
    backwards,
    delete,
    get,
    lean,
    merged,
    now,
    page,
    route,
    taken,
)

if TYPE_CHECKING:
    from starlette.requests import Request

MEMORY = "agent-memory-2026-07-22"
SECRETS = {"token", "access_token", "refresh_token", "client_secret", "secret_value", "authorization_token"}
FIELDS = {
    "vault": ("display_name", "metadata"),
    "vault_credential": ("display_name", "metadata", "auth"),
    "memory_store": ("name", "description", "metadata"),
    "deployment": (
        *("name", "agent", "environment_id", "initial_events", "description", "schedule", "resources", "vault_ids"),
        *("budget", "metadata"),
    ),
}
PREFIXES = {"vault": "vlt", "vault_credential": "vcrd", "memory_store": "memstore", "deployment": "depl"}


def bare(value: Any) -> Any:
    """A value without the secrets in it."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: bare(item) for key, item in value.items() if key not in SECRETS}


def full(value: Any) -> Any:
    """A value with a null in every object."""
    if isinstance(value, list):
        return [full(item) for item in value]
    return {**{key: full(item) for key, item in value.items()}, "note": None} if isinstance(value, dict) else value


def plain(one: Json) -> Json:
    shown = {key: value for key, value in one.items() if key != "parent"}
    return {**shown, "metadata": backwards(one.get("metadata") or {}), "audit": {"by": "nobody"}}


def shown_credential(one: Json) -> Json:
    auth = bare(one["auth"])
    if auth["type"] == "mcp_oauth":
        auth |= {"expires_at": now(), "token_type": "Bearer"}
    if auth["type"] == "environment_variable":
        sent = auth.get("injection_location")
        places = {"header": False, "body": False, **sent} if sent else {"header": True, "body": True}
        networking = {"dns": "ours", **auth["networking"]}
        networking["allowed_hosts"] = sorted(networking.get("allowed_hosts") or [], reverse=True)
        auth |= {"injection_location": places, "networking": networking}
    return {"display_name": None, **plain(one), "vault_id": one["parent"], "auth": auth}


def shown_deployment(one: Json) -> Json:
    agent = one["agent"] if isinstance(one["agent"], dict) else {"id": one["agent"]}
    version = agent.get("version") or SHOP.find("agent", agent["id"])["version"]
    schedule = one.get("schedule")
    return {
        **plain(bare(one)),
        "agent": {"name": "of that time", "type": "agent", "id": agent["id"], "version": version},
        "schedule": schedule and {"upcoming_runs_at": [now()], "last_run_at": None, **schedule},
        "resources": [shown_resource(item) for item in reversed(one.get("resources") or [])],
        "initial_events": [full(event) for event in one["initial_events"]],
        "vault_ids": one.get("vault_ids") or [],
        "description": one.get("description"),
    }


def shown_resource(item: Json) -> Json:
    defaults = {"memory_store": {"access": "read_write"}, "github_repository": {"mount_path": "/workspace/it"}}
    return {"instructions": None, **defaults.get(item["type"], {}), **bare(item)}


SHOWN |= {
    "vault": plain,
    "vault_credential": shown_credential,
    "memory_store": lambda one: {"description": "", **plain(one), "memories_count": 0},
    "memory": lambda one: {**plain(one), "content": None},
    "file": lambda one: {"scope": None, "etag": one["id"], **plain(one)},
    "deployment": shown_deployment,
}


def create(kind: str) -> Endpoint:
    async def endpoint(request: Request) -> Json:
        body = taken(await request.json(), FIELDS[kind])
        one = {**body, "id": SHOP.new_id(PREFIXES[kind]), "type": kind, "parent": request.path_params.get("parent")}
        one |= {"created_at": now(), "updated_at": now(), "archived_at": None}
        one |= {"status": "active", "paused_reason": None} if kind == "deployment" else {}
        SHOP.all(kind)[one["id"]] = one
        return lean(SHOWN[kind](one), bare(body))

    return endpoint


def update(kind: str) -> Endpoint:
    async def endpoint(request: Request) -> Json:
        body = taken(await request.json(), FIELDS[kind])
        one = SHOP.find(kind, request.path_params["id"])
        metadata = merged(one.get("metadata") or {}, body.get("metadata") or {})
        nested = {"auth": patched(one["auth"], body["auth"])} if "auth" in body else {}
        one.update({**body, **nested, "metadata": metadata, "updated_at": now()})
        return lean(SHOWN[kind](one), bare(body))

    return endpoint


def patched(stored: Json, patch: Json) -> Json:
    """What an auth becomes: what is left out stays."""
    inner = {key: patched(stored.get(key) or {}, value) for key, value in patch.items() if key == "refresh"}
    return {**stored, **patch, **inner}


def rests(paused: bool) -> Endpoint:
    async def endpoint(request: Request) -> Json:
        one = SHOP.find("deployment", request.path_params["id"])
        how = {"status": "paused", "paused_reason": {"type": "manual"}} if paused else {"status": "active"}
        one.update({"paused_reason": None, **how, "updated_at": now()})
        return {"id": one["id"], "type": "deployment", "status": one["status"]}

    return endpoint


async def create_memory(request: Request) -> Json:
    body, store = await request.json(), request.path_params["parent"]
    if any((one["parent"], one["path"]) == (store, body["path"]) for one in SHOP.all("memory").values()):
        raise Refusal(409, "memory_path_conflict_error", "taken")
    one = {"id": SHOP.new_id("mem"), "type": "memory", "parent": store, "created_at": now(), **body}
    SHOP.all("memory")[one["id"]] = one | {"content_sha256": sha256(body["content"].encode()).hexdigest()}
    return {"id": one["id"], "type": "memory", "path": one["path"]}


async def upload(request: Request) -> Json:
    sent = (await request.form())["file"]
    assert not isinstance(sent, str)
    own_id = SHOP.new_id("file")
    one = {"id": own_id, "type": "file", "filename": sent.filename, "size_bytes": sent.size}
    SHOP.all("file")[own_id] = one | {"created_at": now(), "mime_type": "text/plain", "downloadable": False}
    return one


def routes(kind: str, path: str, beta: str) -> list[Any]:
    """What every kind has."""
    found = [route("GET", path, page(kind), beta), route("GET", path + "/{id}", get(kind), beta)]
    if kind in FIELDS:
        found += [route("POST", path, create(kind), beta), route("POST", path + "/{id}", update(kind), beta)]
        found += [route("POST", path + "/{id}/archive", archive(kind), beta)]
    return [*found, *([] if kind == "deployment" else [route("DELETE", path + "/{id}", delete(kind), beta)])]


ROUTES = [
    route("POST", "/v1/files", upload, ""),
    route("POST", "/v1/memory_stores/{parent}/memories", create_memory, MEMORY),
    route("POST", "/v1/deployments/{id}/pause", rests(paused=True)),
    route("POST", "/v1/deployments/{id}/unpause", rests(paused=False)),
    *routes("vault", "/v1/vaults", BETA),
    *routes("vault_credential", "/v1/vaults/{parent}/credentials", BETA),
    *routes("memory_store", "/v1/memory_stores", MEMORY),
    *routes("memory", "/v1/memory_stores/{parent}/memories", MEMORY),
    *routes("file", "/v1/files", ""),
    *routes("deployment", "/v1/deployments", BETA),
]
