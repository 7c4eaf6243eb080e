"""An agent with tools, an MCP server and a skill, and one that may hand work to it."""

import pulumi

from pulumi_managed_agents import Agent, Skill, get_skill

triage = Agent(
    "triage",
    name="Triage",
    model={"id": "claude-opus-5-5", "effort": "high"},
    system="You sort incoming orders.",
    tools=[
        {
            "type": "agent_toolset_20260401",
            "configs": [{"name": "bash", "permission_policy": {"type": "always_ask"}}],
        },
        {"type": "mcp_toolset", "mcp_server_name": "crm"},
    ],
    mcp_servers=[{"type": "url", "name": "crm", "url": "https://mcp.crm.example.com/sse"}],
    skills=[Skill("summary", directory="skills/pr-summary"), get_skill(id="xlsx")],
)
Agent("lead", model="claude-opus-5-5", multiagent={"type": "coordinator", "agents": [triage]})
pulumi.export("triage", {"id": triage.id, "version": triage.version})
