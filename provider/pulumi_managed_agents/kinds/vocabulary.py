"""The field names we know, so that what a newer server adds to its answers is no change that anybody made.

A definition may name fields beyond these; they count wherever it does. What a name means is the business of
`definitions`, whose models a test holds this list against: to import them would cost every run a fifth of a second.
"""

from __future__ import annotations

from typing import Any

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
