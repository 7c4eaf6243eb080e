"""Live objects of every kind, with every field that adoption has to write down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_managed_agents.api import Client

Json = dict[str, Any]

AGENT: Json = {
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
ENVIRONMENT: Json = {
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
CREDENTIALS: list[Json] = [
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
DEPLOYMENT: Json = {
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


def make_objects_of_every_kind(client: Client) -> None:
    """Make agents of every shape, and all that deployments can refer to."""
    triage = make_agents(client)
    environment = client.environments.create(ENVIRONMENT)
    client.environments.create({"name": "Own", "config": {"type": "self_hosted"}})
    make_deployments(
        client,
        agent=triage["id"],
        environment_id=environment["id"],
        vault_ids=[make_vault(client)["id"]],
        resources=make_resources(client),
    )


def make_agents(client: Client) -> Json:
    """Make an agent that delegates in each of the two ways, and a member of both; the first of them."""
    model = {"id": "claude-sonnet-5", "inference_geo": "us"}
    member = client.agents.create({"name": "Member", "model": model})
    skills = [
        {"type": "custom", "skill_id": make_skill(client, "notes")["id"]},
        {"type": "anthropic", "skill_id": "xlsx"},
    ]
    roster = [member["id"], {"type": "self"}, {"type": "advisor", "model": "claude-fable-5-2"}]
    triage = client.agents.create({**AGENT, "skills": skills, "multiagent": {"type": "coordinator", "agents": roster}})
    delegation = {"type": "enabled", "inline_agents": {"type": "disabled"}, "predefined_agents": [member["id"]]}
    lead = {"type": "multiagent_20261001", "subagents": delegation, "workflows": {"type": "disabled"}}
    client.agents.create({"name": "Lead", "model": model, "multiagent": lead})
    return triage


def make_skill(client: Client, name: str, **more: str) -> Json:
    """Make a skill with a file of text and one of bytes."""
    text = f"---\nname: {name}\ndescription: How to.\n---\nDo.\n"
    return client.skills.upload([(f"{name}/SKILL.md", text.encode()), (f"{name}/a/b.bin", b"\0\xff")], **more)


def make_vault(client: Client) -> Json:
    """Make a vault with a credential of each type."""
    vault = client.vaults.create({"display_name": "CRM", "metadata": {"team": "orders"}})
    for auth in CREDENTIALS:
        client.vaults.within(vault["id"]).create({"display_name": auth["type"], "auth": auth})
    return vault


def make_resources(client: Client) -> list[Json]:
    """What a deployment mounts: two memory stores, a file, a repository."""
    memory = client.memory_stores.create({"name": "Notes", "description": "What was said."})
    upload = client.files.upload("prices.csv", b"a,b")
    return [
        {"type": "memory_store", "memory_store_id": memory["id"], "access": "read_only", "instructions": "Read it."},
        {"type": "memory_store", "memory_store_id": client.memory_stores.create({"name": "Plain"})["id"]},
        {"type": "file", "file_id": upload["id"], "mount_path": "prices.csv"},
        {
            "type": "github_repository",
            "url": "https://github.com/acme/shop",
            "checkout": {"type": "branch", "name": "b"},
        },
    ]


def make_deployments(client: Client, *, agent: str, **parts: Any) -> None:
    """Make a paused deployment of the agent, give the agent a new version, and make one at its first."""
    nightly = client.deployments.create({**DEPLOYMENT, "agent": agent, **parts})
    client.deployments.pause(nightly["id"])
    client.agents.update(agent, {"version": 1, "description": "Newer."})
    old = {"type": "agent", "id": agent, "version": 1}
    client.deployments.create({**parts, "agent": old, "name": "Old", "initial_events": DEPLOYMENT["initial_events"]})
