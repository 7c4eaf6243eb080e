"""What Pulumi's state remembers of a resource: the *recorded* side of every comparison.

Two accounts are kept apart. *applied* is what we last sent and what came back then; *observed* is what a refresh last
saw. A refresh writes only the second, since it would otherwise swallow the cause of a drift.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.leaves import Leaves, leaves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.leaves import Body

_NAMES = """
access access_token advisor agent agents allow_mcp_servers allow_package_managers allowed-tools allowed_domains
allowed_hosts amount anyOf apt auth authorization_token blocked_domains body budget cargo checkout city client_id
client_secret client_tool_results compatibility config configs content context country credentials currency data
default default_config description display_name effort enabled environment_id execution_identity expires_at
expires_in_seconds expression file file_id filename gem go header id inference_geo initial_events
injection_location inline_agents input_schema instructions license max_content_tokens max_iterations max_list_cost
mcp_server_name mcp_server_url mcp_servers media_type memories memory_store_id metadata model mount_path multiagent
name networking npm packages path paused permission_policy pip predefined_agents properties refresh refresh_token
region required resource resources role_arn rubric schedule scope secret secret_name secret_value
server_tool_results sha skill_id skills source speed strict_memories subagents system text timezone title token
token_endpoint token_endpoint_auth tools type url url_sources user_input user_location vault_ids version workflows
"""
FIELDS = frozenset(_NAMES.split())
OPEN = frozenset({"metadata", "input_schema", "files", "paused_reason"})
"""Fields whose keys are anybody's, or the server's own."""


def familiar(live: dict[str, Any], declared: dict[str, Any]) -> dict[str, Any]:
    """A live object without the inner fields that neither we nor the definition know; its own fields all stay."""
    known = FIELDS | {*_keys(declared)}
    return {key: value if key in OPEN else _pruned(value, known) for key, value in live.items()}


def _pruned(value: Any, known: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: item if key in OPEN else _pruned(item, known) for key, item in value.items() if key in known}
    return [_pruned(item, known) for item in value] if isinstance(value, list) else value


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for name, item in value.items() if name not in OPEN for key in _keys(item))]
    return [key for item in value for key in _keys(item)] if isinstance(value, list) else []


SCHEMA_VERSION = 1
RESOURCE = "__resource"
"""The hidden input by which a recorded resource says what it is: kind, name, mark, file. States hold it for ever."""
UNNAMED = "unnamed"
"""What is recorded as the workspace of a server that names none."""
REVISION_KEYS = ("version", "latest_version_id", "memories_seen", "updated_at", "status")


@dataclass(frozen=True)
class Record:
    """The recorded state: the body last applied, the live leaves (by fingerprint) and revision seen right after.

    `sealed` tells the secrets that were sent from others, `salt` is that of the fingerprints.
    """

    desired: Body
    live: Leaves = field(default_factory=dict)
    revision: Body = field(default_factory=dict)
    sealed: Body = field(default_factory=dict)
    salt: str = ""


def version_number(version: Any) -> Any:
    """An agent's version as the whole number that requests want, also where it came as text or as ``1.0``."""
    numeric = isinstance(version, float) or (isinstance(version, str) and version.isdecimal())
    return int(version) if numeric else version


def revision(live: Mapping[str, Any]) -> Body:
    """What tells two states of a live object apart without looking at its fields."""
    return {key: live[key] for key in REVISION_KEYS if live.get(key) is not None}


def moved(recorded: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether somebody may have written the object since: two revisions differ, or share nothing to compare by."""
    now = revision(live)
    shared = recorded.keys() & now.keys()
    return not shared or any(recorded[key] != now[key] for key in shared)


def recall(desired: Body, applied: Mapping[str, Any]) -> Record:
    """A record read back from the state."""
    seen, revision, seal = (dict(applied.get(key) or {}) for key in ("live", "revision", "sealed"))
    return Record(desired, leaves(seen), revision, seal, str(applied.get("salt", "")))
