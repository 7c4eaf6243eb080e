"""`managed-agents adopt`: definition files and an import file for live objects. Sends nothing but reads to the API."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pulumi_managed_agents.adoption.desk import Desk
from pulumi_managed_agents.adoption.drafts import drafts
from pulumi_managed_agents.adoption.output import write_definitions, write_import
from pulumi_managed_agents.adoption.selection import ADOPTABLE, is_foreign, listed, owner_of
from pulumi_managed_agents.adoption.sorting import sort_out
from pulumi_managed_agents.engine.opening import open_stage
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.adoption.selection import Wanted


def adopt_stage(project: Path, stage: str, wanted: Wanted, *, emulator: bool) -> Iterator[str]:
    """Write definitions and the import file for what is `wanted`; one line for everything that was done or left.

    Raises:
        Refused: a chosen object is archived or another stack's, or the lockfile is another workspace's.
        InputError: nothing can be written that would read back; what had been written is gone again.
    """
    if not shutil.which("pulumi"):
        raise ManagedAgentsError("adoption ends with `pulumi import`: https://www.pulumi.com/docs/install/")
    desk = Desk.at(open_stage(project, stage, emulator=emulator))
    if wanted.is_nothing:
        yield from _listing(desk)
        return
    found = sort_out(desk, wanted)
    yield from found.notes
    if not found.defined and not found.new:
        yield "nothing to adopt"
        return
    new = drafts(desk.client, found.new, desk.taken(), desk.targets(found.defined), desk.secrets())
    yield from write_definitions(desk, new)
    yield from write_import(desk, [*found.defined, *(draft.adopted for draft in new)])


def _listing(desk: Desk) -> Iterator[str]:
    """What could be adopted."""
    stack = f"{desk.home.project}/{desk.home.stack}"
    found = [one for one in listed(desk.client, ADOPTABLE.values()) if one.id not in desk.held.ids]
    for one in found:
        owner = owner_of(desk.client, one)
        yield f"{one}, belongs to {owner}" if is_foreign(owner, stack) else str(one)
    yield "Choose with --id, with --kind and --name, or take --all." if found else "Everything live is managed."
