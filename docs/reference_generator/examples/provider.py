"""The same agent in two workspaces: that of the stack, and that of another key."""

import pulumi

from pulumi_managed_agents import Agent, Provider

europe = Provider("europe", api_key=pulumi.Config().require_secret("europeKey"), config={"onDrift": "fail"})
Agent("triage", model="claude-haiku-5-5")
Agent("triage-europe", model="claude-haiku-5-5", opts=pulumi.ResourceOptions(provider=europe))
