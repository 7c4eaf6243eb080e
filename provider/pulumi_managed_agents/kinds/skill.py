"""Facts about skills (`/v1/skills`): a directory uploaded whole, one version per upload, no update, no metadata.

A definition's body is ``{directory, digest, name, display_name?}``. The API returns no digest of what it holds, so our
own decides whether there is something to upload; whether somebody else did shows in the latest version's id.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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

    def create(self, client: Client, collection: str, body: Body) -> Body:  # noqa: ARG002 - there is but one collection
        """Upload a new skill."""
        return client.skills.upload(_files(body), body.get("display_name"))

    def update(self, client: Client, collection: str, live: Body, body: Body) -> Body:  # noqa: ARG002
        """Upload a new version; when the skill itself was touched by that, its answer does not say."""
        version = client.skills.upload_version(live["id"], _files(body))
        return {**live, "latest_version_id": version["id"], "updated_at": None}


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
