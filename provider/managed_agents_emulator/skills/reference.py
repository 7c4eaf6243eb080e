"""References from agents to skills, resolved to a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, NonEmpty

if TYPE_CHECKING:
    from managed_agents_emulator.endpoint import Call


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


def version_key(skill: str, version: str) -> str:
    """What a skill's version is stored under; the built-in skills share their version ids."""
    return f"{skill}@{version}"


def resolved_skills(references: list[VendorSkillReference | CustomSkillReference], call: Call) -> list[dict[str, Any]]:
    """The references with their versions; 400 for a skill or version that does not exist."""
    return [_resolved(reference, call) for reference in references]


def _resolved(reference: VendorSkillReference | CustomSkillReference, call: Call) -> dict[str, Any]:
    skill = call.store.get("skill", reference.skill_id, call.workspace)
    if skill is None or skill.body["source"]["type"] != reference.type:
        raise invalid(f"skills: {reference.type} skill {reference.skill_id!r} does not exist")
    version = reference.version or "latest"
    if version == "latest" and call.switches.skill_latest == "resolve":
        version = skill.body["latest_version_id"]
    if version != "latest" and not call.store.get("skill_version", version_key(skill.id, version), call.workspace):
        raise invalid(f"skills: skill {skill.id!r} has no version {version!r}")
    return {"type": reference.type, "skill_id": skill.id, "version": version}
