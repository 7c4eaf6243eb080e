"""Who may ask what: API keys and workspaces, the version header, beta headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from managed_agents_emulator.errors import invalid, refused
from managed_agents_emulator.settings import DEFAULT_WORKSPACE, Settings
from managed_agents_emulator.tokens import PREFIX

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.switches import Switches

ORGANIZATION = "00000000-0000-4000-8000-000000000001"
MANAGED_AGENTS = "managed-agents-2026-04-01"
MEMORY = "agent-memory-2026-07-22"
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
    """The workspace of the request's API key or token, in either spelling; 401 without one that is accepted.

    An `anthropic-workspace-id` header must name that workspace.
    """
    key = headers.get("x-api-key") or _bearer(headers.get("authorization", ""))
    if not key:
        raise refused(401, "x-api-key header is required")
    workspace = _of_token(key, headers, emulator) if key.startswith(PREFIX) else _of_key(key, emulator.settings)
    asked = headers.get("anthropic-workspace-id", workspace)
    if asked != workspace:
        status = emulator.switches.workspace_mismatch_status
        raise refused(status, f"anthropic-workspace-id {asked!r} is not the workspace of this API key.")
    return workspace


def _of_key(key: str, settings: Settings) -> str:
    if settings.guarded and key not in settings.keys:
        raise refused(401, "invalid x-api-key")
    return settings.keys.get(key, DEFAULT_WORKSPACE)


def _of_token(token: str, headers: Headers, emulator: Emulator) -> str:
    workspace = emulator.tokens.workspace(token)
    if workspace is None or OAUTH not in _betas(headers):
        raise refused(401, "invalid bearer token")
    return workspace


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


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
        if beta not in {MANAGED_AGENTS, MEMORY, *_OTHERS}:
            message = f"Unexpected value(s) `{beta}` for the `anthropic-beta` header."
            raise invalid(message, code="organization_not_enrolled_in_beta")
    if {MANAGED_AGENTS, MEMORY} <= betas:
        raise invalid(f"anthropic-beta: {MANAGED_AGENTS} and {MEMORY} cannot be combined")
    if required and required not in betas:
        raise refused(switches.missing_beta_status, "Not found")


def check_exchange(headers: Headers) -> None:
    """Refuse a token exchange without its betas."""
    if not {OAUTH, FEDERATION} <= _betas(headers):
        raise invalid(f"anthropic-beta: {OAUTH},{FEDERATION} is required")


def _betas(headers: Headers) -> set[str]:
    values = headers.getlist("anthropic-beta")
    return {beta.strip() for value in values for beta in value.split(",") if beta.strip()}
