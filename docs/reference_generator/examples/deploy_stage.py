"""What the files of the stage describe, an agent beside them, and the pins for what runs the application."""

import pulumi

from pulumi_managed_agents import Agent, deploy_stage

stage = deploy_stage()
triage = stage.agents["agents/triage"]
Agent("coordinator", model="claude-opus-5-5", multiagent={"type": "coordinator", "agents": [triage]})
pulumi.export("parameter", pulumi.Output.json_dumps(stage.pins))
