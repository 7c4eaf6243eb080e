"""A plan that was saved to be applied later: what was reviewed, and all that it rested on, as one JSON document.

`as_json` of `json` writes it, `with_digest` puts the digest over it, `read` takes it back. `plan_moves` finds what
has changed since. Pure functions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import AnyHttpUrl, AwareDatetime, BaseModel, ValidationError

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.source_files import digest_of
from pulumi_managed_agents.review import phrases
from pulumi_managed_agents.review.review import StageReview  # noqa: TC001 - the JSON Schema is made from it
from pulumi_managed_agents.words import counted, visible

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.review.plan_files import Plans

Tree = dict[str, Any]
"""A plan as JSON has it."""

SCHEMA_VERSION = 1
FORMAT = "managed-agents saved plan"
LARGEST = 256 * 1024 * 1024
"""How many bytes a plan may have; one of 3,000 agents has about 40 million."""

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


@dataclass(frozen=True)
class Surroundings:
    """What a plan rests on beside files and live objects.

    Attributes:
        engine: What runs the stage.
        workspace: The workspace of the credential, or empty if the server names none.
        api: The address of the API.
        settings: The stack's settings below ``managed-agents:`` that are in plain text, by name.
        sealed: A fingerprint of each setting there that is encrypted, as it is in the file, by name.
        salt: The salt of all fingerprints in this plan.
    """

    engine: str
    workspace: str
    api: str
    settings: dict[str, str]
    sealed: dict[str, str]
    salt: str


@dataclass(frozen=True)
class SeenResource:
    """A resource as the preview saw it, whether or not the plan changes it.

    Attributes:
        kind: Its kind.
        name: Its name.
        version: Its live version; empty if its kind has none, and before it is made.
        at: When it was last changed or archived, as the API says, or empty.
        desired: The SHA-256 of what it is to be, secrets aside.
    """

    kind: str
    name: str
    version: str
    at: str
    desired: str


@dataclass(frozen=True)
class SavedPlan:
    """What a preview planned for one stage, and what that rested on. It holds prompts; secrets only encrypted.

    Attributes:
        project: The project's name.
        stage: The stage.
        saved_at: When it was saved, in UTC.
        made_by: The version of managed-agents that made it.
        rests_on: Engine, workspace and settings.
        files: The SHA-256 of every file that was read, by its path in the project.
        secrets: A slow, salted fingerprint of each secret of a resource, by field and resource.
        seen: Every resource of the stage as it was seen.
        review: What was shown.
        gone_for_ever: What the up archives or deletes for ever, in words.
        gate: What the stage's gate said, in words.
        engine_plan: The engine's own plan, with secrets encrypted as in the stack's state; null if it makes none.
        format: What this file is.
        schema_version: Changes when this form changes in a way that could break a reader.
        digest: The SHA-256 of everything else in this file.
    """

    project: str
    stage: str
    saved_at: str
    made_by: str
    rests_on: Surroundings
    files: dict[str, str]
    secrets: dict[str, str]
    seen: tuple[SeenResource, ...]
    review: StageReview
    gone_for_ever: tuple[str, ...]
    gate: str
    engine_plan: dict[str, Any] | None = None
    format: str = FORMAT
    schema_version: int = SCHEMA_VERSION
    digest: str = ""


def saved_plan(
    project: str,
    review: StageReview,
    plans: Plans,
    rests_on: Surroundings,
    *,
    made_by: str,
    at: datetime,
    engine_plan: Tree | None,
) -> SavedPlan:
    """Put together what a preview saw and planned; `at` is the time of it.

    Beside the provider's `plans` are those that say what is live of resources which are no longer declared.
    """
    verified_in = rests_on.settings.get("verifiedIn", "")
    return SavedPlan(
        project=project,
        stage=review.stage,
        saved_at=at.astimezone(UTC).isoformat(timespec="seconds"),
        made_by=made_by,
        rests_on=rests_on,
        files=dict(plans.files),
        secrets=dict(plans.secrets),
        seen=tuple(map(_seen, plans.resources)),
        review=review,
        gone_for_ever=tuple(phrases.lost(review)),
        gate=f"passed (managed-agents:verifiedIn is '{verified_in}')" if verified_in else "no gate",
        engine_plan=engine_plan,
    )


def _seen(plan: Plan) -> SeenResource:
    return SeenResource(plan.kind, plan.name, plan.live_version, plan.live_at, _digest(plan.desired))


def with_digest(plan: Tree) -> Tree:
    """The plan with the digest over everything else in it."""
    return {**plan, "digest": _digest({key: value for key, value in plan.items() if key != "digest"})}


def _digest(tree: Tree) -> str:
    return digest_of(json.dumps(tree, sort_keys=True, separators=(",", ":")).encode())


class _Change(BaseModel):
    path: list[str | int]


class _Resource(BaseModel):
    kind: str
    name: str
    action: str
    changes: list[_Change]
    left: list[_Change]


class _DueTest(BaseModel):
    name: str
    reason: str
    most_usd: float


class _Tests(BaseModel):
    due: list[_DueTest]


class _Review(BaseModel):
    ending: str
    resources: list[_Resource]
    left: list[_Resource]
    tests: _Tests
    errors: list[str]


class _Seen(BaseModel):
    kind: str
    name: str
    version: str
    at: str
    desired: str


class _Surroundings(BaseModel):
    engine: str
    workspace: str
    api: AnyHttpUrl
    settings: dict[str, str]
    sealed: dict[str, str]
    salt: str


class _ResourcePlan(BaseModel):
    steps: list[str] | None = None


class _EnginePlan(BaseModel):
    config: dict[str, Any] = {}
    resourcePlans: dict[str, _ResourcePlan] = {}  # noqa: N815 - Pulumi's own spelling


class _Document(BaseModel):
    """What the comparison reads of a plan; the rest is free."""

    project: str
    stage: str
    saved_at: AwareDatetime
    made_by: str
    rests_on: _Surroundings
    files: dict[str, str]
    secrets: dict[str, str]
    seen: list[_Seen]
    review: _Review
    engine_plan: _EnginePlan | None


def read(content: bytes, shown: str) -> Tree:
    """The plan in a file, which messages call `shown`.

    Raises:
        InputError: it is none, is not whole, or is a later version's.
    """
    advice = "make a new one with `managed-agents preview STAGE --save-plan FILE`"
    if len(content) > LARGEST:
        raise InputError(f"{shown}: larger than a saved plan can be ({LARGEST // 2**20} MiB)")
    try:
        plan = json.loads(content)
    except (ValueError, RecursionError):
        raise InputError(f"{shown}: no saved plan, or only a part of one; {advice}") from None
    if not isinstance(plan, dict) or plan.get("format") != FORMAT:
        raise InputError(f"{shown}: no saved plan; {advice}")
    if plan.get("schema_version") != SCHEMA_VERSION:
        made_by = f"managed-agents {visible(str(plan.get('made_by')))}"
        raise InputError(f"{shown}: a plan in the form of {made_by}, which this version cannot read; {advice}")
    if plan.get("digest") != with_digest(plan)["digest"]:
        raise InputError(f"{shown}: was changed after it had been saved; {advice}")
    try:
        _Document.model_validate_json(content, strict=True)
    except ValidationError:
        raise InputError(f"{shown}: not in the form of a saved plan; {advice}") from None
    return plan


def age(saved_at: str, now: datetime) -> str:
    """How long ago a plan was saved, in words."""
    seconds = int((now - datetime.fromisoformat(saved_at)).total_seconds())
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{counted(seconds // length, unit)} ago"
    return "less than a minute ago"
