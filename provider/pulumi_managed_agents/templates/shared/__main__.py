"""The stack's name picks the stage; everything in its folder is declared."""

from pulumi_managed_agents import deploy_stage

deploy_stage()
