"""Sorting what was asked for: objects that have a definition already, objects that need one, and what is left alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.adopt import lockfile
from pulumi_managed_agents.commands.adopt.import_file import Adopted
from pulumi_managed_agents.commands.adopt.parts import credential_body, credentials_in
from pulumi_managed_agents.commands.adopt.selection import (
    ADOPTABLE,
    PREFIXES,
    Candidate,
    chosen,
    got,
    is_foreign,
    owner_of,
)
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.record import UNNAMED
from pulumi_managed_agents.stage.builder import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.commands.adopt.selection import Wanted
    from pulumi_managed_agents.commands.adopt.workspace import Desk


@dataclass(frozen=True)
class Sorted:
    """`defined` have a definition, `new` need one; `notes` say what became of the others."""

    defined: tuple[Adopted, ...]
    new: tuple[Candidate, ...]
    notes: tuple[str, ...]


def sort_out(desk: Desk, wanted: Wanted) -> Sorted:
    """Look up what is wanted.

    Raises:
        InputError: there is no such object, or the lockfile cannot be used.
        Refused: an object is archived or another stack's, or the lockfile is another workspace's.
    """
    if wanted.lockfile:
        names, notes = _locked(desk, wanted.lockfile)
        found, gone = _still_there(desk.client, names)
    else:
        names, notes = _pending(desk), []
        found = {one.id: one for one in chosen(desk.client, wanted)}
        notes += [] if wanted.everything else [f"already managed: {found[id]}" for id in found if id in desk.held.ids]
        pending, gone = _still_there(desk.client, names.keys() - found.keys())
        found |= pending
    inside = [] if wanted.lockfile else list(_added_by_hand(desk, found.keys() & desk.held.ids))
    left = {id: one for id, one in found.items() if id not in desk.held.ids}
    owners = {id: owner_of(desk.client, one) for id, one in left.items()}
    if not wanted.lockfile:
        names = {**_made_by_us(desk, owners, names), **names}
    foreign = _foreign(desk, left, owners, wanted)
    defined = [_inspected(desk.client, one, names[id]) for id, one in left.items() if id in names and id not in foreign]
    others = [f"left alone: {left[id]} belongs to {owner}" for id, owner in foreign.items()]
    return Sorted(
        (*defined, *(one for one in inside if one.name in desk.unrecorded)),
        tuple(one for id, one in left.items() if id not in names and id not in foreign),
        (*notes, *gone, *others, *(_to_be_added(one) for one in inside if one.name not in desk.unrecorded)),
    )


def _added_by_hand(desk: Desk, ids: Iterable[str]) -> Iterator[Adopted]:
    """The credentials that nobody manages in those of these objects that are managed vaults."""
    names = {one.id: name for name, one in desk.held.applied.items()}
    for vault in sorted(id for id in ids if id.startswith(PREFIXES["vault"])):
        for live in credentials_in(desk.client, vault):
            if live["id"] not in desk.held.ids:
                facts = FACTS["credential"].within(vault)
                yield Adopted(facts, f"{names[vault]}/{key_of(live['auth'])}", live, live)


def _to_be_added(credential: Adopted) -> str:
    """What to do about a credential that the file of its vault does not name."""
    body = json.dumps(credential_body(credential.live, set()), ensure_ascii=False)
    return (
        f"not in its vault's file: credential {credential.name} ({credential.id}). To manage it, add this to its "
        f"`credentials` and run this again: {body}"
    )


def _locked(desk: Desk, path: Path) -> tuple[Mapping[str, str], list[str]]:
    lock = lockfile.read_lockfile(path)
    workspace = None if desk.home.workspace == UNNAMED else desk.home.workspace
    lockfile.must_be_of(lock, path, desk.client.settings.base_url, workspace)
    names, missing = lockfile.names_by_id(lock, path, desk.before, desk.location.project_dir)
    return names, [f"not in the stage: {one} (in {path.name})" for one in missing]


def _pending(desk: Desk) -> dict[str, str]:
    """Names by id of what an earlier adoption wrote and nobody has imported yet."""
    try:
        written = json.loads(desk.import_file.read_text(encoding="utf-8"))["resources"]
        names = {str(one["id"]): str(one["name"]) for one in written}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    pending = {id: name for id, name in names.items() if name in desk.unrecorded and id not in desk.held.ids}
    return {id: name for id, name in pending.items() if id.startswith(tuple(PREFIXES[kind] for kind in ADOPTABLE))}


def _made_by_us(desk: Desk, owners: Mapping[str, str], besides: Mapping[str, str]) -> dict[str, str]:
    """Names by id of what this stack made for a definition and then lost sight of, going by the marks in `owners`."""
    start = f"{desk.home.project}/{desk.home.stack}/"
    ids = {owner.removeprefix(start): id for id, owner in owners.items() if owner.startswith(start)}
    return {id: name for name, id in ids.items() if name in desk.unrecorded - set(besides.values())}


def _still_there(client: Client, ids: Iterable[str]) -> tuple[dict[str, Candidate], list[str]]:
    """The objects that can still be adopted, and why the others cannot."""
    found, notes = {}, []
    for id in ids:
        try:
            found[id] = got(client, id)
        except (InputError, Refused) as error:
            notes.append(f"left out: {error}")
    return found, notes


def _foreign(desk: Desk, found: Mapping[str, Candidate], owners: Mapping[str, str], wanted: Wanted) -> dict[str, str]:
    """The marks of other stacks, by id; an object that somebody asked for by name is refused for one."""
    if wanted.take_over:
        return {}
    stack = f"{desk.home.project}/{desk.home.stack}"
    foreign = {id: owner for id, owner in owners.items() if is_foreign(owner, stack)}
    if foreign and not wanted.everything:
        lines = "; ".join(f"{found[id]} belongs to {owner}" for id, owner in foreign.items())
        raise Refused(f"{lines}; nothing was written. If nothing manages it there any more, add --take-over")
    return foreign


def _inspected(client: Client, found: Candidate, name: str) -> Adopted:
    return Adopted(found.facts, name, found.live, found.facts.operations.inspect(client, found.live))
