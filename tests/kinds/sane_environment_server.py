"""An environment API as pure functions, by the documented rules: an update merges into what is stored."""

from __future__ import annotations

from typing import Any

from tests.kinds.server_habits import Body, Habits, filled, patched

MANAGERS = ("apt", "cargo", "gem", "go", "npm", "pip")
NO_PACKAGES: Body = {manager: [] for manager in MANAGERS}
LIMITED: Body = {"type": "limited", "allowed_hosts": [], "allow_mcp_servers": False, "allow_package_managers": False}
CLOUD: Body = {"type": "cloud", "networking": {"type": "unrestricted"}, "packages": NO_PACKAGES}


def created(body: Body) -> Body:
    """What the server stores of a new environment."""
    blank = {"revision": 0, "name": "", "description": None, "config": None, "metadata": {}, "scope": "organization"}
    return updated(blank, body)


def updated(stored: Body, patch: Body) -> Body:
    """What it stores after an update: what is left out, or null, stays; a real change moves the time of the update."""
    fields = {
        **stored,
        "name": patch.get("name") or stored["name"],
        "description": patch.get("description", stored["description"]),
        "config": _config(patch.get("config"), stored["config"]),
        "metadata": {key: value for key, value in patched(stored["metadata"], patch.get("metadata")).items() if value},
        "scope": patch.get("scope") or stored["scope"],
    }
    return fields if fields == stored else {**fields, "revision": stored["revision"] + 1}


def _config(sent: Any, stored: Any) -> Body:
    sent = filled(sent or {})
    base = stored or ({"type": "self_hosted"} if sent.get("type") == "self_hosted" else CLOUD)
    assert sent.get("type", base["type"]) == base["type"], "invalid_config_type_change"
    return base if base["type"] == "self_hosted" else _cloud(sent, base)


def _cloud(sent: Body, base: Body) -> Body:
    packages = {key: value for key, value in filled(sent.get("packages") or {}).items() if key != "type"}
    networking = filled(sent.get("networking") or base["networking"])
    below = base["networking"] if base["networking"]["type"] == networking["type"] else LIMITED
    return {
        "type": "cloud",
        "networking": {**below, **networking} if networking["type"] == "limited" else {"type": "unrestricted"},
        "packages": {**base["packages"], **packages},
    }


def shown(stored: Body, habits: Habits) -> Body:
    """The environment as an answer of a server with these habits."""
    unset = {} if stored["description"] else {"description": ""}
    fields = {key: value for key, value in stored.items() if key != "revision"}
    return {
        **habits.spelled({**fields, "config": _shown_config(stored["config"], habits)}, unset),
        **habits.unknown(),
        "id": "env_own",
        "type": "environment",
        "created_at": "2026-11-01T00:00:00Z",
        "updated_at": f"2026-11-01T00:00:{stored['revision']:02}Z",
        "archived_at": None,
    }


def _shown_config(config: Body, habits: Habits) -> Body:
    if config["type"] == "self_hosted":
        return {**config, **habits.unknown()}
    typed = {"type": "packages"} if habits.objects else {}
    packages = {
        manager: habits.order(names) for manager, names in config["packages"].items() if names or habits.defaults
    }
    unset: Body = {} if habits.defaults or packages else {"packages": {}}
    unset |= {} if habits.defaults or config["networking"]["type"] == "limited" else {"networking": {}}
    networking = _shown_networking(config["networking"], habits)
    return habits.spelled({**config, "networking": networking, "packages": {**typed, **packages}}, unset)


def _shown_networking(networking: Body, habits: Habits) -> Body:
    ordered = {key: habits.order(value) if key == "allowed_hosts" else value for key, value in networking.items()}
    unset = {} if habits.defaults else {key: value for key, value in LIMITED.items() if networking.get(key) == value}
    return habits.spelled(
        {**ordered, **habits.unknown()}, {key: value for key, value in unset.items() if key != "type"}
    )
