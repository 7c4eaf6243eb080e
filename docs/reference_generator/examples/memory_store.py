"""A store that begins with one memory, and that Pulumi refuses to delete."""

import pulumi

from pulumi_managed_agents import MemoryStore

MemoryStore(
    "notes",
    description="What customers said.",
    memories=[{"path": "/style.md", "content": "Be brief."}],
    opts=pulumi.ResourceOptions(protect=True),
)
