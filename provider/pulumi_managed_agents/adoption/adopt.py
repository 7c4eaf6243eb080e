"""`managed-agents adopt`: definition files and an import file for live objects. Sends nothing but reads to the API."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pulumi_managed_agents.adoption.account import Adoption, Listing
from pulumi_managed_agents.adoption.desk import Desk
from pulumi_managed_agents.adoption.drafts import drafts
from pulumi_managed_agents.adoption.output import write_definitions, write_import
from pulumi_managed_agents.adoption.selection import ADOPTABLE, is_foreign, listed, owner_of
from pulumi_managed_agents.adoption.sorting import sort_out
from pulumi_managed_agents.engine.opening import open_stage
from pulumi_managed_agents.engine.pulumi_cli import PulumiCli
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.adoption.selection import Wanted


def adopt_stage(project: Path, stage: str, wanted: Wanted, *, emulator: bool) -> Adoption | Listing:
    """Write definitions and the import file for what is `wanted`; without a wish, only list what could be.

    Raises:
        Refused: a chosen object is archived or another stack's, or the lockfile is another workspace's.
        InputError: nothing can be written that would read back; what had been written is gone again.
    """
    if not shutil.which("pulumi"):
        raise ManagedAgentsError("adoption ends with `pulumi import`: https://www.pulumi.com/docs/install/")
    desk = Desk.at(open_stage(project, stage, emulator=emulator))
    if wanted.is_nothing:
        return _listing(desk)
    found = sort_out(desk, wanted)
    if not found.defined and not found.new:
        return Adoption(stage, found.notes)
    new = drafts(desk.client, found.new, desk.taken(), desk.targets(found.defined), desk.secrets())
    notes = (*found.notes, *write_definitions(desk, new))
    if isinstance(desk.opened.engine, PulumiCli):
        desk.opened.engine.make_stack()  # which `pulumi import` does not
    return Adoption(stage, notes, tuple(new), write_import(desk, [*found.defined, *(one.adopted for one in new)]))


def _listing(desk: Desk) -> Listing:
    """What could be adopted, each with the mark of another stack that it carries."""
    stack, held = f"{desk.home.project}/{desk.home.stack}", desk.held.ids
    found = [(one, owner_of(desk.client, one)) for one in listed(desk.client, ADOPTABLE.values()) if one.id not in held]
    return Listing(desk.home.stack, tuple((one, mark if is_foreign(mark, stack) else "") for one, mark in found))
