"""What the program tells a review: what its stages are declared from, what the gate says, what would be removed.

A preview that is to go on where an up would stop, or an up that asks, records it beside the provider's plans.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from pulumi_managed_agents.dynamic.provider.plan_recorder import directory, goes_on
from pulumi_managed_agents.one_command import question
from pulumi_managed_agents.review.plan_files import REVIEWED_PLANS, FilesRecord, GateRecord, save, saved_files
from pulumi_managed_agents.review.plan_moves import MOVED, file_moves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.release.judgement import Judgement
    from pulumi_managed_agents.stage.removal import Removals


def note_judgement(judgement: Judgement, within: str = "") -> bool:
    """Record what the gate says, where a preview is to tell it and to go on all the same; whether it is."""
    unproven = (*judgement.uncovered, *judgement.warnings)
    return _noted(GateRecord(tuple(map(str, judgement.refusals)), tuple(judgement.notes), unproven), within)


def note_removals(removals: Removals, whose: str = "") -> bool:
    """Record which removals somebody has to confirm, where a preview is to go on all the same; whether it is.

    `whose` distinguishes those of a program's stages, and its own.
    """
    return _noted(removals, whose)


def _noted(record: GateRecord | Removals, within: str = "") -> bool:
    folder = directory()
    if folder is None or not goes_on() or not (pulumi.runtime.is_dry_run() or question()):
        return False
    save(record, folder, within=within)
    return True


def note_files(files: Mapping[str, str], within: str = "") -> tuple[str, ...]:
    """Record what a stage is declared from, where a command collects plans; which files moved since a review if not."""
    if folder := directory():
        save(FilesRecord(files), folder, within=within)
    reviewed = os.environ.get(REVIEWED_PLANS)
    earlier = saved_files(Path(reviewed), within) if reviewed else None
    return () if earlier is None else tuple(f"{line} {MOVED}" for line in file_moves(earlier, files))
