"""An agent that writes release notes, declared in Python: the same resources that files make."""

import pulumi

from pulumi_managed_agents import Agent, Environment, Skill

style = Skill("release-notes-style", directory="skills/release-notes")

sandbox = Environment(
    "sandbox",
    name=f"release-notes-{pulumi.get_stack()}",
    config={
        "type": "cloud",
        "networking": {"type": "limited", "allowed_hosts": ["api.github.com"]},
    },
)

writer = Agent(
    "writer",
    model={"id": "claude-sonnet-5-5", "effort": "medium"},
    system="You write release notes from merged pull requests, for the people who use the product.",
    tools=[
        {
            "type": "agent_toolset_20260401",
            "configs": [{"name": "bash", "permission_policy": {"type": "always_ask"}}],
        }
    ],
    skills=[style],
)

editor = Agent(
    "editor",
    model="claude-opus-5-5",
    system=pulumi.Output.concat("You edit what ", writer.name, " writes, and send back what is unclear."),
    multiagent={"type": "coordinator", "agents": [writer]},
)

pulumi.export("editor", {"id": editor.id, "version": editor.version})
pulumi.export("environment", sandbox.id)
