"""What comes, goes or clashes as a whole is one row, however many leaves it has."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.reconcile.plan_rows import rows
from pulumi_managed_agents.reconcile.plan_text import sentence
from tests.review.plans import planned

Body = dict[str, Any]
BUILT_IN: Body = {"type": "agent_toolset_20260401"}
SCHEMA: Body = {"type": "object", "required": ["a"]}
CUSTOM: Body = {"type": "custom", "name": "x", "description": "Does.", "input_schema": SCHEMA}
BARE: Body = {"name": "Triage", "model": "claude-opus-5-5"}
AGENT: Body = {
    **BARE,
    "tools": [BUILT_IN, CUSTOM, {"type": "mcp_toolset", "mcp_server_name": "crm"}],
    "mcp_servers": [{"type": "url", "name": "crm", "url": "https://crm.example/sse"}],
    "multiagent": {
        "type": "multiagent_20261001",
        "subagents": {"type": "enabled", "predefined_agents": [{"type": "self"}]},
        "workflows": {"type": "disabled"},
        "advisor": {"type": "enabled", "model": "claude-fable-5-2"},
    },
}
GONE = {
    "mcp_servers.crm": "removed (https://crm.example/sse)",
    "multiagent": "removed (self, claude-fable-5-2)",
    "tools.built-in": "removed (bash, edit, glob, grep, read, web_fetch, web_search, write (always_allow))",
    "tools.custom:x": 'removed ("Does.")',
    "tools.mcp:crm": "removed (all tools (always_ask))",
}
LESS: Body = {
    "name": "nightly",
    "agent": {"type": "agent", "id": "agent_1", "version": 1},
    "environment_id": "env_1",
    "initial_events": [{"type": "user.message", "content": [{"type": "text", "text": "Sum up."}]}],
}
DEPLOYMENT: Body = {
    **LESS,
    "resources": [{"type": "github_repository", "url": "https://github.com/acme/shop", "mount_path": "/shop"}],
    "schedule": {"type": "cron", "expression": "0 9 * * *", "timezone": "UTC"},
    "budget": {"max_list_cost": {"amount": "1", "currency": "USD"}},
}
FEWER = {
    "budget": 'removed ("1")',
    "resources.https://github.com/acme/shop": "removed",
    "schedule": 'removed ("0 9 * * *")',
}
OFF: Body = {**BUILT_IN, "default_config": {"enabled": False}}


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        pytest.param("agent", AGENT, BARE, GONE, id="fields"),
        pytest.param("agent", AGENT, {**BARE, "tools": [], "mcp_servers": [], "multiagent": None}, GONE, id="emptied"),
        pytest.param(
            "agent",
            AGENT,
            {**AGENT, "tools": AGENT["tools"][1:]},
            {"tools.built-in": GONE["tools.built-in"]},
            id="an entry",
        ),
        pytest.param("deployment", DEPLOYMENT, LESS, FEWER, id="fields of a deployment"),
    ],
)
@pytest.mark.parametrize("who", ["the file", "somebody else"])
def test_what_goes_is_one_thing(kind: str, before: Body, after: Body, expected: dict[str, str], who: str) -> None:
    """Each entry of a list, and each object, no matter which side removes it."""
    outside = who == "somebody else"
    plan = planned(kind, "a", before, before if outside else after, live=after if outside else before, versions=(7, 8))
    assert {row.label: row.text for row in rows(plan)} == expected
    assert all(f"{label} {text}" in sentence(plan) for label, text in expected.items()) == outside


@pytest.mark.parametrize(
    ("file", "outside", "text"),
    [
        pytest.param([OFF, CUSTOM], [CUSTOM], "changed in the file, removed outside", id="removed outside"),
        pytest.param([CUSTOM], [OFF, CUSTOM], "removed in the file, changed outside", id="removed in the file"),
    ],
)
def test_a_clash_over_an_entry_is_one_thing(file: list[Body], outside: list[Body], text: str) -> None:
    """Where one side changed what the other took away, both are said in one row."""
    before, desired, live = ({**BARE, "tools": tools} for tools in ([BUILT_IN, CUSTOM], file, outside))
    plan = planned("agent", "a", before, desired, live=live, versions=(7, 8))
    assert plan.decision == "conflict"
    assert [(row.label, row.text) for row in rows(plan)] == [("tools.built-in", text)]
    assert f": tools.built-in {text}. " in sentence(plan)
