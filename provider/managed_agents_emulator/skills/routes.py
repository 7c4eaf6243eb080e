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
from managed_agents_emulator.store import Document, Json, Store, moment, new_id, now

EARLIER = "skills-2025-10-02"
"""The beta name whose clients know skills by other fields, and versions by the time of their upload."""

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


def _shown(call: Call, skill: Document) -> Json:
    body = skill.body
    if EARLIER not in call.betas:
        return body
    latest = _find_version(call, skill.id, body["latest_version_id"])
    return {
        "id": skill.id,
        "type": "skill",
        "display_title": body["display_name"],
        "latest_version": _upload_time(latest) if latest else None,
        "source": body["source"]["type"],
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }


def _shown_version(call: Call, version: Document) -> Json:
    earlier = {"directory": version.body["name"], "version": _upload_time(version)}
    return version.body | (earlier if EARLIER in call.betas else {})


SKILL = Kind(name="skill", prefix="skill", archives=False, shown=_shown)
VERSION = Kind(name="skill_version", prefix="skver", archives=False, shown=_shown_version)


def resolved_skill(reference: VendorSkillReference | CustomSkillReference, call: Call) -> Json:
    """Complete an agent's reference with its version; 400 for a skill or version that does not exist."""
    skill = call.store.get("skill", reference.skill_id, call.workspace)
    if skill is None or skill.body["source"]["type"] != reference.type:
        raise invalid(f"skills: {reference.type} skill {reference.skill_id!r} does not exist")
    version = reference.version or "latest"
    if version == "latest" and call.switches.skill_latest == "resolve":
        version = skill.body["latest_version_id"]
    if version != "latest" and not _find_version(call, skill.id, version):
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
    label = "display_title" if EARLIER in call.betas else "display_name"
    _check_parts(call, {"files[]", label})
    bundle = read_bundle(call.form)
    fields = {
        "display_name": display_name(call.form, label, bundle.name),
        "latest_version_id": "",
        "source": {"type": "custom"},
    }
    skill = SKILL.new(call, fields, private={"name": bundle.name})
    _add_version(call, skill, bundle)
    return _shown(call, skill)


def list_skills(call: Call) -> Json:
    """List the skills of the workspace and the built-in ones."""
    source = call.query.get("source")
    if source not in {None, "custom", "anthropic"}:
        raise invalid("source: must be custom or anthropic")
    return _listed(call, SKILL, lambda skill: source in (None, skill.body["source"]["type"]))


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
    return _listed(call, VERSION, parent=SKILL.find(call).id)


def get_version(call: Call) -> Json:
    """Answer with one version; `latest` names the newest."""
    return _shown_version(call, _version(call))


def delete_version(call: Call) -> Json:
    """Delete one version; the newest of the others becomes the latest."""
    skill, version = _custom(call), _version(call)
    others = call.store.children("skill_version", call.workspace, skill.id, ascending=False)
    remaining = [other.body["id"] for other in others if other.id != version.id]
    earlier = EARLIER in call.betas
    if not remaining and not earlier and call.switches.only_skill_version_delete == "refuse":
        raise invalid(f"Version {version.body['id']} is the only one of skill {skill.id}; delete the skill instead.")
    _remove_version(call, version)
    if remaining or earlier:  # a client of then deletes all versions, and after them the skill
        SKILL.change(call, skill, {"latest_version_id": remaining[0] if remaining else ""}, touched=True)
    else:
        call.store.delete(skill)
    return deleted(version) | ({"id": _upload_time(version)} if earlier else {})


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
    skill, requested = SKILL.find(call), call.path["version"]
    id_ = skill.body["latest_version_id"] if requested == "latest" else requested
    version = _find_version(call, skill.id, id_)
    if version is None:
        raise not_found(f"Version {id_} of skill", skill.id)
    return version


def _find_version(call: Call, skill: str, version: str) -> Document | None:
    """Find a version by its id, or by the time of its upload, which is what earlier clients call it."""
    if document := call.store.get("skill_version", version_key(skill, version), call.workspace):
        return document
    versions = call.store.children("skill_version", call.workspace, skill) if version.isdecimal() else ()
    return next((candidate for candidate in versions if _upload_time(candidate) == version), None)


def _upload_time(version: Document) -> str:
    id_, at = version.body["id"], moment(version.body["created_at"])
    return id_ if id_.isdecimal() else str(int(at.timestamp() * 1_000_000))


def _listed(call: Call, kind: Kind, *keeps: paging.Keep, parent: str = "") -> Json:
    answer = kind.listed(call, *keeps, parent=parent, size=paging.limit(call.query, most=1000))
    return answer | ({"has_more": answer["next_page"] is not None} if EARLIER in call.betas else {})


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
    version = Document("skill_version", version_key(skill.id, id_), call.workspace, body, parent=skill.id)
    call.store.insert(version)
    call.store.put_blob(id_, bundle.archive())
    SKILL.change(call, skill, {"latest_version_id": id_})
    return _shown_version(call, version)


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
    Operation("POST", "/v1/skills", create, betas=()),
    Operation("GET", "/v1/skills", list_skills, betas=()),
    Operation("GET", "/v1/skills/{id}", SKILL.get, betas=()),
    Operation("DELETE", "/v1/skills/{id}", delete, betas=()),
    Operation("POST", "/v1/skills/{id}/versions", create_version, betas=()),
    Operation("GET", "/v1/skills/{id}/versions", list_versions, betas=()),
    Operation("GET", "/v1/skills/{id}/versions/{version}", get_version, betas=()),
    Operation("DELETE", "/v1/skills/{id}/versions/{version}", delete_version, betas=()),
    Operation("GET", "/v1/skills/{id}/versions/{version}/content", content, betas=()),
)
