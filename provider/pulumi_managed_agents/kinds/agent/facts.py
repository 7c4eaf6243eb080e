"""Facts about agents (`/v1/agents`): versioned, optimistic, archived for ever instead of deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.agent.effective import (
    ROSTER_ENTRIES,
    effective_roster,
    effective_tool,
    explicit_roster,
)
from pulumi_managed_agents.kinds.names import LATEST
from pulumi_managed_agents.reconcile.fingerprint import fingerprint
from pulumi_managed_agents.reconcile.kind import Facts
from pulumi_managed_agents.schema.identity import Entries, keyed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.record import Record

ENTRIES = (
    Entries(
        ("tools",),
        ("mcp_server_name", "name", "type"),
        appended=(("agent_toolset", "type"), ("mcp_toolset", "mcp_server_name"), ("", "name")),
        called={"mcp_server_name": "mcp:{value}", "name": "{type}:{value}"},
    ),
    Entries(("tools", "*", "configs"), ("name",), default="default_config"),
    Entries(("mcp_servers",), ("name",)),
    Entries(("skills",), ("path", "skill_id"), once=True),
    *ROSTER_ENTRIES,
)
FILLED_IN: Mapping[str, Any] = {"execution_identity": {"type": "service_account"}}


def effective(body: Body, declared: Body, own_id: str = "") -> Body:
    """An agent with the API's defaults filled in and its lists keyed by identity.

    `declared` is the body whose wording decides what is pinned: a skill or a roster member that it names without a
    version follows whatever version the API resolves, so that version is no part of the comparison.
    """
    known: dict[str, Any] = {
        "model": _model(body.get("model")),
        "tools": {key: effective_tool(tool) for key, tool in _keyed(body, "tools").items()},
        "mcp_servers": _keyed(body, "mcp_servers"),
        "skills": _skills(_keyed(body, "skills"), _unpinned(declared)),
        "multiagent": effective_roster(body.get("multiagent"), declared.get("multiagent"), own_id),
        "execution_identity": body.get("execution_identity") or FILLED_IN["execution_identity"],
    }
    plain = {key: value for key, value in body.items() if key not in known}
    return plain | {key: value for key, value in known.items() if key in body}


def _settings(model: Any) -> Body:
    """A model as an object, also where only its id was given."""
    return {"id": model} if isinstance(model, str) else dict(model or {})


def _model(model: Any) -> Body:
    settings = _settings(model)
    effort = settings.get("effort")
    return {
        **settings,
        "effort": effort.get("type") if isinstance(effort, dict) else effort,
        "speed": settings.get("speed") or "standard",
    }


def _keyed(body: Body, field: str) -> dict[str, Any]:
    return keyed(ENTRIES, (field,), body.get(field))


def _unpinned(declared: Body) -> frozenset[str]:
    skills = _keyed(declared, "skills").items()
    return frozenset(id for id, skill in skills if isinstance(skill, str) or skill.get("version") in LATEST)


def _skills(skills: Mapping[str, Any], unpinned: frozenset[str]) -> Body:
    return {
        id: {"attached": True, "version": None if id in unpinned or isinstance(skill, str) else skill.get("version")}
        for id, skill in skills.items()
    }


def update_body(body: Body, record: Record) -> Body:
    """Name what the API would otherwise keep from the stored agent: parts of a roster, and the effort."""
    if body.get("multiagent"):
        body = {**body, "multiagent": explicit_roster(body["multiagent"])}
    return {**body, "model": _with_effort(body["model"], record)} if body.get("model") else body


def _with_effort(model: Any, record: Record) -> Any:
    """The model with an effort beside it, where its id is unchanged and the file leaves the effort open."""
    # The API keeps the stored effort when an update leaves it out. So name the recorded one, in case somebody set
    # another; or null, which asks for the model's default, where the file named one until now.
    settings, path = _settings(model), ("model", "id")
    if "effort" in settings or record.live.get(path) != fingerprint(path, settings.get("id"), record.salt):
        return model
    named = _model(record.desired.get("model"))["effort"]
    return {**settings, "effort": None if named else record.live.get(("model", "effort"))}


AGENT = Facts(
    kind="agent",
    collection="agents",
    id_prefix="agent_",
    effective=effective,
    entries=ENTRIES,
    filled_in=FILLED_IN,
    update_body=update_body,
    versioned=True,
    clearable=("description", "system", "tools", "mcp_servers", "skills", "multiagent", "execution_identity"),
    removal="archive",
)
