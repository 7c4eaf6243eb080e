"""What is to be written for live objects without a definition: names, paths, contents. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_managed_agents.adoption.entries import Adopted
from pulumi_managed_agents.adoption.minimal import minimal
from pulumi_managed_agents.adoption.naming import slug, unique
from pulumi_managed_agents.adoption.relations import Target, ids_in, loops, with_paths
from pulumi_managed_agents.adoption.writing import suffix, text_of
from pulumi_managed_agents.definitions import FOLDERS, MODELS
from pulumi_managed_agents.kinds.skill import described, front_matter
from pulumi_managed_agents.stage.archive import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.adoption.selection import Candidate
    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.kinds.leaves import Body

FOLDER_OF: dict[str, str] = {kind: folder for folder, kind in FOLDERS.items()}

Files = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Draft:
    """One new definition: `path` is its file (a skill's directory) below the stage's folder, `files` what to write.

    `overrides` is what only the values file can say about it; `left_out` are live fields that this version does not
    know.
    """

    adopted: Adopted
    path: str
    files: tuple[tuple[str, bytes], ...]
    overrides: Body = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def drafts(
    client: Client, candidates: Iterable[Candidate], taken: Iterable[str], existing: Mapping[str, Target]
) -> list[Draft]:
    """Name and write out each object.

    `taken` are the resource names that are in use, `existing` the stage's own objects, by id, that may be referred to.
    """
    used = {name.casefold() for name in taken}
    placed = [_place(client, candidate, used) for candidate in candidates]
    own = {adopted.id: Target(_path(adopted), adopted.applied.version) for adopted, _ in placed}
    circles = loops({one.id: ids_in(one.facts.kind, one.live) for one, _ in placed})
    return [_draft(adopted, files, _reachable(adopted.id, {**existing, **own}, circles)) for adopted, files in placed]


def _place(client: Client, candidate: Candidate, used: set[str]) -> tuple[Adopted, Files]:
    """Name an object; a skill is downloaded, since its name stands in its files."""
    facts, live = candidate.facts, candidate.live
    files: Files = []
    if _is_skill(live):
        files = unpacked(client.skills.content(live["id"], live["latest_version_id"]), str(candidate))
    known = described(live, files) if files else live
    name = unique(f"{FOLDER_OF[facts.kind]}/{slug(str(known.get('name') or ''), facts.kind)}", used)
    used.add(name.casefold())
    return Adopted(facts, name, live, known), files


def _is_skill(live: Body) -> bool:
    return live.get("type") == "skill"


def _path(adopted: Adopted) -> str:
    return adopted.name if _is_skill(adopted.live) else adopted.name + suffix(adopted.facts.kind)


def _reachable(id: str, targets: Mapping[str, Target], circles: list[set[str]]) -> Mapping[str, Target]:
    """The targets without those that refer back, by whatever way: a loop of paths could never be created."""
    back = {other for circle in circles if id in circle for other in circle}
    return {other: target for other, target in targets.items() if other not in back}


def _draft(adopted: Adopted, files: Files, targets: Mapping[str, Target]) -> Draft:
    path = _path(adopted)
    if files:
        top = front_matter(adopted.id, files)
        shown = adopted.live.get("display_name")
        overrides = {} if shown in (None, top.get("display_name"), top.get("name")) else {"display_name": shown}
        return Draft(adopted, path, tuple((f"{path}/{name}", content) for name, content in files), overrides)
    body = minimal(adopted.facts, adopted.live)
    known = MODELS[adopted.facts.kind].model_fields
    ordered = {field: body[field] for field in known if field in body}
    written = with_paths(adopted.facts.kind, ordered, path, adopted.id, targets)
    text = text_of(adopted.facts.kind, written)
    return Draft(adopted, path, ((path, text.encode()),), left_out=tuple(sorted(body.keys() - known.keys())))
