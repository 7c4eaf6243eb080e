"""The operations on skills. There is no update: a changed skill is a new version, a changed label a new skill."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from managed_agents_emulator import paging
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid, not_found, refused
from managed_agents_emulator.ids import new_id, now
from managed_agents_emulator.skills.bundle import Bundle, display_name, read_bundle
from managed_agents_emulator.skills.reference import version_key
from managed_agents_emulator.store import Document

Json = dict[str, Any]


def create(call: Call) -> Json:
    """Make a skill from its first upload."""
    _check_parts(call, {"files[]", "display_name"})
    bundle = read_bundle(call.form)
    id_, at = new_id("skill"), now()
    body = {
        "id": id_,
        "type": "skill",
        "display_name": display_name(call.form, bundle.name),
        "latest_version_id": "",
        "source": {"type": "custom"},
        "created_at": at,
        "updated_at": at,
    }
    skill = Document("skill", id_, call.workspace, body, private={"name": bundle.name})
    call.store.insert(skill)
    _add_version(call, skill, bundle, at)
    return skill.body


def list_skills(call: Call) -> Json:
    """Skills of the workspace and built-in ones."""
    source = call.query.get("source")
    if source not in {None, "custom", "anthropic"}:
        raise invalid("source: must be custom or anthropic")
    page = call.list(
        "skill",
        lambda skill: source in (None, skill.body["source"]["type"]),
        size=paging.limit(call.query, most=1000),
    )
    return {"data": [skill.body for skill in page.documents], "next_page": page.next_page}


def get(call: Call) -> Json:
    """One skill."""
    return call.find("skill", call.path["id"]).body


def delete(call: Call) -> Json:
    """Delete a skill with all its versions."""
    skill = _custom(call)
    versions = list(call.store.children("skill_version", call.workspace, skill.id))
    if versions and call.switches.skill_with_versions_delete == "refuse":
        raise invalid(f"Skill {skill.id} still has versions; delete them first.")
    for version in versions:
        _forget(call, version)
    call.store.delete(skill)
    return {"id": skill.id, "type": "skill_deleted"}


def create_version(call: Call) -> Json:
    """Add a version; equal content still makes a new one."""
    skill = _custom(call)
    _check_parts(call, {"files[]"})
    bundle = read_bundle(call.form)
    if bundle.name != skill.private["name"]:
        fixed = skill.private["name"]
        raise invalid(f"SKILL.md: name {bundle.name!r} differs from {fixed!r}, which the first upload fixed")
    return _add_version(call, skill, bundle, now())


def list_versions(call: Call) -> Json:
    """The versions of a skill, newest first."""
    skill = call.find("skill", call.path["id"])
    page = call.list("skill_version", parent=skill.id, size=paging.limit(call.query, most=1000))
    return {"data": [version.body for version in page.documents], "next_page": page.next_page}


def get_version(call: Call) -> Json:
    """One version; `latest` names the newest."""
    return _version(call).body


def delete_version(call: Call) -> Json:
    """Delete one version; the newest of the others becomes the latest."""
    skill, version = _custom(call), _version(call)
    others = call.store.children("skill_version", call.workspace, skill.id, ascending=False)
    remaining = [other.body["id"] for other in others if other.id != version.id]
    if not remaining and call.switches.only_skill_version_delete == "refuse":
        raise invalid(f"Version {version.body['id']} is the only one of skill {skill.id}; delete the skill instead.")
    _forget(call, version)
    if remaining:
        skill.body |= {"latest_version_id": remaining[0], "updated_at": now()}
        call.store.save(skill)
    else:
        call.store.delete(skill)
    return {"id": version.body["id"], "type": "skill_version_deleted"}


def content(call: Call) -> Response:
    """The files of a version as a zip."""
    _custom(call)
    version = _version(call)
    disposition = f'attachment; filename="{version.body["name"]}.zip"'
    archive = call.store.get_blob(version.body["id"])
    return Response(archive, media_type="application/zip", headers={"content-disposition": disposition})


def _custom(call: Call) -> Document:
    skill = call.find("skill", call.path["id"])
    if skill.body["source"]["type"] != "custom":
        raise refused(403, f"Skill {skill.id} is built in and read-only.")
    return skill


def _version(call: Call) -> Document:
    skill, asked = call.find("skill", call.path["id"]), call.path["version"]
    id_ = skill.body["latest_version_id"] if asked == "latest" else asked
    version = call.store.get("skill_version", version_key(skill.id, id_), call.workspace)
    if version is None:
        raise not_found(f"Version {id_} of skill", skill.id)
    return version


def _add_version(call: Call, skill: Document, bundle: Bundle, at: str) -> Json:
    id_ = new_id("skver")
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
    skill.body |= {"latest_version_id": id_, "updated_at": at}
    call.store.save(skill)
    return body


def _forget(call: Call, version: Document) -> None:
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
    Operation("GET", "/v1/skills/{id}", get, beta=None),
    Operation("DELETE", "/v1/skills/{id}", delete, beta=None),
    Operation("POST", "/v1/skills/{id}/versions", create_version, beta=None),
    Operation("GET", "/v1/skills/{id}/versions", list_versions, beta=None),
    Operation("GET", "/v1/skills/{id}/versions/{version}", get_version, beta=None),
    Operation("DELETE", "/v1/skills/{id}/versions/{version}", delete_version, beta=None),
    Operation("GET", "/v1/skills/{id}/versions/{version}/content", content, beta=None),
)
