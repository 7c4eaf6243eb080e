"""An agent that another team manages, by its name; a skill by Anthropic; the newest model."""

import pulumi

from pulumi_managed_agents import Agent, get_agent, get_agent_output, get_models, get_skill

billing = get_agent(name="Billing")
supervisor = Agent(
    "supervisor",
    model=get_models()[0],
    tools=[{"type": "agent_toolset_20260401"}],
    skills=[get_skill(id="xlsx")],
    multiagent={"type": "coordinator", "agents": [billing]},
)
pulumi.export("billing", billing.version)
pulumi.export("supervisor", get_agent_output(id=supervisor.id).apply(lambda live: live.name))
