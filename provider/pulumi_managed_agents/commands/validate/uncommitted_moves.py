"""Files that moved since the last commit without saying so: git stands in for the state, which `validate` never reads.

The commit is what was reviewed, not what is deployed. Where there is no git, or nothing of the folder was deleted since
the commit, nothing is known and nothing said.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.promote.rollback_files import files_at
from pulumi_managed_agents.commands.promote.stage_copy import copied_stage
from pulumi_managed_agents.commands.promote.stage_folder import stage_folder
from pulumi_managed_agents.config.policy import policy
from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.git import Git
from pulumi_managed_agents.stage.moves import moves_between
from pulumi_managed_agents.stage.removal import ALL, confirmed

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.stage import Stage


def uncommitted_moves(root: Path, stage: Stage) -> list[Finding]:
    """A warning for each file of a stage that probably only has another name than in the last commit."""
    here = stage_folder(root, stage.name)
    allowed = confirmed(here.config, os.environ)
    git = Git(here.root)
    if ALL in allowed or policy(here.config).on_removal == "retain" or not git.has_lost(here.folder):
        return []
    head = git.head()
    files = files_at(git, head, here)
    values = git.file_at(head, here.root / "stacks" / f"{here.name}.values.yaml")
    with copied_stage(here, files, values) as copy:
        try:
            committed, _ = copy.load()
        except InputError:  # what could not be used was not deployed either
            return []
    files_of = {definition.name: definition.file for definition in stage.definitions}
    return [
        Finding(
            files_of[move.new],
            0,
            "",
            f"looks like {move.old} of the last commit under another name ({move.same}), which an up would remove for "
            f"ever; if it moved, {move.advice}: `{move.line}`",
            "warning",
        )
        for move in moves_between(committed, stage)
        if move.old not in allowed
    ]
