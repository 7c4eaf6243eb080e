"""An agent that starts each working day at nine, with a file and a memory store at hand."""

from pulumi_managed_agents import Agent, Deployment, Environment, File, MemoryStore

Deployment(
    "daily",
    agent=Agent("reporter", model="claude-opus-5-5", tools=[{"type": "agent_toolset_20260401"}]),
    environment_id=Environment("reports"),
    initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Sum up the day before."}]}],
    schedule={"type": "cron", "expression": "0 9 * * 1-5", "timezone": "Europe/Berlin"},
    resources=[
        {"type": "memory_store", "memory_store_id": MemoryStore("findings"), "access": "read_only"},
        {"type": "file", "file_id": File("prices", file="prices.csv"), "mount_path": "prices.csv"},
    ],
    budget={"type": "limit", "max_list_cost": {"amount": "500", "currency": "USD"}},
)
