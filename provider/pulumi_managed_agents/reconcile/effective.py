"""Bodies and live objects in the one form in which they can be compared, and when two values are the same.

A kind says what its defaults are (`Facts.effective`, `Facts.filled_in`) and what its lists are keyed by
(`schema.identity`); here that becomes leaves and one form of each value. Planning, digests, the gate, comparison of
stages, adoption and review all ask these functions. Pure functions.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.files.names import nfc
from pulumi_managed_agents.reconcile.leaves import is_blank, leaves, without_nulls
from pulumi_managed_agents.reconcile.mark import without_mark
from pulumi_managed_agents.reconcile.record import WRITTEN

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body, Leaves


SERVER_FIELDS = frozenset({"id", "type", "version", "created_at", "updated_at", "archived_at", "workspace_id", WRITTEN})
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
_OF_OTHER_TYPES = (AttributeError, KeyError, TypeError, ValueError)
OPEN = frozenset({"metadata", "input_schema", "files", "paused_reason"})
"""Fields whose keys are anybody's, or the server's own."""


def desired_leaves(facts: Facts, body: Body, own_id: str = "") -> Leaves:
    """What a body asks for, field by field, whole fields that the API fills in among them.

    `own_id` is the id of the object it is for, by which the API shows a member `self` of a roster.
    """
    stated = without_nulls(body)
    filled = {field: default for field, default in facts.filled_in.items() if is_blank(stated.get(field))}
    return leaves(facts.effective({**stated, **filled}, stated, own_id))


def live_leaves(facts: Facts, live: Body, declared: Body) -> Leaves:
    """A live object's leaves in the fields that a file can set."""
    return leaves(live_form(facts, live, declared))


def live_form(facts: Facts, live: Body, declared: Body) -> Body:
    """A live object in its effective form, in the fields that a file can set; blank fields are kept.

    Raises:
        ApiError: its fields are not of the types that the kind has.
    """
    body = without_mark({key: value for key, value in live.items() if key not in SERVER_FIELDS})
    known, id = familiar(body, declared), str(live.get("id", ""))
    try:
        return facts.effective(known, declared, id)
    except _OF_OTHER_TYPES as error:
        field = next((field for field in known if not _has_form(facts, {field: known[field]}, declared, id)), "")
        what = f"a `{field}` of another form" if field else "fields of other forms"
        from pulumi_managed_agents.api.failures import unexpected  # late: programs need no HTTP client

        raise unexpected(f"{facts.kind} {id} with {what}", getattr(live, "request", f"GET {facts.kind}")) from error


def _has_form(facts: Facts, part: Body, declared: Body, id: str) -> bool:
    try:
        facts.effective(part, declared, id)
    except _OF_OTHER_TYPES:
        return False
    return True


def canonical(value: Any) -> str:
    """One text for all spellings of a value: JSON with sorted keys, whole numbers as integers, and text in NFC."""
    return nfc(json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def same(value: Any, other: Any) -> bool:
    """Whether two values of a leaf say the same; ``1`` is ``1.0``, and it is not ``true``."""
    if isinstance(value, str) and isinstance(other, str) and value == other:
        return True
    return canonical(value) == canonical(other)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


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
