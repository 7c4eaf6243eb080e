"""Who may ask what: API keys and workspaces, the version header, beta headers, and tokens for identity tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from managed_agents_emulator.endpoint import AGENT_MEMORY, MANAGED_AGENTS, Call, Operation
from managed_agents_emulator.errors import ApiError, invalid, refused
from managed_agents_emulator.fields import Fields
from managed_agents_emulator.settings import DEFAULT_WORKSPACE
from managed_agents_emulator.tokens import PREFIX

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.store import Json
    from managed_agents_emulator.switches import Switches

ORGANIZATION = "00000000-0000-4000-8000-000000000001"
OAUTH = "oauth-2025-04-20"
FEDERATION = "oidc-federation-2026-04-01"
_OTHERS = {
    OAUTH,
    "dreaming-2026-04-21",
    "user-profiles-2026-08-18",
    "mcp-tunnels-2026-06-22",
    "webhooks-2026-10-07",
}
# The documented version, and the one the official SDK sends since 2.12.
_VERSIONS = {"2023-06-01", "2026-10-21"}
_OLD_SHAPES = {"skills-2025-10-02", "files-api-2025-04-14"}


def workspace_of(headers: Headers, emulator: Emulator) -> str:
    """Find the workspace of the request's API key or token, in either spelling; 401 without one that is accepted.

    An `anthropic-workspace-id` header must name that workspace.
    """
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    key = headers.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")
    if not key:
        raise refused(401, "x-api-key header is required")
    if key.startswith(PREFIX):
        workspace = emulator.tokens.workspace(key)
        if workspace is None or OAUTH not in _betas(headers):
            raise refused(401, "invalid bearer token")
    else:
        if emulator.settings.guarded and key not in emulator.settings.keys:
            raise refused(401, "invalid x-api-key")
        workspace = emulator.settings.keys.get(key, DEFAULT_WORKSPACE)
    asked = headers.get("anthropic-workspace-id", workspace)
    if asked != workspace:
        status = emulator.switches.workspace_mismatch_status
        raise refused(status, f"anthropic-workspace-id {asked!r} is not the workspace of this API key.")
    return workspace


def check_version(headers: Headers) -> None:
    """Refuse a request without the `anthropic-version` header."""
    version = headers.get("anthropic-version")
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in _VERSIONS:
        raise invalid(f"anthropic-version: {version!r} is not a valid version")


def check_betas(headers: Headers, required: str | None, switches: Switches) -> None:
    """Refuse unknown betas, betas that exclude each other, and a gated path without its beta."""
    betas = _betas(headers)
    for beta in sorted(betas):
        if beta in _OLD_SHAPES:
            raise invalid(f"anthropic-beta: the emulator does not speak the response shapes of {beta!r}.")
        if beta not in {MANAGED_AGENTS, AGENT_MEMORY, *_OTHERS}:
            message = f"Unexpected value(s) `{beta}` for the `anthropic-beta` header."
            raise invalid(message, code="organization_not_enrolled_in_beta")
    if {MANAGED_AGENTS, AGENT_MEMORY} <= betas:
        raise invalid(f"anthropic-beta: {MANAGED_AGENTS} and {AGENT_MEMORY} cannot be combined")
    if required and required not in betas:
        raise refused(switches.missing_beta_status, "Not found")


def check_exchange(headers: Headers) -> None:
    """Refuse a token exchange without its betas."""
    if not {OAUTH, FEDERATION} <= _betas(headers):
        raise invalid(f"anthropic-beta: {OAUTH},{FEDERATION} is required")


class ExchangeRequest(Fields):
    """What the official SDK sends for a token."""

    grant_type: Literal["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assertion: str
    federation_rule_id: str
    organization_id: str
    service_account_id: str | None = None
    workspace_id: str | None = None


class NotExchanged(ApiError):
    """A refusal in the shape of RFC 6749, section 5.2, which token endpoints answer with."""

    def envelope(self, request_id: str) -> dict[str, Any]:  # noqa: ARG002 - the shape has no place for it
        """`{"error": …, "error_description": …}`."""
        return {"error": self.type, "error_description": self.message}


def exchange(call: Call) -> Json:
    """Issue a token for the workspace of a federation rule.

    Anything counts as an identity token: who issued it is not looked at.
    """
    asked = call.read(ExchangeRequest)
    if not asked.assertion:
        raise NotExchanged(400, "invalid_request", "assertion: must not be empty")
    settings, seconds = call.emulator.settings, call.switches.token_seconds
    workspace = settings.rules.get(asked.federation_rule_id, "" if settings.guarded else DEFAULT_WORKSPACE)
    if not workspace or asked.workspace_id not in {None, "default", workspace}:
        raise NotExchanged(401, "invalid_grant", "The identity token matches no federation rule.")
    token = call.emulator.tokens.issue(workspace, seconds)
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}


def _betas(headers: Headers) -> set[str]:
    values = headers.getlist("anthropic-beta")
    return {beta.strip() for value in values for beta in value.split(",") if beta.strip()}


OPERATIONS = (Operation("POST", "/v1/oauth/token", exchange, admits_anyone=True),)
