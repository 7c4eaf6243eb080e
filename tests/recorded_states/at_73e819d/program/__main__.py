"""Every class of the package: with Outputs, references, secrets, aliases and a second provider."""

import pulumi

from pulumi_managed_agents import Agent, Credential, Deployment, Environment, File, MemoryStore, Skill, Vault

config = pulumi.Config("crew")
manner = pulumi.Output.from_input("gently")

skill = Skill("refunds", directory="skills/refunds", display_name="Refunds")
box = Environment(
    "box",
    description="Where orders are worked on.",
    config={"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["pypi.org", "api.shop.example"]}},
    metadata={"team": "orders"},
)
Environment("by-hand", name="made-by-hand", config={"type": "self_hosted"}, adopt="env_01AbiBZgJWKZnnx9rxAJqM4L")
triage = Agent(
    "triage",
    name="Triage",
    model={"id": "claude-opus-5-5", "effort": "high"},
    system=manner.apply("You sort orders, {}.".format),
    description="Sorts incoming orders.",
    tools=[
        {"type": "agent_toolset_20260401", "configs": [{"name": "bash", "permission_policy": {"type": "always_ask"}}]},
        {"type": "mcp_toolset", "mcp_server_name": "crm"},
        {"type": "custom", "name": "lookup", "description": "Looks up.", "input_schema": {"type": "object"}},
    ],
    mcp_servers=[{"type": "url", "name": "crm", "url": "https://mcp.shop.example/crm"}],
    skills=[skill],
    metadata={"environment": box.id},
)
lead = Agent(
    "lead",
    model="claude-opus-5-5",
    system=config.require_secret("manners"),
    multiagent={
        "type": "coordinator",
        "agents": [triage, {"type": "self"}, {"type": "advisor", "model": "claude-fable-5-2"}],
    },
    opts=pulumi.ResourceOptions(protect=True),
)
careful = Agent(
    "careful",
    model="claude-opus-5-5",
    multiagent={"type": "coordinator", "agents": [{"type": "agent", "id": triage.id, "version": 1}]},
)
planner = Agent(
    "planner",
    model="claude-opus-5-5",
    multiagent={
        "type": "multiagent_20261001",
        "subagents": {"type": "enabled", "predefined_agents": [triage, {"type": "self"}]},
        "workflows": {"type": "disabled"},
        "advisor": {"type": "enabled", "model": "claude-fable-5-2"},
    },
    execution_identity={"type": "aws_role", "role_arn": "arn:aws:iam::123456789012:role/planner"},
)

vault = Vault("crm", display_name="CRM", metadata={"team": "orders"})
Credential(
    "crm-server",
    vault=vault,
    display_name="CRM server",
    auth={"type": "static_bearer", "mcp_server_url": "https://mcp.shop.example/crm", "token": "made-up-crm-token"},
)
Credential(
    "shop-api",
    vault=vault,
    auth={
        "type": "environment_variable",
        "secret_name": "SHOP_API_KEY",
        "secret_value": config.require_secret("shopApiKey"),
        "networking": {"type": "limited", "allowed_hosts": ["api.shop.example"]},
    },
    opts=pulumi.ResourceOptions(parent=vault),
)
customers = MemoryStore(
    "customers",
    description="What customers said.",
    memories=[{"path": "/style.md", "content": "Be brief."}, {"path": "/faq.md", "content": "See the list."}],
    strict_memories=True,
)
prices = File("prices", file="prices.csv", filename="price-list.csv")
Deployment(
    "nightly",
    agent=triage,
    environment_id=box,
    description="Sums up the day.",
    initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Sum up the day."}]}],
    schedule={"type": "cron", "expression": "0 3 * * *", "timezone": "Europe/Berlin"},
    resources=[
        {"type": "memory_store", "memory_store_id": customers, "access": "read_only"},
        {"type": "file", "file_id": prices, "mount_path": "prices.csv"},
        {
            "type": "github_repository",
            "url": "https://github.com/acme/shop",
            "authorization_token": "made-up-github-token",
        },
    ],
    vault_ids=[vault],
    budget={"type": "limit", "max_list_cost": {"amount": "100", "currency": "USD"}},
)
Deployment(
    "weekly",
    agent={"type": "agent", "id": careful.id, "version": careful.version},
    environment_id=box.id,
    initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Plan the week."}]}],
    paused=True,
    metadata={"team": "orders"},
)

other = pulumi.ProviderResource("pulumi-python", "second", {"managed-agents:onDrift": "ignore"})
Agent("elsewhere", model="claude-haiku-5-5", opts=pulumi.ResourceOptions(provider=other))

pulumi.export("served", {"id": triage.id, "version": triage.version})
