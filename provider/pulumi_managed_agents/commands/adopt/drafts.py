"""Definitions for live objects that have none: their names, paths and contents. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.adopt.import_file import Adopted
from pulumi_managed_agents.commands.adopt.inline_resources import (
    DownloadedFile,
    credential_body,
    credentials_in,
    deployment_remarks,
    downloads,
    slug,
    unique,
)
from pulumi_managed_agents.definition_files.minimal import minimal
from pulumi_managed_agents.definition_files.reference_paths import ReferenceTarget, ids_in, loops, with_paths
from pulumi_managed_agents.definition_files.yaml_text import suffix, text_of
from pulumi_managed_agents.kinds import FOLDERS, MODELS
from pulumi_managed_agents.kinds.skill.bundle import unpacked
from pulumi_managed_agents.kinds.skill.facts import described, front_matter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.commands.adopt.selection import Candidate
    from pulumi_managed_agents.reconcile.leaves import Body

FOLDER_OF: dict[str, str] = {kind: folder for folder, kind in FOLDERS.items()}

Files = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Draft:
    """One new definition: `path` is its file (a skill's directory) below the stage's folder, `files` what to write.

    `overrides` is what only the values file can say about it; `left_out` are live fields that this version does not
    know, `remarks` what else a person should know.
    """

    adopted: Adopted
    path: str
    files: tuple[tuple[str, bytes], ...]
    overrides: Body = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Named:
    """An object with its name, and what else was read to write its definition."""

    adopted: Adopted
    files: Files = field(default_factory=list)
    credentials: tuple[Body, ...] = ()
    downloads: Mapping[str, DownloadedFile] = field(default_factory=dict)


def drafts(
    client: Client,
    candidates: Iterable[Candidate],
    taken: Iterable[str],
    existing: Mapping[str, ReferenceTarget],
    secrets: Iterable[str] = (),
) -> list[Draft]:
    """Name and write out each object.

    `taken` are the resource names that are in use, `existing` the stage's own objects, by id, that may be referred to,
    `secrets` the names of secrets that are in use.
    """
    used, used_secrets = ({name.casefold() for name in names} for names in (taken, secrets))
    named = [_name(client, candidate, used, used_secrets) for candidate in candidates]
    adopted = [draft.adopted for draft in named]
    own = {object.id: ReferenceTarget(_path(object), object.applied.version) for object in adopted}
    files = {id: ReferenceTarget(download.path) for draft in named for id, download in draft.downloads.items()}
    circles = loops({object.id: ids_in(object.facts.kind, object.live) for object in adopted})
    targets = {**existing, **own, **files}
    return [_draft(object, _reachable(object.adopted.id, targets, circles)) for object in named]


def _name(client: Client, candidate: Candidate, used: set[str], used_secrets: set[str]) -> _Named:
    """Name an object by what people call it, in small letters; `used` and `used_secrets` grow."""
    facts, live = candidate.facts, candidate.live
    files: Files = []
    # The API does not return a skill's name and description: they are in its files.
    if _is_skill(live):
        files = unpacked(client.skills.content(live["id"], live["latest_version_id"]), str(candidate))
    known = described(live, files) if files else live
    label = str(known.get("name") or known.get("display_name") or "")
    name = unique(f"{FOLDER_OF[facts.kind]}/{slug(label, facts.kind)}", used)
    used.add(name.casefold())
    adopted = Adopted(facts, name, live, known)
    if facts.kind == "vault":
        credentials = credentials_in(client, adopted.id)
        return _Named(adopted, credentials=tuple(credential_body(object, used_secrets) for object in credentials))
    if facts.kind == "deployment":
        return _Named(adopted, downloads=downloads(client, live, used))
    return _Named(adopted, files)


def _is_skill(live: Body) -> bool:
    return live.get("type") == "skill"


def _path(adopted: Adopted) -> str:
    return adopted.name if _is_skill(adopted.live) else adopted.name + suffix(adopted.facts.kind)


def _reachable(
    id: str, targets: Mapping[str, ReferenceTarget], circles: list[set[str]]
) -> Mapping[str, ReferenceTarget]:
    """The targets without those that refer back, directly or not: a loop of paths could never be created."""
    back = {other for circle in circles if id in circle for other in circle}
    return {other: target for other, target in targets.items() if other not in back}


def _draft(named: _Named, targets: Mapping[str, ReferenceTarget]) -> Draft:
    """The definition of a named object, with paths in place of the ids of `targets`."""
    adopted, files, path = named.adopted, named.files, _path(named.adopted)
    if files:
        top = front_matter(adopted.id, files)
        shown = adopted.live.get("display_name")
        overrides = {} if shown in (None, top.get("display_name"), top.get("name")) else {"display_name": shown}
        return Draft(adopted, path, tuple((f"{path}/{name}", content) for name, content in files), overrides)
    body = minimal(adopted.facts, adopted.live)
    if named.credentials:
        body["credentials"] = list(named.credentials)
    known = MODELS[adopted.facts.kind].model_fields
    ordered = {field: body[field] for field in known if field in body}
    written = with_paths(adopted.facts.kind, ordered, path, adopted.id, targets)
    text = text_of(adopted.facts.kind, written)
    downloaded = ((download.path, download.content) for download in named.downloads.values())
    remarks = tuple(deployment_remarks(adopted.live, targets)) if adopted.facts.kind == "deployment" else ()
    left_out = tuple(sorted(body.keys() - known.keys()))
    return Draft(adopted, path, ((path, text.encode()), *downloaded), left_out=left_out, remarks=remarks)
