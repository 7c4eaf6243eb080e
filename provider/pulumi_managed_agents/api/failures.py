"""An answer that is an error, or no answer at all, as a message for a person.

Servers and proxies quote requests. What this one held that is secret is taken out here, before anything is cut or
joined, and known to the whole process from then on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx

from pulumi_managed_agents.api.sent_secrets import sent_secrets
from pulumi_managed_agents.errors import ApiError, Unreachable
from pulumi_managed_agents.scrubbing import KNOWN, clip
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from pulumi_managed_agents.api.federation import Federation
    from pulumi_managed_agents.api.settings import Settings

LONGEST_MESSAGE = 400
LONGEST_READ = 200_000
"""The most characters of what a server says that are searched; what comes later is not shown."""

ROTATED = ". If it is new, `pulumi up` brings it to the state; refresh and destroy know it before with --run-program"
"""The engine configures the provider from the state where it does not run the program."""
NOT_THE_API = "check managed-agents:baseUrl and ANTHROPIC_BASE_URL"
NEVER_REACHED = (httpx.ConnectError, httpx.ConnectTimeout)
ADVICE = {
    401: "the credential ({credential}) is not accepted; check that it is whole and not revoked{rotated}",
    402: "the organization's billing does not allow it",
    403: "the credential ({credential}) may not do this; check its role and the workspace's settings",
    404: "it does not exist in the credential's workspace",
    409: "it was changed meanwhile or is in use; look at it, then run again",
    413: "the request is too large",
    429: "the organization's rate or spend limit is reached, also after waiting; try again later",
    529: "the API is overloaded, also after waiting; try again later",
}
NAME_TAKEN = (
    "environment names are unique in a workspace: give this one a `name` that no other stage uses there, in its file "
    "or by `overrides` in the stage's values"
)
TAKEN = {
    re.compile(r"/environments(/[^/]+)?$"): NAME_TAKEN,
    re.compile(r"/credentials$"): "a vault holds one credential per server or variable",
}
"""What a 409 to a write at these paths means: none of them is guarded by a version that could be stale."""


def refused(response: httpx.Response, settings: Settings) -> ApiError:
    """The error of an answer: the API's own message, our advice by status, and the request id."""
    KNOWN.add(sent_secrets(response.request))
    body = _body(response)
    error = body.get("error") if isinstance(body.get("error"), dict) else {}
    assert isinstance(error, dict)  # noqa: S101 - narrows the line above
    details = error.get("details")
    request_id = _excerpt(response.headers.get("request-id") or body.get("request_id"))
    code = _excerpt(details.get("error_code")) if isinstance(details, dict) else ""
    kind = _excerpt(error.get("type"))
    message = _excerpt(error.get("message") or response.text or response.reason_phrase)
    named = " ".join(filter(None, (str(response.status_code), kind, code)))
    advice = _advice(response)
    text = (
        f"the API answered {named}: {message}"
        + (f"; {advice.format(credential=settings.credential_name, rotated=_rotated(settings))}" if advice else "")
        + f" (request {request_id or 'unknown'})"
    )
    return ApiError(text, status=response.status_code, type=kind, code=code, request_id=request_id)


def _advice(response: httpx.Response) -> str:
    """What to do about an answer; what a 409 means depends on what was asked."""
    if response.is_redirect:
        return NOT_THE_API
    status, request = response.status_code, response.request
    taken = (advice for path, advice in TAKEN.items() if path.search(request.url.path))
    if status == 409 and request.method == "POST" and (advice := next(taken, "")):
        return advice
    return ADVICE.get(status, "")


def no_answer(error: httpx.HTTPError, method: str, settings: Settings) -> Unreachable:
    """No answer: what was tried, why it failed, and whether something may have been written."""
    harmless = method == "GET" or isinstance(error, NEVER_REACHED)
    doubt = "" if harmless else "; what was sent may have been applied, the next run will look"
    asked = ""
    if isinstance(error, httpx.RequestError):
        KNOWN.add(sent_secrets(error.request))
        asked = f" ({error.request.method} {error.request.url.path})"
    reason = (_excerpt(error) or type(error).__name__).rstrip(".")
    return Unreachable(
        f"no answer from {settings.base_url}: {reason}{asked}{doubt}. "
        "Check the network, managed-agents:baseUrl and ANTHROPIC_BASE_URL"
    )


def not_exchanged(response: httpx.Response, answer: dict[str, Any], federation: Federation) -> ApiError:
    """A token exchange without a token: what the API said, without the identity token, and what to check."""
    KNOWN.add(sent_secrets(response.request))
    description = (
        answer.get("error_description") or answer.get("error") or ("" if response.is_success else response.text)
    )
    description = description.get("message", "") if isinstance(description, dict) else description
    reason = _excerpt(description) or "no token in the answer"
    advice = (
        f"check that federation rule {federation.rule_id} matches the identity token's issuer, subject and audience"
    )
    if not federation.workspace_id:
        advice += ", and name the workspace (ANTHROPIC_WORKSPACE_ID) if the rule covers several"
    request_id = _excerpt(response.headers.get("request-id"))
    text = f"the token exchange was answered {response.status_code}: {reason}; {advice}"
    return ApiError(f"{text} (request {request_id or 'unknown'})", status=response.status_code, request_id=request_id)


def unreadable(response: httpx.Response) -> ApiError:
    """A success that is no JSON object, as from a proxy or a web site."""
    KNOWN.add(sent_secrets(response.request))
    status, request_id = response.status_code, _excerpt(response.headers.get("request-id"))
    text = f"{response.url.host} answered {status} with something that is not the API's; {NOT_THE_API}"
    return ApiError(f"{text} (request {request_id or 'unknown'})", status=status, request_id=request_id)


def unexpected(what: str, request: str, response: httpx.Response | None = None) -> ApiError:
    """A success that the API would never send: what is wrong with it, and which request it answers."""
    request_id = _excerpt(response.headers.get("request-id")) if response else ""
    doubt = "" if request.startswith("GET ") else "; what was sent may have been applied, the next run will look"
    named = identified(response) if response else request
    text = f"the API answered with something unexpected: {what} ({named}){doubt}"
    return ApiError(text, status=response.status_code if response else 200, request_id=request_id)


def request_of(response: httpx.Response) -> str:
    """The request that an answer belongs to, as people write it: ``GET /v1/agents``."""
    return f"{response.request.method} {response.request.url.path}"


def identified(response: httpx.Response) -> str:
    """The same with the id that the API gave it: ``GET /v1/agents, request req_1``."""
    request_id = _excerpt(response.headers.get("request-id"))
    return request_of(response) + (f", request {request_id}" if request_id else "")


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _excerpt(text: object) -> str:
    """What a server said about a request, without secrets, on one short line."""
    reason = "" if text is None else str(text)[:LONGEST_READ]
    return clip(visible(" ".join(KNOWN.scrubber(ask_sources=False).text(reason).split())), LONGEST_MESSAGE)


def _rotated(settings: Settings) -> str:
    configured = settings.provider or settings.credential_name.startswith("managed-agents:")
    return ROTATED if configured else ""
