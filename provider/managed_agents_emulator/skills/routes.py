"""The operations on skills, the built-in skills, and how agents refer to one.

There is no update: a changed skill is a new version, a changed label a new skill.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from managed_agents_emulator import paging
from managed_agents_emulator.crud import Kind, deleted, version_key
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, not_found, refused
from managed_agents_emulator.fields import Fields, NonEmpty
from managed_agents_emulator.skills.bundle import Bundle, display_name, read_bundle
from managed_agents_emulator.store import Document, Json, Store, new_id, now

SKILL = Kind(name="skill", prefix="skill", archives=False)
VERSION = Kind(name="skill_version", prefix="skver", archives=False)

_SINCE = "2025-10-13T00:00:00.000000Z"
_BUILT_IN_VERSION = "20251013"
_BUILT_IN = {
    "xlsx": "Read, create and edit spreadsheets.",
    "pptx": "Read, create and edit presentations.",
    "docx": "Read, create and edit text documents.",
    "pdf": "Read, create and fill PDF documents.",
}


class VendorSkillReference(Fields):
    """A built-in skill."""

    type: Literal["anthropic"]
    skill_id: NonEmpty
    version: NonEmpty | None = None


class CustomSkillReference(Fields):
    """A skill of the workspace."""

    type: Literal["custom"]
    skill_id: NonEmpty
    version: NonEmpty | None = None


SkillField = Annotated[VendorSkillReference | CustomSkillReference, Field(discriminator="type")]


def resolved_skill(reference: VendorSkillReference | CustomSkillReference, call: Call) -> Json:
    """Complete an agent's reference with its version; 400 for a skill or version that does not exist."""
    skill = call.store.get("skill", reference.skill_id, call.workspace)
    if skill is None or skill.body["source"]["type"] != reference.type:
        raise invalid(f"skills: {reference.type} skill {reference.skill_id!r} does not exist")
    version = reference.version or "latest"
    if version == "latest" and call.switches.skill_latest == "resolve":
        version = skill.body["latest_version_id"]
    if version != "latest" and not call.store.get("skill_version", version_key(skill.id, version), call.workspace):
        raise invalid(f"skills: skill {skill.id!r} has no version {version!r}")
    return {"type": reference.type, "skill_id": skill.id, "version": version}


def add_built_in_skills(store: Store, workspace: str) -> None:
    """Put the skills that every workspace can use and none can change into one that does not have them yet."""
    for name, description in _BUILT_IN.items():
        if store.get("skill", name, workspace):
            continue
        skill = {
            "id": name,
            "type": "skill",
            "display_name": name,
            "latest_version_id": _BUILT_IN_VERSION,
            "source": {"type": "anthropic"},
            "created_at": _SINCE,
            "updated_at": _SINCE,
        }
        version = {
            "id": _BUILT_IN_VERSION,
            "type": "skill_version",
            "skill_id": name,
            "name": name,
            "description": description,
            "created_at": _SINCE,
        }
        store.insert(Document("skill", name, workspace, skill))
        key = version_key(name, _BUILT_IN_VERSION)
        store.insert(Document("skill_version", key, workspace, version, parent=name))


def create(call: Call) -> Json:
    """Make a skill from its first upload."""
    _check_parts(call, {"files[]", "display_name"})
    bundle = read_bundle(call.form)
    fields = {
        "display_name": display_name(call.form, bundle.name),
        "latest_version_id": "",
        "source": {"type": "custom"},
    }
    skill = SKILL.new(call, fields, private={"name": bundle.name})
    _add_version(call, skill, bundle)
    return skill.body


def list_skills(call: Call) -> Json:
    """List the skills of the workspace and the built-in ones."""
    source = call.query.get("source")
    if source not in {None, "custom", "anthropic"}:
        raise invalid("source: must be custom or anthropic")
    size = paging.limit(call.query, most=1000)
    return SKILL.listed(call, lambda skill: source in (None, skill.body["source"]["type"]), size=size)


def delete(call: Call) -> Json:
    """Delete a skill with all its versions."""
    skill = _custom(call)
    versions = list(call.store.children("skill_version", call.workspace, skill.id))
    if versions and call.switches.skill_with_versions_delete == "refuse":
        raise invalid(f"Skill {skill.id} still has versions; delete them first.")
    for version in versions:
        _remove_version(call, version)
    return SKILL.remove(call, skill)


def create_version(call: Call) -> Json:
    """Add a version; equal content still makes a new one."""
    skill = _custom(call)
    _check_parts(call, {"files[]"})
    bundle = read_bundle(call.form)
    if bundle.name != skill.private["name"]:
        fixed = skill.private["name"]
        raise invalid(f"SKILL.md: name {bundle.name!r} differs from {fixed!r}, which the first upload fixed")
    return _add_version(call, skill, bundle)


def list_versions(call: Call) -> Json:
    """List the versions of a skill, newest first."""
    return VERSION.listed(call, parent=SKILL.find(call).id, size=paging.limit(call.query, most=1000))


def get_version(call: Call) -> Json:
    """Answer with one version; `latest` names the newest."""
    return _version(call).body


def delete_version(call: Call) -> Json:
    """Delete one version; the newest of the others becomes the latest."""
    skill, version = _custom(call), _version(call)
    others = call.store.children("skill_version", call.workspace, skill.id, ascending=False)
    remaining = [other.body["id"] for other in others if other.id != version.id]
    if not remaining and call.switches.only_skill_version_delete == "refuse":
        raise invalid(f"Version {version.body['id']} is the only one of skill {skill.id}; delete the skill instead.")
    _remove_version(call, version)
    if remaining:
        SKILL.change(call, skill, {"latest_version_id": remaining[0]}, touched=True)
    else:
        call.store.delete(skill)
    return deleted(version)


def content(call: Call) -> Response:
    """Give the files of a version as a zip."""
    _custom(call)
    version = _version(call)
    disposition = f'attachment; filename="{version.body["name"]}.zip"'
    archive = call.store.get_blob(version.body["id"])
    return Response(archive, media_type="application/zip", headers={"content-disposition": disposition})


def _custom(call: Call) -> Document:
    skill = SKILL.find(call)
    if skill.body["source"]["type"] != "custom":
        raise refused(403, f"Skill {skill.id} is built in and read-only.")
    return skill


def _version(call: Call) -> Document:
    skill, asked = SKILL.find(call), call.path["version"]
    id_ = skill.body["latest_version_id"] if asked == "latest" else asked
    version = call.store.get("skill_version", version_key(skill.id, id_), call.workspace)
    if version is None:
        raise not_found(f"Version {id_} of skill", skill.id)
    return version


def _add_version(call: Call, skill: Document, bundle: Bundle) -> Json:
    id_, at = new_id("skver"), now()
    body = {
        "id": id_,
        "type": "skill_version",
        "skill_id": skill.id,
        "name": bundle.name,
        "description": bundle.description,
        "created_at": at,
    }
    call.store.insert(Document("skill_version", version_key(skill.id, id_), call.workspace, body, parent=skill.id))
    call.store.put_blob(id_, bundle.archive())
    SKILL.change(call, skill, {"latest_version_id": id_})
    return body


def _remove_version(call: Call, version: Document) -> None:
    call.store.delete(version)
    call.store.delete_blob(version.body["id"])


def _check_parts(call: Call, known: set[str]) -> None:
    if call.form is None:
        raise invalid("The request body must be multipart/form-data.")
    for name in call.form:
        if name not in known and call.switches.unknown_fields == "refuse":
            raise invalid(f"{name}: Extra inputs are not permitted")


OPERATIONS = (
    Operation("POST", "/v1/skills", create, beta=None),
    Operation("GET", "/v1/skills", list_skills, beta=None),
    Operation("GET", "/v1/skills/{id}", SKILL.get, beta=None),
    Operation("DELETE", "/v1/skills/{id}", delete, beta=None),
    Operation("POST", "/v1/skills/{id}/versions", create_version, beta=None),
    Operation("GET", "/v1/skills/{id}/versions", list_versions, beta=None),
    Operation("GET", "/v1/skills/{id}/versions/{version}", get_version, beta=None),
    Operation("DELETE", "/v1/skills/{id}/versions/{version}", delete_version, beta=None),
    Operation("GET", "/v1/skills/{id}/versions/{version}/content", content, beta=None),
)
