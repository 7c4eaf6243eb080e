"""The official SDK's types as judge of the emulator's answers: nothing unknown, nothing missing, no type bent."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from anthropic.types import DeletedFile, DeletedSkill, ModelInfo, Skill
from anthropic.types.beta import (
    BetaEnvironment,
    BetaEnvironmentDeleteResponse,
    BetaFileMetadata,
    BetaManagedAgentsAgent,
    BetaManagedAgentsCustomToolInputSchema,
    BetaManagedAgentsDeletedMemoryStore,
    BetaManagedAgentsDeletedSession,
    BetaManagedAgentsDeletedVault,
    BetaManagedAgentsDeployment,
    BetaManagedAgentsDeploymentRun,
    BetaManagedAgentsMemoryStore,
    BetaManagedAgentsSession,
    BetaManagedAgentsVault,
)
from anthropic.types.beta.environments import (
    BetaSelfHostedWork,
    BetaSelfHostedWorkHeartbeatResponse,
    BetaSelfHostedWorkQueueStats,
)
from anthropic.types.beta.memory_stores import (
    BetaManagedAgentsDeletedMemory,
    BetaManagedAgentsMemory,
    BetaManagedAgentsMemoryListItem,
    BetaManagedAgentsMemoryVersion,
)
from anthropic.types.beta.sessions import (
    BetaManagedAgentsDeleteSessionResource,
    BetaManagedAgentsDocumentBlock,
    BetaManagedAgentsSendSessionEvents,
    BetaManagedAgentsSessionEvent,
    BetaManagedAgentsSessionResource,
    BetaManagedAgentsSessionThread,
    BetaManagedAgentsSpanModelUsage,
    BetaManagedAgentsStreamSessionEvents,
)
from anthropic.types.beta.vaults import (
    BetaManagedAgentsCredential,
    BetaManagedAgentsCredentialValidation,
    BetaManagedAgentsDeletedCredential,
)
from anthropic.types.skills import DeletedSkillVersion, SkillVersion
from pydantic import BaseModel, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

_ID = "[^/?]+"
_ITEMS: list[tuple[str, str, Any]] = [
    ("DELETE", f"/v1/environments/{_ID}", BetaEnvironmentDeleteResponse),
    ("DELETE", f"/v1/sessions/{_ID}", BetaManagedAgentsDeletedSession),
    ("DELETE", f"/v1/sessions/{_ID}/resources/{_ID}", BetaManagedAgentsDeleteSessionResource),
    ("DELETE", f"/v1/skills/{_ID}", DeletedSkill),
    ("DELETE", f"/v1/skills/{_ID}/versions/{_ID}", DeletedSkillVersion),
    ("DELETE", f"/v1/vaults/{_ID}", BetaManagedAgentsDeletedVault),
    ("DELETE", f"/v1/vaults/{_ID}/credentials/{_ID}", BetaManagedAgentsDeletedCredential),
    ("DELETE", f"/v1/memory_stores/{_ID}", BetaManagedAgentsDeletedMemoryStore),
    ("DELETE", f"/v1/memory_stores/{_ID}/memories/{_ID}", BetaManagedAgentsDeletedMemory),
    ("DELETE", f"/v1/files/{_ID}", DeletedFile),
    (".*", f"/v1/vaults(/{_ID}(/archive)?)?", BetaManagedAgentsVault),
    (".*", f"/v1/vaults/{_ID}/credentials(/{_ID}(/archive)?)?", BetaManagedAgentsCredential),
    ("POST", f"/v1/vaults/{_ID}/credentials/{_ID}/mcp_oauth_validate", BetaManagedAgentsCredentialValidation),
    (".*", f"/v1/memory_stores(/{_ID}(/archive)?)?", BetaManagedAgentsMemoryStore),
    (".*", f"/v1/memory_stores/{_ID}/memories(/{_ID})?", BetaManagedAgentsMemory),
    (".*", f"/v1/memory_stores/{_ID}/memory_versions/{_ID}(/redact)?", BetaManagedAgentsMemoryVersion),
    (".*", f"/v1/files(/{_ID})?", BetaFileMetadata),
    ("POST", f"/v1/deployments/{_ID}/run", BetaManagedAgentsDeploymentRun),
    (".*", f"/v1/deployments(/{_ID}(/archive|/pause|/unpause)?)?", BetaManagedAgentsDeployment),
    ("GET", f"/v1/deployment_runs/{_ID}", BetaManagedAgentsDeploymentRun),
    (".*", f"/v1/agents(/{_ID}(/archive)?)?", BetaManagedAgentsAgent),
    (".*", f"/v1/environments(/{_ID}(/archive)?)?", BetaEnvironment),
    ("GET", f"/v1/environments/{_ID}/work/poll", BetaSelfHostedWork | None),
    ("GET", f"/v1/environments/{_ID}/work/stats", BetaSelfHostedWorkQueueStats),
    ("POST", f"/v1/environments/{_ID}/work/{_ID}/heartbeat", BetaSelfHostedWorkHeartbeatResponse),
    (".*", f"/v1/environments/{_ID}/work/{_ID}(/ack|/stop)?", BetaSelfHostedWork),
    (".*", f"/v1/skills(/{_ID})?", Skill),
    (".*", f"/v1/skills/{_ID}/versions(/{_ID})?", SkillVersion),
    (".*", f"/v1/sessions(/{_ID}(/archive)?)?", BetaManagedAgentsSession),
    ("POST", f"/v1/sessions/{_ID}/events", BetaManagedAgentsSendSessionEvents),
    (".*", f"/v1/sessions/{_ID}/resources(/{_ID})?", BetaManagedAgentsSessionResource),
    (".*", f"/v1/sessions/{_ID}/threads/{_ID}(/archive)?", BetaManagedAgentsSessionThread),
    ("GET", f"/v1/models/{_ID}", ModelInfo),
]
_LISTS: list[tuple[str, Any]] = [
    ("/v1/agents", BetaManagedAgentsAgent),
    (f"/v1/agents/{_ID}/versions", BetaManagedAgentsAgent),
    ("/v1/environments", BetaEnvironment),
    (f"/v1/environments/{_ID}/work", BetaSelfHostedWork),
    ("/v1/skills", Skill),
    (f"/v1/skills/{_ID}/versions", SkillVersion),
    ("/v1/vaults", BetaManagedAgentsVault),
    (f"/v1/vaults/{_ID}/credentials", BetaManagedAgentsCredential),
    ("/v1/memory_stores", BetaManagedAgentsMemoryStore),
    (f"/v1/memory_stores/{_ID}/memories", BetaManagedAgentsMemoryListItem),
    (f"/v1/memory_stores/{_ID}/memory_versions", BetaManagedAgentsMemoryVersion),
    ("/v1/files", BetaFileMetadata),
    ("/v1/deployments", BetaManagedAgentsDeployment),
    ("/v1/deployment_runs", BetaManagedAgentsDeploymentRun),
    ("/v1/sessions", BetaManagedAgentsSession),
    (f"/v1/sessions/{_ID}(/threads/{_ID})?/events", BetaManagedAgentsSessionEvent),
    (f"/v1/sessions/{_ID}/resources", BetaManagedAgentsSessionResource),
    (f"/v1/sessions/{_ID}/threads", BetaManagedAgentsSessionThread),
    ("/v1/models", ModelInfo),
]
# Events and what is in them hold only the optional fields that apply; a tool's schema is the user's own.
_PARTIAL = (
    BetaManagedAgentsCustomToolInputSchema,
    BetaManagedAgentsDocumentBlock,
    BetaManagedAgentsSendSessionEvents,
    BetaManagedAgentsSpanModelUsage,
)
_ABSENT_WHEN_UNSET = {(BetaManagedAgentsDeployment, "budget"), (BetaFileMetadata, "scope")}
_BESIDE_DATA = {"/v1/sessions": {"next_page", "prev_page"}, "/v1/models": {"has_more", "first_id", "last_id"}}


def check_answer(response: httpx2.Response) -> None:
    """Fail where a response is not exactly what the SDK's type of its route says; a hook for the SDK's HTTP client."""
    assert response.headers["request-id"].startswith("req_")
    if response.headers["content-type"] != "application/json":
        return
    response.read()
    method, path, body = response.request.method, response.request.url.path, response.json()
    if response.is_error:
        check_error(body, response.headers["request-id"])
        return
    listed = next((type_ for pattern, type_ in _LISTS if method == "GET" and re.fullmatch(pattern, path)), None)
    if listed is not None:
        assert set(body) == {"data"} | _BESIDE_DATA.get(path, {"next_page"})
        for item in body["data"]:
            check(listed, item)
        return
    check(next(type_ for verb, pattern, type_ in _ITEMS if re.fullmatch(f"{verb} {pattern}", f"{method} {path}")), body)


def check_error(body: dict[str, Any], request_id: str) -> None:
    """Fail where a body is not the API's error envelope."""
    assert set(body) == {"type", "error", "request_id"}
    assert body["type"] == "error"
    assert body["request_id"] == request_id
    assert set(body["error"]) <= {"type", "message", "details"}
    assert body["error"]["message"]


def check_stream_event(event: dict[str, Any]) -> None:
    """Fail where an event of a stream is not exactly one of the SDK's."""
    check(BetaManagedAgentsStreamSessionEvents, event)


def check(type_: Any, body: object) -> None:
    """Fail where a JSON value has unknown, missing or wrongly typed fields for an SDK type."""
    value = _adapter(type_).validate_json(json.dumps(body), strict=True)
    flaws = list(_flaws(value, ""))
    assert not flaws, flaws


@cache
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)  # takes ten times as long as what it is used for


def _flaws(value: object, path: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from _model_flaws(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flaws(item, f"{path}.{index}")


def _model_flaws(value: BaseModel, path: str) -> Iterator[str]:
    fields = set(type(value).model_fields)
    if not isinstance(value, BetaManagedAgentsCustomToolInputSchema):
        yield from (f"{path}.{name} is unknown" for name in value.model_extra or {})
    if not isinstance(value, _PARTIAL) and not type(value).__name__.endswith("Event"):
        missing = {name for name in fields - value.model_fields_set if (type(value), name) not in _ABSENT_WHEN_UNSET}
        yield from (f"{path}.{name} is missing" for name in missing)
    for name in fields & value.model_fields_set:
        yield from _flaws(getattr(value, name), f"{path}.{name}")
