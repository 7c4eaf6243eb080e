"""A folder beside the program, with a `SKILL.md` in it; an agent takes the version just uploaded."""

from pulumi_managed_agents import Agent, Skill

summary = Skill("pr-summary", directory="skills/pr-summary")
Agent("reviewer", model="claude-opus-5-5", tools=[{"type": "agent_toolset_20260401"}], skills=[summary])
