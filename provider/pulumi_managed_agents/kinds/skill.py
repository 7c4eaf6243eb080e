"""Facts about skills (`/v1/skills`): a directory uploaded whole, one version per upload, no update, no metadata.

A definition's body is ``{directory, digest, name, display_name?}``. The API returns no digest of what it holds, so our
own decides whether there is something to upload; whether somebody else did shows in the latest version's id.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.facts import Facts
from pulumi_managed_agents.kinds.operations import Operations

if TYPE_CHECKING:
    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.kinds.leaves import Body


def effective(body: Body, declared: Body, own_id: str = "") -> Body:  # noqa: ARG001 - one signature for all kinds
    """What a skill is compared by; the directory is only where the bytes come from."""
    plain = {key: value for key, value in body.items() if key in {"digest", "name", "display_name"}}
    return plain | ({"latest_version_id": body["latest_version_id"]} if body.get("latest_version_id") else {})


class SkillOperations(Operations):
    """Uploads instead of bodies."""

    def create(self, endpoints: Any, body: Body) -> Body:
        """Upload a new skill."""
        made: Body = endpoints.upload(_files(body), body.get("display_name"))
        return made

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Upload a new version; when the skill itself was touched by that, its answer does not say."""
        version = endpoints.upload_version(live["id"], _files(body))
        return {**live, "latest_version_id": version["id"], "updated_at": None}

    def inspect(self, client: Client, live: Body) -> Body:
        """The skill with the digest and the name in the files of its latest version, which are downloaded for it."""
        from pulumi_managed_agents.stage.archive import unpacked

        return described(live, unpacked(client.skills.content(live["id"], live["latest_version_id"]), live["id"]))


def described(live: Body, files: list[tuple[str, bytes]]) -> Body:
    """A live skill with the digest of its files and the name that its SKILL.md gives."""
    from pulumi_managed_agents.stage.bundle import digest_of

    return {**live, "digest": digest_of(files), "name": front_matter(live["id"], files).get("name")}


def front_matter(id: str, files: list[tuple[str, bytes]]) -> Body:
    """The fields at the top of the SKILL.md among a skill's files; raises InputError that names the skill's `id`."""
    from pulumi_managed_agents.stage.document import decode, parse
    from pulumi_managed_agents.stage.layout import SKILL_FILE

    file = f"{id}/{SKILL_FILE}"
    fields: Body = parse(decode(dict(files)[SKILL_FILE], file), SKILL_FILE, file).root.plain()
    return fields


def _files(body: Body) -> list[tuple[str, bytes]]:
    """The bundle's bytes, which must still be those that were previewed."""
    from pulumi_managed_agents.stage.bundle import collect

    directory = body["directory"]
    bundle = collect(Path(directory), directory, boundary=Path.cwd())
    if bundle.digest != body["digest"]:
        raise InputError(f"{body['directory']}: the skill's files changed since the program read them; run again")
    return [(f"{body['name']}/{name}", content) for name, content in bundle.read()]


SKILL = Facts(
    kind="skill",
    collection="skills",
    effective=effective,
    operations=SkillOperations(),
    replaced_by=(("name",), ("display_name",)),
    watched=("latest_version_id",),
    list_filters={"source": "custom"},
    marked=False,
    removal="delete",
)
