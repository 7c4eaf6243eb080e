"""`managed-agents adopt`: definition files and an import file for live objects. Sends nothing but reads to the API."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pulumi_managed_agents.adoption.account import Adoption
from pulumi_managed_agents.adoption.desk import Desk
from pulumi_managed_agents.adoption.drafts import drafts
from pulumi_managed_agents.adoption.listing import NEEDS_CLI, listing
from pulumi_managed_agents.adoption.output import write_definitions, write_import
from pulumi_managed_agents.adoption.sorting import sort_out
from pulumi_managed_agents.engine.opening import open_stage
from pulumi_managed_agents.engine.pulumi_cli import PulumiCli
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.adoption.account import Listing
    from pulumi_managed_agents.adoption.selection import Wanted


def adopt_stage(project: Path, stage: str, wanted: Wanted, *, emulator: bool) -> Adoption | Listing:
    """Write definitions and the import file for what is `wanted`; without a wish, only list what could be.

    Raises:
        Refused: a chosen object is archived or another stack's, or the lockfile is another workspace's.
        InputError: nothing can be written that would read back, or that would hold a secret; what had been written is
            gone again.
    """
    if wanted.is_nothing:
        return listing(project, stage, emulator=emulator)
    if not shutil.which("pulumi"):
        raise ManagedAgentsError(f"{NEEDS_CLI}; nothing was written")
    opened = open_stage(project, stage, emulator=emulator)
    opened.learn_secrets()
    desk = Desk.at(opened)
    found = sort_out(desk, wanted)
    if not found.defined and not found.new:
        return Adoption(stage, found.notes)
    new = drafts(desk.client, found.new, desk.taken(), desk.targets(found.defined), desk.secrets())
    notes = (*found.notes, *write_definitions(desk, new))
    if isinstance(desk.opened.engine, PulumiCli):
        desk.opened.engine.make_stack()  # which `pulumi import` does not
    return Adoption(stage, notes, tuple(new), write_import(desk, [*found.defined, *(one.adopted for one in new)]))
