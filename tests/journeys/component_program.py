"""A program of nested components in which every kind is a child, and names are shared as far as URNs allow."""

from __future__ import annotations

PROGRAM = """\
import pulumi

from pulumi_managed_agents import Agent, Credential, Deployment, Environment, File, MemoryStore, Skill, Vault

TOOLS = [{"type": "agent_toolset_20260401"}]
HELLO = [{"type": "user.message", "content": [{"type": "text", "text": "Sum up."}]}]


class Desk(pulumi.ComponentResource):
    \"""One of every kind; an agent and an environment share a name.\"""

    def __init__(self, name, opts=None):
        super().__init__("acme:support:Desk", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.skill = Skill("notes", directory="notes", display_name=f"{name} notes", opts=inside)
        box = Environment("triage", name=f"{name}-box", opts=inside)
        self.triage = Agent("triage", model="claude-haiku-5-5", tools=TOOLS, skills=[self.skill], opts=inside)
        members = {"type": "coordinator", "agents": [self.triage]}
        self.lead = Agent("lead", model="claude-opus-5-5", multiagent=members, opts=inside)
        vault = Vault("crm", opts=inside)
        auth = {"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example/sse", "token": "a-token-of-ours"}
        Credential("crm", vault=vault, auth=auth, opts=inside)
        memory = MemoryStore("memory", memories=[{"path": "/style.md", "content": "Be brief."}], opts=inside)
        prices = File("prices", file="prices.csv", opts=inside)
        mounted = [
            {"type": "memory_store", "memory_store_id": memory},
            {"type": "file", "file_id": prices, "mount_path": "prices.csv"},
        ]
        Deployment(
            "nightly",
            agent=self.lead,
            environment_id=box,
            initial_events=HELLO,
            resources=mounted,
            vault_ids=[vault],
            opts=inside,
        )
        self.register_outputs({"lead": self.lead.id})


class Team(pulumi.ComponentResource):
    \"""A desk inside, and an agent of its own that is called as one there.\"""

    def __init__(self, name, opts=None):
        super().__init__("acme:support:Team", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.desk = Desk(f"{name}-desk", inside)
        self.triage = Agent("triage", model="claude-haiku-5-5", opts=inside)
        self.register_outputs({})


day = Team("day")
night = Desk("night", pulumi.ResourceOptions(depends_on=[day]))
triage = Agent("triage", model="claude-haiku-5-5", opts=pulumi.ResourceOptions(depends_on=[night]))
"""
TEAM = "acme:support:Team"
DESK = "acme:support:Desk"
