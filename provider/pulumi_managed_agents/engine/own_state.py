"""What a run can skip where a stage's files say all of it, and its state is a file or a bucket.

Pulumi Cloud is another matter: it has policies that stop a run, and keeps each step as the record of an update.
"""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import policy
from pulumi_managed_agents.engine.project import TRIAL
from pulumi_managed_agents.reconcile.mark import STACK_TYPE, TYPE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.engine.project import Project
    from pulumi_managed_agents.stage import Stage

SCHEMES = ("file", "s3", "gs", "azblob")
"""How the address of a state begins that is a file or a bucket."""
_OPTIONS = "PULUMI_OPTION_"
"""How the variables begin that give the CLI flags, such as a policy pack."""


def is_own(opened: OpenStage) -> bool:
    """Whether the state of a stage lies in a file or a bucket."""
    kept_here = opened.emulator or opened.engine_name == TRIAL
    return bool(kept_here) or _backend(opened.project, opened.environment).partition("://")[0] in SCHEMES


def _backend(project: Project, environment: Mapping[str, str]) -> str:
    """The address of a project's state, as the CLI would find it."""
    declared = project.settings.get("backend")
    of_project = declared.get("url") if isinstance(declared, dict) else None
    return str(environment.get("PULUMI_BACKEND_URL") or of_project or _logged_in(environment))


def _logged_in(environment: Mapping[str, str]) -> str:
    home = environment.get("PULUMI_HOME") or Path(environment.get("HOME") or Path.home()) / ".pulumi"
    try:
        return str(json.loads((Path(home) / "credentials.json").read_text("utf-8"))["current"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def variables_of_up(opened: OpenStage, stage: Stage | None) -> dict[str, str]:
    """What makes the CLI record an up at its end, not after each step, where our marks find again what a kill left.

    That is so for a stage of files. Not for one that uploads files: the API lets nobody mark them, so that another
    machine would upload them once more. `stage` None is a program in Python, which may declare anything.
    `managed-agents:checkpoints` decides otherwise, but not where the state is another's.
    """
    heals = (
        is_files_alone(opened)
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
    if not (at_end and is_own(opened)):
        return {}
    return {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}


def is_files_alone(opened: OpenStage) -> bool:
    """Whether a program does nothing but to deploy a stage of files."""
    if not opened.has_files:
        return False
    try:
        program = ast.parse((opened.project.program / "__main__.py").read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return False
    return [ast.unparse(statement) for statement in program.body if not _is_text(statement)] == [
        "from pulumi_managed_agents import deploy_stage",
        "deploy_stage()",
    ]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_judged_by_itself(opened: OpenStage, recorded: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the program finds, before its first write, all that a preview would find: no preview is needed then.

    It knows its files, what is recorded of them and what is live. It knows nothing of other packages' resources, of
    what somebody protected, of policies and of flags that the environment gives the CLI.
    """
    resources = list(recorded)
    protected = any(resource["protect"] for resource in resources)
    flags = any(name.startswith(_OPTIONS) for name in os.environ)
    return is_files_alone(opened) and _are_ours(resources) and not protected and not flags and is_own(opened)


def _are_ours(recorded: Iterable[Mapping[str, Any]]) -> bool:
    return all(resource["type"].startswith(TYPE_PREFIX) or resource["type"] == STACK_TYPE for resource in recorded)
