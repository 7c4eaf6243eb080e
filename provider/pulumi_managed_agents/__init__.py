"""Hosted agents as code, run by Pulumi: `Agent`, `Environment`, `Skill` … for a Pulumi program.

The names are loaded on first use, so that importing the package (as every command does) does not import Pulumi.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_managed_agents.dynamic.program import inputs as inputs
    from pulumi_managed_agents.dynamic.program.declare import deploy_stage
    from pulumi_managed_agents.dynamic.program.deployed_stage import Stage
    from pulumi_managed_agents.dynamic.program.deployments import Deployment, File, MemoryStore
    from pulumi_managed_agents.dynamic.program.explicit_provider import Provider
    from pulumi_managed_agents.dynamic.program.live_object import LiveObject
    from pulumi_managed_agents.dynamic.program.lookups import (
        get_agent,
        get_agent_output,
        get_deployment,
        get_deployment_output,
        get_environment,
        get_environment_output,
        get_memory_store,
        get_memory_store_output,
        get_models,
        get_models_output,
        get_skill,
        get_skill_output,
        get_vault,
        get_vault_output,
    )
    from pulumi_managed_agents.dynamic.program.resources import Agent, Credential, Environment, Skill, Vault

__all__ = [
    "Agent",
    "Credential",
    "Deployment",
    "Environment",
    "File",
    "LiveObject",
    "MemoryStore",
    "Provider",
    "Skill",
    "Stage",
    "Vault",
    "deploy_stage",
    "get_agent",
    "get_agent_output",
    "get_deployment",
    "get_deployment_output",
    "get_environment",
    "get_environment_output",
    "get_memory_store",
    "get_memory_store_output",
    "get_models",
    "get_models_output",
    "get_skill",
    "get_skill_output",
    "get_vault",
    "get_vault_output",
    "inputs",
]

_INPUTS = "pulumi_managed_agents.dynamic.program.inputs"
_HOMES = {
    "inputs": _INPUTS,
    "Agent": "pulumi_managed_agents.dynamic.program.resources",
    "Credential": "pulumi_managed_agents.dynamic.program.resources",
    "Deployment": "pulumi_managed_agents.dynamic.program.deployments",
    "Environment": "pulumi_managed_agents.dynamic.program.resources",
    "File": "pulumi_managed_agents.dynamic.program.deployments",
    "MemoryStore": "pulumi_managed_agents.dynamic.program.deployments",
    "Skill": "pulumi_managed_agents.dynamic.program.resources",
    "Vault": "pulumi_managed_agents.dynamic.program.resources",
    "deploy_stage": "pulumi_managed_agents.dynamic.program.declare",
    "Stage": "pulumi_managed_agents.dynamic.program.deployed_stage",
    "LiveObject": "pulumi_managed_agents.dynamic.program.live_object",
    "Provider": "pulumi_managed_agents.dynamic.program.explicit_provider",
    **{name: "pulumi_managed_agents.dynamic.program.lookups" for name in __all__ if name.startswith("get_")},
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return import_module(_INPUTS) if name == "inputs" else getattr(import_module(_HOMES[name]), name)
