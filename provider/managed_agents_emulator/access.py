"""Who may ask what: API keys and workspaces, the version header, beta headers, and tokens for identity tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from managed_agents_emulator.endpoint import AGENT_MEMORY, MANAGED_AGENTS, Call, Operation
from managed_agents_emulator.errors import ApiError, invalid, refused
from managed_agents_emulator.fields import Fields
from managed_agents_emulator.settings import DEFAULT_WORKSPACE, is_loopback
from managed_agents_emulator.store import Json, new_id
from managed_agents_emulator.tokens import PREFIX

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from managed_agents_emulator.emulator import Emulator
    from managed_agents_emulator.switches import Switches

ORGANIZATION = "00000000-0000-4000-8000-000000000001"
OAUTH = "oauth-2025-04-20"
FEDERATION = "oidc-federation-2026-04-01"
# Every name of the official SDK; on paths that a name says nothing about, it is accepted and changes nothing.
_KNOWN = frozenset(
    """
    admin-user-sign-out-2026-10-08 advisor-tool-2026-03-01 agent-memory-2026-07-22 analytics-usage-cost-2026-08-24
    cache-diagnosis-2026-04-07 ce-claude-code-managed-settings-2026-10-06 ce-plugins-2026-09-01
    ce-user-management-2026-07-13 code-execution-2025-05-22 compact-2026-01-12 compact-2026-09-04
    computer-use-2024-10-22 computer-use-2025-01-24 computer-use-2025-11-24 context-1m-2025-08-07
    context-management-2025-06-27 dev-full-thinking-2025-05-14 dreaming-2026-04-21 efs-2026-10-01
    experimental-claude-tag-2026-10-21 extended-cache-ttl-2025-04-11 fallback-credit-2026-06-01
    fallback-credit-2026-07-01 fast-mode-2026-02-01 files-api-2025-04-14 google-managed-data-controls-2026-09-01
    inline-tools-2026-09-15 interleaved-thinking-2025-05-14 managed-agents-2026-04-01 mcp-client-2025-04-04
    mcp-client-2025-11-20 mcp-client-2026-09-15 mcp-tunnels-2026-06-22 message-batches-2024-09-24
    message-threads-2026-08-12 mid-conversation-output-config-2026-07-01
    mid-conversation-system-clear-at-2026-08-21 mid-conversation-tool-changes-2026-07-01
    model-context-window-exceeded-2025-08-26 oauth-2025-04-20 oidc-federation-2026-04-01 output-128k-2025-02-19
    output-300k-2026-03-24 pdfs-2024-09-25 prompt-caching-2024-07-31 server-side-fallback-2026-06-01
    server-side-fallback-2026-07-01 skills-2025-10-02 spend-limit-reads-2026-09-26 structured-outputs-2025-11-13
    task-budgets-2026-03-13 telemetry-destinations-2026-08-11 thinking-binding-controls-2026-08-01
    thinking-display-updates-2026-08-18 thinking-token-count-2026-05-13 token-counting-2024-11-01
    token-efficient-tools-2025-02-19 user-profiles-2026-03-24 user-profiles-2026-08-18 user-profiles-2026-09-04
    user-profiles-billing-2026-10-01 webhooks-2026-10-07
    """.split()  # noqa: SIM905 - sixty lines for as many names would be no clearer
)
# The documented version, and the one the official SDK sends since 2.12.
_VERSIONS = {"2023-06-01", "2026-10-21"}


class LocalOnly:
    """Lets only requests through that name this machine, and no web page of another origin.

    Made-up keys are accepted here, so that a page in somebody's browser could otherwise use the emulator: with its
    own name for 127.0.0.1 (another Host), or by a form (another Origin).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with 403."""
        app = self._app
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            named = {"host": f"//{headers.get('host', '')}", "origin": headers.get("origin", "//localhost")}
            for header in (name for name, url in named.items() if not is_loopback(_host_of(url))):
                error = refused(403, f"{header}: {headers.get(header)!r} is not this machine")
                app = JSONResponse(error.envelope(new_id("req")), error.status, {"connection": "close"})
        await app(scope, receive, send)


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # brackets that do not match
        return ""


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
        if workspace is None or OAUTH not in betas_of(headers):
            raise refused(401, "invalid bearer token")
    else:
        if emulator.settings.guarded and key not in emulator.settings.keys:
            raise refused(401, "invalid x-api-key")
        workspace = emulator.settings.keys.get(key, DEFAULT_WORKSPACE)
    requested = headers.get("anthropic-workspace-id", workspace)
    if requested != workspace:
        status = emulator.switches.workspace_mismatch_status
        raise refused(status, f"anthropic-workspace-id {requested!r} is not the workspace of this API key.")
    return workspace


def betas_of(headers: Headers) -> frozenset[str]:
    """List the names in the `anthropic-beta` headers."""
    values = headers.getlist("anthropic-beta")
    return frozenset(beta.strip() for value in values for beta in value.split(",") if beta.strip())


def check_version(headers: Headers) -> None:
    """Refuse a request without the `anthropic-version` header."""
    version = headers.get("anthropic-version")
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in _VERSIONS:
        raise invalid(f"anthropic-version: {version!r} is not a valid version")


def check_betas(headers: Headers, needed: tuple[str, ...], switches: Switches) -> None:
    """Refuse unknown betas, a gated path without one of those it needs, and with two where it takes one of them."""
    betas = betas_of(headers)
    for beta in sorted(betas - _KNOWN):
        message = f"Unexpected value(s) `{beta}` for the `anthropic-beta` header."
        raise invalid(message, code="organization_not_enrolled_in_beta")
    if {MANAGED_AGENTS, AGENT_MEMORY} <= betas & set(needed):
        raise invalid(f"anthropic-beta: {MANAGED_AGENTS} and {AGENT_MEMORY} cannot be combined")
    if needed and betas.isdisjoint(needed):
        raise refused(switches.missing_beta_status, "Not found")


def check_exchange(headers: Headers) -> None:
    """Refuse a token exchange without its betas."""
    if not {OAUTH, FEDERATION} <= betas_of(headers):
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
    request = call.read(ExchangeRequest)
    if not request.assertion:
        raise NotExchanged(400, "invalid_request", "assertion: must not be empty")
    settings, seconds = call.emulator.settings, call.switches.token_seconds
    workspace = settings.rules.get(request.federation_rule_id, "" if settings.guarded else DEFAULT_WORKSPACE)
    if not workspace or request.workspace_id not in {None, "default", workspace}:
        raise NotExchanged(401, "invalid_grant", "The identity token matches no federation rule.")
    token = call.emulator.tokens.issue(workspace, seconds)
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}


OPERATIONS = (Operation("POST", "/v1/oauth/token", exchange, admits_anyone=True),)
