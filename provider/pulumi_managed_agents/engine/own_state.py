"""What a run can skip where a stage's files say all of it, and its state is a file or a bucket.

Pulumi Cloud is another matter: it has policies that stop a run, and keeps each step as the record of an update.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import policy
from pulumi_managed_agents.engine.own_backend import is_own_backend
from pulumi_managed_agents.engine.own_program import is_files_alone
from pulumi_managed_agents.engine.project import TRIAL
from pulumi_managed_agents.reconcile.mark import STACK_TYPE, TYPE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.stage import Stage

_OPTIONS = "PULUMI_OPTION_"
"""How the variables begin that give the CLI flags, such as a policy pack."""


def _is_own(opened: OpenStage) -> bool:
    """Whether the state of a stage lies in a file or a bucket."""
    kept_here = opened.emulator or opened.engine_name == TRIAL
    return bool(kept_here) or is_own_backend(opened.project, opened.environment)


def variables_of_up(opened: OpenStage, stage: Stage | None) -> dict[str, str]:
    """What makes the CLI record an up at its end, not after each step, where our marks find again what a kill left.

    That is so for a stage of files. Not for one that uploads files: the API lets nobody mark them, so that another
    machine would upload them once more. `stage` None is a program in Python, which may declare anything.
    `managed-agents:checkpoints` decides otherwise, but not where the state is another's.
    """
    heals = (
        is_files_alone(opened.project)
        and stage is not None
        and all(definition.kind != "file" for definition in stage.definitions)
    )
    return _variables(opened, heals=heals)


def variables_of_destroy(opened: OpenStage, recorded: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The same for a destroy: what a killed one has removed is found gone, for each of our kinds."""
    return _variables(opened, heals=_are_ours(recorded))


def _variables(opened: OpenStage, *, heals: bool) -> dict[str, str]:
    checkpoints = policy(opened.project.own_config).checkpoints
    at_end = checkpoints == "end" or (not checkpoints and heals)
    if not (at_end and _is_own(opened)):
        return {}
    return {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}


def is_judged_by_itself(opened: OpenStage, recorded: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the program finds, before its first write, all that a preview would find: no preview is needed then.

    It knows its files, what is recorded of them and what is live. It knows nothing of other packages' resources, of
    what somebody protected, of policies and of flags that the environment gives the CLI.
    """
    resources = list(recorded)
    protected = any(resource["protect"] for resource in resources)
    flags = any(name.startswith(_OPTIONS) for name in os.environ)
    return is_files_alone(opened.project) and _are_ours(resources) and not protected and not flags and _is_own(opened)


def _are_ours(recorded: Iterable[Mapping[str, Any]]) -> bool:
    return all(resource["type"].startswith(TYPE_PREFIX) or resource["type"] == STACK_TYPE for resource in recorded)
