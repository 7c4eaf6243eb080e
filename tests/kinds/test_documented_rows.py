"""Every field that is documented to come back otherwise than it was sent, row by row of the facts about the API.

Rows about sessions and dreams, which are no resources, are not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import compare, contains
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from tests.kinds.after_apply import empty_after_apply

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.leaves import Body

ON = {"enabled": True, "permission_policy": {"type": "always_allow"}}
ASKED = {"enabled": True, "permission_policy": {"type": "always_ask"}}
TOOLSET = {"type": "agent_toolset_20260401"}
CRM = {"type": "mcp_toolset", "mcp_server_name": "crm"}
CUSTOM = {"type": "custom", "name": "t", "description": "T."}
TEAM = {"type": "multiagent_20261001"}
EVERYBODY = {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []}
MEMBER = {"type": "agent", "id": "agent_x", "version": 3}
OWN = {"type": "agent", "id": "agent_own", "version": 4}
ADVISOR = {"type": "advisor", "model": "m"}
LISTS: Body = {"apt": [], "cargo": [], "gem": [], "go": [], "npm": [], "pip": []}
CLOUD = {"type": "cloud", "networking": {"type": "unrestricted"}, "packages": {"type": "packages", **LISTS}}
SCHEDULE = {"type": "cron", "expression": "0 3 * * *", "timezone": "Europe/Berlin"}
SHOP = {"type": "github_repository", "url": "https://github.com/acme/shop"}
STORE = {"type": "memory_store", "memory_store_id": "memstore_1"}
OUTCOME = {"type": "user.define_outcome", "description": "Done.", "rubric": {"type": "text", "content": "All."}}
OAUTH = {"type": "mcp_oauth", "mcp_server_url": "https://crm.example/mcp", "expires_at": "2099-01-01T00:00:00Z"}
KEY = {"type": "environment_variable", "secret_name": "KEY", "networking": {"type": "unrestricted"}}
SECRETS = {"access_token": "a", "refresh": {"client_id": "us", "refresh_token": "r"}}


def tools(*entries: Any) -> Body:
    return {"tools": list(entries)}


def toolset(**config: Any) -> Body:
    return tools({**TOOLSET, "configs": [{"name": "web_fetch", **config}]})


def roster(*agents: Any) -> Body:
    return {"multiagent": {"type": "coordinator", "agents": list(agents)}}


def team(**parts: Any) -> Body:
    return {"multiagent": {**TEAM, **parts}}


def networking(**fields: Any) -> Body:
    return {"config": {"type": "cloud", "networking": {"type": "limited", **fields}}}


def variable(**fields: Any) -> Body:
    return {"auth": {**KEY, **fields}}


ROWS = [
    (
        "agent model as text",
        "agent",
        {"model": "m"},
        {"model": {"id": "m", "effort": {"type": "high"}, "speed": "standard", "inference_geo": None}},
    ),
    (
        "effort as text",
        "agent",
        {"model": {"id": "m", "effort": "high"}},
        {"model": {"id": "m", "effort": {"type": "high"}}},
    ),
    ("omitted description, system, multiagent", "agent", {}, {"description": None, "system": None, "multiagent": None}),
    ("empty description, system", "agent", {"description": "", "system": ""}, {"description": None, "system": None}),
    ("omitted description", "deployment", {}, {"description": None}),
    ("empty description", "deployment", {"description": ""}, {"description": None}),
    ("omitted lists", "agent", {}, {"tools": [], "skills": [], "mcp_servers": [], "metadata": {}}),
    ("toolset without default", "agent", tools(TOOLSET), tools({**TOOLSET, "default_config": ON, "configs": []})),
    ("MCP toolset without default", "agent", tools(CRM), tools({**CRM, "default_config": ASKED, "configs": []})),
    (
        "toolset default without enabled",
        "agent",
        tools(TOOLSET),
        tools({**TOOLSET, "default_config": {**ON, "enabled": None}}),
    ),
    ("config with a name alone", "agent", toolset(), toolset(type="web_fetch", **ON)),
    (
        "unlisted tools expanded",
        "agent",
        tools(TOOLSET),
        tools({**TOOLSET, "default_config": ON, "configs": [{"name": "bash", "type": "bash", **ON}]}),
    ),
    ("web settings null", "agent", toolset(), toolset(allowed_domains=None, max_content_tokens=None)),
    (
        "url_sources as text",
        "agent",
        toolset(url_sources={"user_input": "all"}),
        toolset(url_sources={"user_input": {"type": "all"}}),
    ),
    ("domain normalised", "agent", toolset(allowed_domains=["A.com/"]), toolset(allowed_domains=["a.com"])),
    (
        "skill without version",
        "agent",
        {"skills": [{"type": "custom", "skill_id": "s"}]},
        {"skills": [{"type": "custom", "skill_id": "s", "version": "skver_1"}]},
    ),
    (
        "skill latest",
        "agent",
        {"skills": [{"type": "custom", "skill_id": "s", "version": "latest"}]},
        {"skills": [{"type": "custom", "skill_id": "s", "version": "skver_1"}]},
    ),
    (
        "roster by id, self, advisor",
        "agent",
        roster(ADVISOR, "agent_x", {"type": "self"}),
        roster(MEMBER, OWN, ADVISOR),
    ),
    (
        "partial team",
        "agent",
        team(subagents={"type": "enabled", "predefined_agents": None}),
        team(subagents=EVERYBODY, workflows=EVERYBODY, advisor={"type": "disabled"}),
    ),
    ("execution_identity omitted", "agent", {}, {"execution_identity": {"type": "service_account"}}),
    (
        "execution_identity null",
        "agent",
        {"execution_identity": None},
        {"execution_identity": {"type": "service_account"}},
    ),
    (
        "custom tool schema",
        "agent",
        tools({**CUSTOM, "input_schema": {"type": "object"}}),
        tools({**CUSTOM, "input_schema": {"type": "object", "properties": None, "required": None}}),
    ),
    ("environment without config", "environment", {}, {"config": CLOUD}),
    ("environment without its parts", "environment", {"config": {"type": "cloud"}}, {"config": CLOUD}),
    (
        "limited partial",
        "environment",
        networking(),
        networking(allowed_hosts=[], allow_mcp_servers=False, allow_package_managers=False),
    ),
    ("scope omitted", "environment", {}, {"scope": "organization"}),
    ("environment description omitted", "environment", {}, {"description": None}),
    ("environment description empty", "environment", {"description": ""}, {"description": ""}),
    ("memory store description omitted", "memory_store", {}, {"description": ""}),
    (
        "credential secrets",
        "credential",
        {"auth": {**OAUTH, **SECRETS}},
        {"auth": {**OAUTH, "refresh": {"client_id": "us"}}},
    ),
    (
        "injection_location omitted",
        "credential",
        variable(),
        variable(injection_location={"header": True, "body": True}),
    ),
    (
        "injection_location partial",
        "credential",
        variable(injection_location={"header": True}),
        variable(injection_location={"header": True, "body": False}),
    ),
    ("deployment agent as text", "deployment", {"agent": "agent_x"}, {"agent": MEMBER}),
    (
        "deployment schedule",
        "deployment",
        {"schedule": SCHEDULE},
        {"schedule": {**SCHEDULE, "upcoming_runs_at": ["2026-11-02T03:00:00Z"], "last_run_at": None}},
    ),
    (
        "authorization_token",
        "deployment",
        {"resources": [{**SHOP, "authorization_token": "t"}]},
        {"resources": [{**SHOP, "mount_path": None, "checkout": None}]},
    ),
    (
        "mount_path and access omitted",
        "deployment",
        {"resources": [STORE, {"type": "file", "file_id": "file_1"}]},
        {
            "resources": [
                {**STORE, "access": "read_write", "instructions": None},
                {"type": "file", "file_id": "file_1", "mount_path": None},
            ]
        },
    ),
    (
        "max_iterations null",
        "deployment",
        {"initial_events": [OUTCOME]},
        {"initial_events": [{**OUTCOME, "max_iterations": None}]},
    ),
    (
        "max_iterations 3",
        "deployment",
        {"initial_events": [OUTCOME]},
        {"initial_events": [{**OUTCOME, "max_iterations": 3}]},
    ),
    ("skill display_name omitted", "skill", {"name": "pdf", "digest": "sha256:1"}, {"display_name": "pdf"}),
    ("metadata order", "vault", {"metadata": {"a": "1", "b": "2"}}, {"metadata": {"b": "2", "a": "1"}}),
    (
        "hosts in another order",
        "environment",
        networking(allowed_hosts=["b.io", "a.io"]),
        networking(allowed_hosts=["a.io", "b.io"]),
    ),
    (
        "packages in another order",
        "environment",
        {"config": {"type": "cloud", "packages": {"pip": ["b", "a"]}}},
        {"config": {"type": "cloud", "packages": {"pip": ["a", "b"]}}},
    ),
]
NAMES: dict[str, Body] = {
    "agent": {"name": "n", "model": "m"},
    "environment": {"name": "n"},
    "memory_store": {"name": "n"},
    "deployment": {"name": "n", "agent": "agent_x"},
    "credential": {"display_name": "n", "auth": KEY},
    "vault": {"display_name": "n"},
    "skill": {},
}


@pytest.mark.parametrize(
    ("kind", "sent", "returned"), [pytest.param(*row[1:], id=f"{row[1]}: {row[0]}") for row in ROWS]
)
def test_what_comes_back_otherwise_than_it_was_sent_is_no_change(kind: str, sent: Body, returned: Body) -> None:
    """Comparing right after an apply finds nothing, and so does the comparison without a record."""
    sent, returned = {**NAMES[kind], **sent}, {**NAMES[kind], **sent, **returned}
    live = empty_after_apply(kind, sent, returned)
    assert contains(FACTS[kind], sent, live)


@pytest.mark.parametrize(
    ("kind", "sent", "moved"),
    [
        pytest.param("agent", {}, {"stats": {"runs": 2}, "usage": {"tokens": 9}, "created_at": "2026"}, id="agent"),
        pytest.param("environment", {}, {"usage": {"sessions": 1}}, id="environment"),
        pytest.param("vault", {}, {"archived_at": None}, id="vault"),
        pytest.param("memory_store", {}, {"stats": {"memories": 7}}, id="memory store"),
        pytest.param(
            "credential",
            {"auth": OAUTH},
            {"auth": {**OAUTH, "expires_at": "2099-02-01T00:00:00Z"}},
            id="token refreshed",
        ),
        pytest.param(
            "deployment",
            {"schedule": SCHEDULE},
            {"stats": {"runs": 2}, "schedule": {**SCHEDULE, "last_run_at": "2026-11-02T03:00:00Z"}},
            id="deployment that ran",
        ),
    ],
)
def test_what_the_server_moves_by_itself_is_no_change(kind: str, sent: Body, moved: Body) -> None:
    """Times, figures and states that no file has a say in are not looked at."""
    sent = {**NAMES[kind], **sent}
    live = {"id": "own_1", "type": kind, "version": 4, "updated_at": "2026-11-01T00:00:00Z", "status": "active", **sent}
    record = read_record(sent, record_of(FACTS[kind], live, sent))
    later = {**live, "updated_at": "2026-11-02T00:00:00Z", "version": 5, **moved}
    assert compare(FACTS[kind], sent, record, later) == []


@pytest.mark.parametrize(
    ("kind", "field", "before", "after"),
    [
        pytest.param(
            "deployment", "vault_ids", ["vlt_a", "vlt_b"], ["vlt_b", "vlt_a"], id="the first vault that matches wins"
        ),
        pytest.param("deployment", "paused", False, True, id="a state that files have a say in"),
    ],
)
def test_what_looks_alike_and_is_not_is_a_change(kind: str, field: str, before: Any, after: Any) -> None:
    """Order counts where the API gives it a meaning."""
    sent = {**NAMES[kind], field: before}
    live = {"id": "own_1", "updated_at": "2026-11-01T00:00:00Z", "status": "active", **sent}
    record = read_record(sent, record_of(FACTS[kind], live, sent))
    assert [change.field for change in compare(FACTS[kind], {**sent, field: after}, record, live)] == [field]
