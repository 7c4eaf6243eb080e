"""`python -m pulumi_managed_agents.cli` is `managed-agents`."""

from pulumi_managed_agents.cli import main

main()
