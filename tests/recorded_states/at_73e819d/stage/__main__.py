"""The files in stacks/<stage>/ decide; this program only declares them."""

from pulumi_managed_agents import deploy_stage

deploy_stage()
