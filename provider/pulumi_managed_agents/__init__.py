"""Hosted agents as code, run by Pulumi: `Agent`, `Environment` and `Skill` for a program of one's own.

The names are loaded on first use, so that importing the package (as every command does) does not import Pulumi.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_managed_agents.dynamic.declare import deploy_stage
    from pulumi_managed_agents.dynamic.resources import Agent, Environment, Skill

__all__ = ["Agent", "Environment", "Skill", "deploy_stage"]

_HOMES = {
    "Agent": "pulumi_managed_agents.dynamic.resources",
    "Environment": "pulumi_managed_agents.dynamic.resources",
    "Skill": "pulumi_managed_agents.dynamic.resources",
    "deploy_stage": "pulumi_managed_agents.dynamic.declare",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
