"""Live objects of an emulator, written as a stage's files and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pulumi_managed_agents.adoption.drafts import Draft, drafts
from pulumi_managed_agents.adoption.entries import acknowledged, declared
from pulumi_managed_agents.adoption.parts import parts
from pulumi_managed_agents.adoption.selection import ADOPTABLE, Candidate, listed
from pulumi_managed_agents.kinds.compare import compare
from pulumi_managed_agents.kinds.record import account, recall
from pulumi_managed_agents.stage import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.api import Client

AGENT: dict[str, Any] = {
    "name": "Triage",
    "model": {"id": "claude-opus-5-5", "effort": {"type": "high"}, "speed": "fast", "inference_geo": "us"},
    "system": "You sort incoming orders.",
    "description": "Sorts orders.",
    "tools": [
        {
            "type": "agent_toolset_20260401",
            "default_config": {"permission_policy": {"type": "always_ask"}},
            "configs": [
                {"name": "bash", "enabled": False, "permission_policy": {"type": "auto"}},
                {
                    "name": "web_fetch",
                    "allowed_domains": ["Docs.example.com"],
                    "max_content_tokens": 5000,
                    "url_sources": {
                        "client_tool_results": {
                            "type": "only",
                            "tools": [{"type": "tool_reference", "name": "look_up"}],
                        },
                        "user_input": "none",
                    },
                },
                {
                    "name": "web_search",
                    "blocked_domains": ["example.com/shop"],
                    "user_location": {"type": "approximate", "city": "Bonn", "country": "DE"},
                },
            ],
        },
        {
            "type": "mcp_toolset",
            "mcp_server_name": "crm",
            "default_config": {"enabled": False},
            "configs": [{"name": "find_customer", "enabled": True, "permission_policy": {"type": "always_allow"}}],
        },
        {
            "type": "custom",
            "name": "look_up",
            "description": "Finds an order by its number.",
            "input_schema": {
                "type": "object",
                "properties": {"order.number": {"type": "integer"}, "any": {}},
                "required": ["order.number"],
                "additionalProperties": False,
            },
        },
    ],
    "mcp_servers": [{"type": "url", "name": "crm", "url": "https://crm.example.com/mcp"}],
    "metadata": {"team": "orders"},
    "execution_identity": {"type": "aws_role", "role_arn": "arn:aws:iam::123456789012:role/runner"},
}
ENVIRONMENT: dict[str, Any] = {
    "name": "Cloud",
    "description": "Where the agents run.\n\nAll of them.",
    "config": {
        "type": "cloud",
        "networking": {
            "type": "limited",
            "allowed_hosts": ["*.example.org"],
            "allow_mcp_servers": True,
            "allow_package_managers": True,
        },
        "packages": {"apt": ["jq"], "pip": ["pandas==3.0.0"]},
    },
    "metadata": {"team": "orders"},
}


CREDENTIALS: list[dict[str, Any]] = [
    {"type": "static_bearer", "mcp_server_url": "https://crm.example.com/mcp", "token": "s3cret"},
    {
        "type": "mcp_oauth",
        "mcp_server_url": "https://mail.example.com",
        "access_token": "s3cret",
        "expires_at": "2099-01-01T00:00:00Z",
        "refresh": {
            "client_id": "us",
            "refresh_token": "s3cret",
            "token_endpoint": "https://login.example.com/token",
            "token_endpoint_auth": {"type": "client_secret_post", "client_secret": "s3cret"},
            "scope": "read",
        },
    },
    {
        "type": "environment_variable",
        "secret_name": "API_TOKEN",
        "secret_value": "s3cret",
        "networking": {"type": "limited", "allowed_hosts": ["b.example.com", "a.example.com"]},
        "injection_location": {"header": True},
    },
]
DEPLOYMENT: dict[str, Any] = {
    "name": "Nightly",
    "description": "Every night.",
    "initial_events": [
        {"type": "user.message", "content": [{"type": "text", "text": "Sum up the day."}]},
        {
            "type": "user.define_outcome",
            "description": "A summary.",
            "rubric": {"type": "text", "content": "Short."},
            "max_iterations": 5,
        },
    ],
    "schedule": {"type": "cron", "expression": "0 3 * * *", "timezone": "Europe/Berlin"},
    "budget": {"type": "limit", "max_list_cost": {"amount": "100", "currency": "USD"}},
    "metadata": {"team": "orders"},
}


@pytest.fixture(
    params=[
        pytest.param({}, id="as documented"),
        pytest.param({"toolset_configs": "expand", "domains": "lower", "schema_optionals": "null"}, id="enriching"),
        pytest.param({"unset_optionals": "absent", "skill_latest": "echo"}, id="terse"),
    ]
)
def habits(request: pytest.FixtureRequest, url: str) -> Iterator[None]:
    """The answers to what the API has not settled."""
    before = httpx.get(f"{url}/_emulator/switches", timeout=60).raise_for_status().json()
    httpx.put(f"{url}/_emulator/switches", json=request.param, timeout=60).raise_for_status()
    yield
    defaults = {name: switch["default"] for name, switch in before.items()}
    httpx.put(f"{url}/_emulator/switches", json=defaults, timeout=60).raise_for_status()


def skill(client: Client, name: str, **more: str) -> dict[str, Any]:
    text = f"---\nname: {name}\ndescription: How to.\n---\nDo.\n"
    return client.skills.upload([(f"{name}/SKILL.md", text.encode()), (f"{name}/a/b.bin", b"\0\xff")], **more)


def all_drafts(client: Client, taken: tuple[str, ...] = ()) -> dict[str, Draft]:
    made = drafts(client, listed(client, ADOPTABLE.values()), taken, {})
    return {draft.path: draft for draft in made}


@pytest.mark.usefixtures("habits")
def test_files_with_every_field_plan_nothing_against_what_is_live(client: Client, tmp_path: Path) -> None:
    """Written, loaded and compared with the live objects, every kind and every field is as it was."""
    model = {"id": "claude-sonnet-5", "inference_geo": "us"}
    notes, member = skill(client, "notes"), client.agents.create({"name": "Member", "model": model})
    used = [{"type": "custom", "skill_id": notes["id"]}, {"type": "anthropic", "skill_id": "xlsx"}]
    roster = [member["id"], {"type": "self"}, {"type": "advisor", "model": "claude-fable-5-2"}]
    triage = client.agents.create({**AGENT, "skills": used, "multiagent": {"type": "coordinator", "agents": roster}})
    delegation = {"type": "enabled", "inline_agents": {"type": "disabled"}, "predefined_agents": [member["id"]]}
    lead = {"type": "multiagent_20261001", "subagents": delegation, "workflows": {"type": "disabled"}}
    client.agents.create({"name": "Lead", "model": model, "multiagent": lead})
    cloud = client.environments.create(ENVIRONMENT)
    client.environments.create({"name": "Own", "config": {"type": "self_hosted"}})

    vault = client.vaults.create({"display_name": "CRM", "metadata": {"team": "orders"}})
    for auth in CREDENTIALS:
        client.vaults.within(vault["id"]).create({"display_name": auth["type"], "auth": auth})
    memory = client.memory_stores.create({"name": "Notes", "description": "What was said."})
    upload = client.files.upload("prices.csv", b"a,b")
    resources = [
        {"type": "memory_store", "memory_store_id": memory["id"], "access": "read_only", "instructions": "Read it."},
        {"type": "memory_store", "memory_store_id": client.memory_stores.create({"name": "Plain"})["id"]},
        {"type": "file", "file_id": upload["id"], "mount_path": "prices.csv"},
        {
            "type": "github_repository",
            "url": "https://github.com/acme/shop",
            "checkout": {"type": "branch", "name": "b"},
        },
    ]
    used_by = {"agent": triage["id"], "environment_id": cloud["id"], "vault_ids": [vault["id"]], "resources": resources}
    nightly = client.deployments.create({**DEPLOYMENT, **used_by})
    client.deployments.pause(nightly["id"])
    old = {"type": "agent", "id": triage["id"], "version": 1}
    client.agents.update(triage["id"], {"version": 1, "description": "Newer."})
    client.deployments.create({**used_by, "agent": old, "name": "Old", "initial_events": DEPLOYMENT["initial_events"]})

    planned = all_drafts(client)
    for path, content in (file for draft in planned.values() for file in draft.files):
        (tmp_path / "stacks/dev" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "stacks/dev" / path).write_bytes(content)
    stage = load("dev", project_dir=tmp_path, project="shop", strict=True)

    definitions = {one.name: one for one in stage.definitions}
    inside = [part for draft in planned.values() for part in parts(client, draft.adopted, definitions)]
    adopted = {one.name: one for one in (*(draft.adopted for draft in planned.values()), *inside)}
    made = {name: one.applied for name, one in adopted.items()}
    assert definitions.keys() == adopted.keys()
    for definition in stage.definitions:
        one, body = adopted[definition.name], declared(definition, made)
        record = recall(body, account(one.facts, one.live, body))
        assert compare(one.facts, body, record, one.live) == []
        assert acknowledged(one.facts, body, one.known) == body


def test_agents_in_a_circle_name_each_other_by_id(client: Client) -> None:
    """Paths would make a loop that could never be created; the ids keep what is live."""
    first = client.agents.create({"name": "First", "model": "claude-sonnet-5"})

    def delegating(to: str) -> dict[str, Any]:
        return {"type": "multiagent_20261001", "subagents": {"type": "enabled", "predefined_agents": [to]}}

    second = client.agents.create({"name": "Second", "model": "claude-sonnet-5", "multiagent": delegating(first["id"])})
    client.agents.update(first["id"], {"version": 1, "multiagent": delegating(second["id"])})
    written = {path: draft.files[0][1].decode() for path, draft in all_drafts(client).items()}
    assert second["id"] in written["agents/first.md"]
    assert first["id"] in written["agents/second.md"]


def test_names_in_use_are_not_used_again_and_labels_go_to_the_values_file(client: Client) -> None:
    """Two objects of one name get a number each, and a skill's display name is kept."""
    skill(client, "notes", display_name="Taking notes")
    skill(client, "notes")
    client.agents.create({"name": "Triage", "model": "claude-sonnet-5"})
    planned = all_drafts(client, taken=("agents/triage",))
    assert sorted(planned) == ["agents/triage-2.md", "skills/notes", "skills/notes-2"]
    assert [draft.overrides for path, draft in sorted(planned.items())] == [{}, {}, {"display_name": "Taking notes"}]


def test_fields_that_nobody_knows_are_left_out_and_named(client: Client) -> None:
    """A field newer than this package may be one that the API does not take back."""
    live = {**client.environments.create({"name": "box"}), "tier": {"level": 3}}
    [draft] = drafts(client, [Candidate(ADOPTABLE["environment"], live)], (), {})
    assert (draft.files, draft.left_out) == ((("environments/box.yaml", b"name: box\n"),), ("tier",))
