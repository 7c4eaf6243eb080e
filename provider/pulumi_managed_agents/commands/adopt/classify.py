"""Which of the chosen live objects have a definition already, which need one, and which are left alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.adopt import lockfile
from pulumi_managed_agents.commands.adopt.import_file import Adopted
from pulumi_managed_agents.commands.adopt.inline_resources import credential_body, credentials_in
from pulumi_managed_agents.commands.adopt.selection import (
    ADOPTABLE,
    PREFIXES,
    Candidate,
    chosen_candidates,
    get_candidate,
    is_foreign,
    owner_of,
)
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.files.document import read_json
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.record import UNNAMED
from pulumi_managed_agents.stage.builder import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.commands.adopt.context import AdoptionContext
    from pulumi_managed_agents.commands.adopt.selection import AdoptionChoice


@dataclass(frozen=True)
class Classified:
    """`defined` have a definition, `new` need one; `notes` say what became of the others."""

    defined: tuple[Adopted, ...]
    new: tuple[Candidate, ...]
    notes: tuple[str, ...]


def classify(context: AdoptionContext, choice: AdoptionChoice) -> Classified:
    """Look up the chosen objects and separate those with a definition from those without.

    Raises:
        InputError: there is no such object, or the lockfile cannot be used.
        Refused: an object is archived or another stack's, or the lockfile is another workspace's.
    """
    managed = context.recorded.ids
    credentials: list[Adopted] = []
    if choice.lockfile:
        names, notes = _names_in_lockfile(context, choice.lockfile)
        candidates, gone = _still_there(context.client, names)
    else:
        # What an earlier adoption wrote and nobody imported goes into this import file too, which replaces that one.
        names, notes = _written_earlier(context), []
        candidates = {candidate.id: candidate for candidate in chosen_candidates(context.client, choice)}
        if not choice.everything:
            notes += [f"already managed: {candidates[id]}" for id in candidates if id in managed]
        written_earlier, gone = _still_there(context.client, names.keys() - candidates.keys())
        candidates |= written_earlier
        credentials = list(_unmanaged_credentials(context, candidates.keys() & managed))
    unmanaged = {id: candidate for id, candidate in candidates.items() if id not in managed}
    owners = {id: owner_of(context.client, candidate) for id, candidate in unmanaged.items()}
    if not choice.lockfile:
        # After a state was lost, marks on live objects still say which definition each belongs to.
        names = {**_lost_from_state(context, owners, names), **names}
    foreign = _foreign(context, unmanaged, owners, choice)
    ours = {id: candidate for id, candidate in unmanaged.items() if id not in foreign}
    notes += [*gone, *(f"left alone: {unmanaged[id]} belongs to {owner}" for id, owner in foreign.items())]
    notes += [_line_to_add(credential) for credential in credentials if credential.name not in context.unrecorded]
    return Classified(
        defined=(
            *(_inspected(context.client, candidate, names[id]) for id, candidate in ours.items() if id in names),
            *(credential for credential in credentials if credential.name in context.unrecorded),
        ),
        new=tuple(candidate for id, candidate in ours.items() if id not in names),
        notes=tuple(notes),
    )


def _unmanaged_credentials(context: AdoptionContext, ids: Iterable[str]) -> Iterator[Adopted]:
    """The credentials that nobody manages, in those of these objects that are managed vaults."""
    names = {applied.id: name for name, applied in context.recorded.applied.items()}
    for vault in sorted(id for id in ids if id.startswith(PREFIXES["vault"])):
        for live in credentials_in(context.client, vault):
            if live["id"] not in context.recorded.ids:
                facts = FACTS["credential"].within(vault)
                yield Adopted(facts, f"{names[vault]}/{key_of(live['auth'])}", live, live)


def _line_to_add(credential: Adopted) -> str:
    """How to manage a credential that the file of its vault does not name."""
    body = json.dumps(credential_body(credential.live, set()), ensure_ascii=False)
    return (
        f"not in its vault's file: credential {credential.name} ({credential.id}). To manage it, add this to its "
        f"`credentials` and run this again: {body}"
    )


def _names_in_lockfile(context: AdoptionContext, path: Path) -> tuple[Mapping[str, str], list[str]]:
    """Names by id, and a note for each path of the lockfile that the stage has no file for."""
    lock = lockfile.read_lockfile(path)
    workspace = None if context.identity.workspace == UNNAMED else context.identity.workspace
    lockfile.must_be_of(lock, path, context.client.settings.base_url, workspace)
    names, missing = lockfile.names_by_id(lock, path, context.before, context.location.project_dir)
    return names, missing


def _written_earlier(context: AdoptionContext) -> dict[str, str]:
    """Names by id of what an earlier adoption wrote definitions for, and nobody has imported yet."""
    try:
        written = read_json(context.import_file, context.import_file.name)["resources"]
        names = {str(entry["id"]): str(entry["name"]) for entry in written}
    except (InputError, KeyError, TypeError):
        return {}
    pending = {id: name for id, name in names.items() if name in context.unrecorded and id not in context.recorded.ids}
    return {id: name for id, name in pending.items() if id.startswith(tuple(PREFIXES[kind] for kind in ADOPTABLE))}


def _lost_from_state(context: AdoptionContext, owners: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Names by id of what this stack made and its state no longer records, by the marks in `owners`."""
    start = f"{context.identity.project}/{context.identity.stack}/"
    ids = {owner.removeprefix(start): id for id, owner in owners.items() if owner.startswith(start)}
    return {id: name for name, id in ids.items() if name in context.unrecorded - set(known.values())}


def _still_there(client: Client, ids: Iterable[str]) -> tuple[dict[str, Candidate], list[str]]:
    """The objects that can still be adopted, and why the others cannot."""
    candidates, notes = {}, []
    for id in ids:
        try:
            candidates[id] = get_candidate(client, id)
        except (InputError, Refused) as error:
            notes.append(f"left out: {error}")
    return candidates, notes


def _foreign(
    context: AdoptionContext, candidates: Mapping[str, Candidate], owners: Mapping[str, str], choice: AdoptionChoice
) -> dict[str, str]:
    """The marks of other stacks, by id. Raises `Refused` for an object that was not chosen by --all."""
    if choice.take_over:
        return {}
    stack = f"{context.identity.project}/{context.identity.stack}"
    foreign = {id: owner for id, owner in owners.items() if is_foreign(owner, stack)}
    if foreign and not choice.everything:
        lines = "; ".join(f"{candidates[id]} belongs to {owner}" for id, owner in foreign.items())
        raise Refused(f"{lines}; nothing was written. If nothing manages it there any more, add --take-over")
    return foreign


def _inspected(client: Client, candidate: Candidate, name: str) -> Adopted:
    return Adopted(candidate.facts, name, candidate.live, candidate.facts.operations.inspect(client, candidate.live))
