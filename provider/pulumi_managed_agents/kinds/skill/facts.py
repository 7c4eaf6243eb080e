"""Facts about skills (`/v1/skills`): a directory uploaded whole, one version per upload, no update, no metadata.

A definition's body is ``{directory, digest, name, display_name?}``. The API returns no digest of what it holds, so our
own decides whether there is something to upload; where the latest version is not ours, its files are downloaded and
compared. With them goes one file more than the definition has: it says whose the skill is.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.reconcile.kind import Facts, Operations
from pulumi_managed_agents.reconcile.record import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.kind import LiveObjects
    from pulumi_managed_agents.reconcile.leaves import Body

OWNER = "owner"

Files = list[tuple[str, bytes]]


def effective(body: Body, declared: Body, own_id: str = "") -> Body:
    """What a skill is compared by, and each of its files; the directory is only where the bytes come from."""
    return {key: value for key, value in body.items() if key in {"digest", "name", "display_name", "files"}}


class SkillOperations(Operations):
    """Uploads instead of bodies; the mark is one of the files."""

    def owned(self, body: Body, mark: str) -> Body:
        """The body with the mark beside its files."""
        return {**body, OWNER: mark}

    def owner(self, live: Body) -> str:
        """The mark among the files of an inspected skill, or an empty string."""
        return str(live.get(OWNER, ""))

    def find(self, live: LiveObjects, facts: Facts, mark: str, body: Body, candidates: Iterable[Body]) -> Body | None:
        """The newest skill of that label whose latest version carries the mark; newer ones are downloaded to see."""
        label = body.get("display_name") or body["name"]
        named = [skill for skill in candidates if skill.get("display_name") == label]
        for skill in sorted(named, key=lambda skill: str(skill.get("created_at")), reverse=True):
            with suppress(InputError):  # what cannot be unpacked was not uploaded by us
                known = live.inspect(facts, skill)
                if known[OWNER] == mark:
                    return known
        return None

    def create(self, endpoints: Any, body: Body) -> Body:
        """Upload a new skill."""
        files = _files(body)
        return described(endpoints.upload(_uploaded(body, files), body.get("display_name")), files, body[OWNER])

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Upload a new version; when the skill itself was touched by that, its answer does not say."""
        files = _files(body)
        version = endpoints.upload_version(live["id"], _uploaded(body, files))
        touched = {"latest_version_id": version["id"], "updated_at": None, WRITTEN: version.get("created_at")}
        return described({**live, **touched}, files, body[OWNER])

    def itemised(self, body: Body) -> Body:
        """The body with the digest of each of its files."""
        from pulumi_managed_agents.kinds.skill.bundle import digests

        return {**body, "files": digests(_files(body))} if "directory" in body else body

    def declared_files(self, body: Body) -> Mapping[str, bytes]:
        """The files in the directory, by name."""
        return dict(_files(body)) if "directory" in body else {}

    def stored_files(self, endpoints: Any, id: str, version: str) -> Mapping[str, bytes]:
        """The files of a version, which are downloaded."""
        from pulumi_managed_agents.kinds.skill.bundle import unpacked

        return dict(unpacked(endpoints.content(id, version), id))

    def inspect(self, client: Client, live: Body) -> Body:
        """The skill with what the files of its latest version say, which are downloaded for it."""
        from pulumi_managed_agents.kinds.skill.bundle import OWNER_FILE, unpacked_whole, without_litter

        files = unpacked_whole(client.skills.content(live["id"], live["latest_version_id"]), live["id"])
        return described(live, without_litter(files), _owner(dict(files).get(OWNER_FILE, b"")))


def described(live: Body, files: Files, owner: str = "") -> Body:
    """A live skill with the digests of its files, the name that its SKILL.md gives, and whose mark it carries."""
    from pulumi_managed_agents.kinds.skill.bundle import digest_of, digests

    name = front_matter(live["id"], files).get("name")
    return {**live, "digest": digest_of(files), "name": name, "files": digests(files), OWNER: owner}


def _owner(content: bytes) -> str:
    """The mark in the content of our file, or an empty string; anything else in the file is ignored."""
    try:
        ownership = json.loads(content)
    except ValueError:
        return ""
    return str(ownership.get(OWNER, "")) if isinstance(ownership, dict) else ""


def front_matter(id: str, files: Files) -> Body:
    """The fields at the top of the SKILL.md among a skill's files; raises InputError that names the skill's `id`."""
    from pulumi_managed_agents.files.document import decode, parse
    from pulumi_managed_agents.files.names import SKILL_FILE

    file = f"{id}/{SKILL_FILE}"
    fields: Body = parse(decode(dict(files)[SKILL_FILE], file), SKILL_FILE, file).root.plain()
    return fields


def _files(body: Body) -> Files:
    """The bundle's bytes, which must still be those that were previewed; of a skill that was fetched, the kept ones."""
    from pulumi_managed_agents.kinds.skill.bundle import collect, digest_of

    directory = body["directory"]
    if "://" in directory:
        from pulumi_managed_agents.kinds.skill.cache import stored

        if (cached := stored(body["digest"])) is None:
            raise InputError(f"{directory}: what was fetched is not on this machine any more; run again")
        return cached
    files = collect(Path(directory), directory, boundary=Path.cwd())
    if digest_of(files) != body["digest"]:
        raise InputError(f"{body['directory']}: the skill's files changed since the program read them; run again")
    return files


def _uploaded(body: Body, files: Files) -> Files:
    """The files in the skill's directory, and ours among them."""
    from pulumi_managed_agents.kinds.skill.bundle import OWNER_FILE

    mark = json.dumps({OWNER: body[OWNER]}).encode()
    return [(f"{body['name']}/{name}", content) for name, content in (*files, (OWNER_FILE, mark))]


SKILL = Facts(
    kind="skill",
    collection="skills",
    id_prefix="skill_",
    effective=effective,
    operations=SkillOperations(),
    replaced_by=(("name",), ("display_name",)),
    itemised={"digest": "files"},
    list_filters={"source": "custom"},
    marked=False,
    removal="delete",
    lost_with=", with all its versions",
)
