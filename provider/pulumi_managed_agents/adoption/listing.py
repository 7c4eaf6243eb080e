"""What could be adopted: what is live in a stage's workspace, as far as its state does not manage it already.

Looking needs the API alone. The state of a stage at the real API only the Pulumi CLI can read; without it the list says
that it may hold too much.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

from pulumi_managed_agents.adoption.account import Listing
from pulumi_managed_agents.adoption.desk import Desk
from pulumi_managed_agents.adoption.selection import ADOPTABLE, is_foreign, listed, owner_of
from pulumi_managed_agents.api.settings import resolve
from pulumi_managed_agents.engine.opening import open_stage
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.stack_secrets import whole_config

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pulumi_managed_agents.api import Client

NEEDS_CLI = "To adopt needs the Pulumi CLI, since it ends with `pulumi import`: https://www.pulumi.com/docs/install/"
NO_STATE = "Nor can the state be read without it: some of these may be managed already, as those that carry {stack}."


def listing(project: Path, stage: str, *, emulator: bool) -> Listing:
    """List what could be adopted; raises as `open_stage` does, but not where only the Pulumi CLI is missing."""
    has_cli = shutil.which("pulumi") is not None
    if not has_cli and not emulator:
        from pulumi_managed_agents.api import Client

        here = read_project(project.resolve(), stage)
        settings = resolve(whole_config(here, os.environ), os.environ)
        if not settings.loopback:
            with closing(Client(settings)) as client:
                return unrecorded(client, here.name, stage, None, has_cli=False)
    desk = Desk.at(open_stage(project, stage, emulator=emulator))
    with closing(desk.client) as client:
        return unrecorded(client, desk.home.project, stage, desk.held.ids, has_cli=has_cli)


def unrecorded(client: Client, project: str, stage: str, held: Collection[str] | None, *, has_cli: bool) -> Listing:
    """What is live beside the ids that the state holds (None where nobody knows), with the marks of other stacks."""
    stack, state = f"{project}/{stage}", held or ()
    found = [(one, owner_of(client, one)) for one in listed(client, ADOPTABLE.values()) if one.id not in state]
    notes = [] if has_cli else [NEEDS_CLI]
    notes += [NO_STATE.format(stack=stack)] if held is None else []
    marks = ((one, mark if held is None or is_foreign(mark, stack) else "") for one, mark in found)
    return Listing(stage, tuple(marks), tuple(notes))
