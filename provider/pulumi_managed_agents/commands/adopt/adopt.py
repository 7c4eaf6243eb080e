"""`managed-agents adopt`: definition files and an import file for live objects. Sends nothing but reads to the API."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

from pulumi_managed_agents.api.settings import resolve
from pulumi_managed_agents.commands.adopt.classify import classify
from pulumi_managed_agents.commands.adopt.context import AdoptionContext
from pulumi_managed_agents.commands.adopt.drafts import drafts
from pulumi_managed_agents.commands.adopt.file_writer import write_definitions, write_import
from pulumi_managed_agents.commands.adopt.report import Adoption, Listing
from pulumi_managed_agents.commands.adopt.selection import ADOPTABLE, is_foreign, list_candidates, owner_of
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.pulumi_cli import PulumiCli
from pulumi_managed_agents.engine.stack_secrets import whole_config
from pulumi_managed_agents.errors import InputError, ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.commands.adopt.selection import AdoptionChoice

NEEDS_CLI = "To adopt needs the Pulumi CLI, since it ends with `pulumi import`: https://www.pulumi.com/docs/install/"
NO_STATE = "Nor can the state be read without it: some of these may be managed already, as those that carry {stack}."


def adopt_stage(
    project: Path, stage: str, choice: AdoptionChoice, *, emulator: bool, imports: bool = False
) -> Adoption | Listing:
    """Write definitions and the import file for what was chosen; with an empty choice, only list what could be.

    If it `imports`, and no secret lacks its value, the stage's state has taken the objects over afterwards.

    Raises:
        Refused: a chosen object is archived or another stack's, or the lockfile is another workspace's.
        InputError: nothing can be written that would read back, or that would hold a secret; what had been written is
            gone again.
    """
    if choice.is_empty and imports:
        raise InputError("--import needs to know what: choose with --id, with --kind and --name, with --from, or --all")
    if choice.is_empty:
        return listing(project, stage, emulator=emulator)
    opened = open_stage(project, stage, emulator=emulator)
    if not shutil.which("pulumi"):
        raise ManagedAgentsError(f"{NEEDS_CLI}; nothing was written")
    opened.learn_secrets()
    context = AdoptionContext.of(opened)
    classified = classify(context, choice)
    if not classified.defined and not classified.new:
        return Adoption(stage, classified.notes)
    targets = context.targets(classified.defined)
    new = drafts(context.client, classified.new, context.taken_names(), targets, context.secret_names())
    notes = (*classified.notes, *write_definitions(context, new))
    written = write_import(context, [*classified.defined, *(draft.adopted for draft in new)])
    adoption = Adoption(stage, notes, tuple(new), written, wants_import=imports)
    if isinstance(context.opened.engine, PulumiCli):
        context.opened.engine.make_stack()  # `pulumi import` does not make it
        if adoption.is_imported:
            context.opened.engine.take_over(json.loads(context.import_file.read_bytes())["resources"])
            context.import_file.unlink()
    return adoption


def listing(project: Path, stage: str, *, emulator: bool) -> Listing:
    """List what could be adopted; raises as `open_stage` does, except where only the Pulumi CLI is missing."""
    has_cli = shutil.which("pulumi") is not None
    if not has_cli and not emulator:
        from pulumi_managed_agents.api import Client

        here = read_project(project.resolve(), stage)
        settings = resolve(whole_config(here, os.environ), os.environ)
        if not settings.loopback:
            with closing(Client(settings)) as client:
                return unrecorded(client, here.name, stage, None, has_cli=False)
    context = AdoptionContext.of(open_stage(project, stage, emulator=emulator))
    with closing(context.client) as client:
        return unrecorded(client, context.identity.project, stage, context.recorded.ids, has_cli=has_cli)


def unrecorded(client: Client, project: str, stage: str, managed: Collection[str] | None, *, has_cli: bool) -> Listing:
    """What is live and not among the `managed` ids, with other stacks' marks; `managed` None: the state is unread."""
    stack = f"{project}/{stage}"
    candidates = (
        candidate for candidate in list_candidates(client, ADOPTABLE.values()) if candidate.id not in (managed or ())
    )
    owned = [(candidate, owner_of(client, candidate)) for candidate in candidates]
    if managed is not None:  # a mark of this stack alone then says nothing new
        owned = [(candidate, mark if is_foreign(mark, stack) else "") for candidate, mark in owned]
    notes = [] if has_cli else [NEEDS_CLI]
    notes += [NO_STATE.format(stack=stack)] if managed is None else []
    return Listing(stage, tuple(owned), tuple(notes))
