"""`POST /v1/oauth/token`: a platform's identity token is exchanged for a bearer token of the API.

Anything counts as an identity token: who issued it is not looked at. The lifetime of a token is a switch.
"""

from __future__ import annotations

from typing import Any, Literal

from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import ApiError
from managed_agents_emulator.fields import Fields
from managed_agents_emulator.settings import DEFAULT_WORKSPACE


class ExchangeRequest(Fields):
    """What the official SDK sends."""

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


def exchange(call: Call) -> dict[str, Any]:
    """Hand out a token for the workspace of the rule."""
    asked = call.read(ExchangeRequest)
    if not asked.assertion:
        raise NotExchanged(400, "invalid_request", "assertion: must not be empty")
    settings, seconds = call.emulator.settings, call.switches.token_seconds
    workspace = settings.rules.get(asked.federation_rule_id, "" if settings.guarded else DEFAULT_WORKSPACE)
    if not workspace or asked.workspace_id not in {None, "default", workspace}:
        raise NotExchanged(401, "invalid_grant", "The identity token matches no federation rule.")
    token = call.emulator.tokens.issue(workspace, seconds)
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}


OPERATIONS = [Operation("POST", "/v1/oauth/token", exchange, admits_anyone=True)]
