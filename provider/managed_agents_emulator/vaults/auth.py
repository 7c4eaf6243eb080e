"""How a credential authenticates: what requests say, what is stored of it (never a secret), and what may change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, NonEmpty
from managed_agents_emulator.hosts import is_host_pattern
from managed_agents_emulator.ids import moment, timestamp

Json = dict[str, Any]


def _check_host(host: str) -> str:
    if not is_host_pattern(host):
        raise ValueError(f"{host!r} must be a bare host name, an IPv4 address or a *. wildcard")
    return host


def _check_future(text: str) -> str:
    expiry = moment(text)
    if expiry <= datetime.now(UTC):
        raise ValueError("must be in the future")
    return timestamp(expiry)


Url = Annotated[str, Field(pattern=r"^https?://[^/]", max_length=2048)]
Expiry = Annotated[str, AfterValidator(_check_future)]


class PublicClient(Fields):
    """A token endpoint that needs no secret."""

    type: Literal["none"]


class SecretClient(Fields):
    """A token endpoint that needs a secret."""

    type: Literal["client_secret_basic", "client_secret_post"]
    client_secret: NonEmpty


class Refresh(Fields):
    """How an OAuth token is renewed."""

    client_id: NonEmpty
    refresh_token: NonEmpty
    token_endpoint: Url
    token_endpoint_auth: Annotated[PublicClient | SecretClient, Field(discriminator="type")]
    scope: str | None = None
    resource: str | None = None


class Networking(Fields):
    """Where a secret may be sent."""

    type: Literal["unrestricted", "limited"]
    allowed_hosts: Annotated[list[Annotated[str, AfterValidator(_check_host)]], Field(max_length=16)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _hosts_belong_to_limited(self) -> Networking:
        if (self.type == "limited") != bool(self.allowed_hosts):
            raise ValueError("allowed_hosts are needed with limited, and belong nowhere else")
        return self


class InjectionLocation(Fields):
    """Where in a request a secret may stand."""

    header: bool = False
    body: bool = False


class StaticBearer(Fields):
    """A token for an MCP server."""

    type: Literal["static_bearer"]
    mcp_server_url: Url
    token: NonEmpty


class OAuth(Fields):
    """An OAuth token for an MCP server."""

    type: Literal["mcp_oauth"]
    mcp_server_url: Url
    access_token: NonEmpty
    expires_at: Expiry | None = None
    refresh: Refresh | None = None


class EnvironmentVariable(Fields):
    """A secret that stands for an environment variable."""

    type: Literal["environment_variable"]
    secret_name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    secret_value: NonEmpty
    networking: Networking
    injection_location: InjectionLocation = InjectionLocation(header=True, body=True)


AuthField = Annotated[StaticBearer | OAuth | EnvironmentVariable, Field(discriminator="type")]


class StaticBearerPatch(Fields):
    """A new token."""

    type: Literal["static_bearer"]
    token: NonEmpty | None = None


class ClientPatch(Fields):
    """A new client secret."""

    type: Literal["client_secret_basic", "client_secret_post"]
    client_secret: NonEmpty | None = None


class RefreshPatch(Fields):
    """New secrets of a renewal; an empty scope clears it."""

    refresh_token: NonEmpty | None = None
    scope: str | None = None
    token_endpoint_auth: ClientPatch | None = None


class OAuthPatch(Fields):
    """A new token, and how it is renewed."""

    type: Literal["mcp_oauth"]
    access_token: NonEmpty | None = None
    expires_at: Expiry | None = None
    refresh: RefreshPatch | None = None


class EnvironmentVariablePatch(Fields):
    """A new secret, and where it may go."""

    type: Literal["environment_variable"]
    secret_value: NonEmpty | None = None
    networking: Networking | None = None
    injection_location: InjectionLocation = InjectionLocation()


AuthPatchField = Annotated[StaticBearerPatch | OAuthPatch | EnvironmentVariablePatch, Field(discriminator="type")]


def stored_auth(auth: StaticBearer | OAuth | EnvironmentVariable) -> Json:
    """What is kept and shown of an auth: everything but its secrets."""
    if isinstance(auth, StaticBearer):
        return {"type": auth.type, "mcp_server_url": auth.mcp_server_url}
    if isinstance(auth, OAuth):
        return {
            "type": auth.type,
            "mcp_server_url": auth.mcp_server_url,
            "expires_at": auth.expires_at,
            "refresh": _stored_refresh(auth.refresh) if auth.refresh else None,
        }
    return {
        "type": auth.type,
        "secret_name": auth.secret_name,
        "networking": _stored_networking(auth.networking),
        "injection_location": _checked_location(auth.injection_location.model_dump()),
    }


def patched_auth(patch: StaticBearerPatch | OAuthPatch | EnvironmentVariablePatch, stored: Json) -> Json:
    """What is kept after an update; 400 where the type differs or what is patched does not exist."""
    if patch.type != stored["type"]:
        raise invalid(f"auth.type: cannot change from {stored['type']} to {patch.type}")
    if isinstance(patch, OAuthPatch):
        refresh = _patched_refresh(patch.refresh, stored["refresh"]) if patch.refresh else stored["refresh"]
        expires_at = patch.expires_at if "expires_at" in patch.model_fields_set else stored["expires_at"]
        return stored | {"expires_at": expires_at, "refresh": refresh}
    if isinstance(patch, EnvironmentVariablePatch):
        networking = _stored_networking(patch.networking) if patch.networking else stored["networking"]
        location = stored["injection_location"] | patch.injection_location.model_dump(exclude_unset=True)
        return stored | {"networking": networking, "injection_location": _checked_location(location)}
    return stored


def auth_key(stored: Json) -> str:
    """What may exist only once among the active credentials of a vault: the server's URL, or the variable's name."""
    if stored["type"] == "environment_variable":
        return str(stored["secret_name"])
    url = urlsplit(stored["mcp_server_url"])
    port = None if url.port == {"http": 80, "https": 443}[url.scheme] else url.port
    return f"{url.scheme}://{url.hostname}:{port}{url.path.rstrip('/')}?{url.query}"


def _stored_refresh(refresh: Refresh) -> Json:
    return {
        "client_id": refresh.client_id,
        "token_endpoint": refresh.token_endpoint,
        "token_endpoint_auth": {"type": refresh.token_endpoint_auth.type},
        "scope": refresh.scope,
        "resource": refresh.resource,
    }


def _patched_refresh(patch: RefreshPatch, stored: Json | None) -> Json:
    if stored is None:
        raise invalid("auth.refresh: this credential has no refresh to update")
    auth = patch.token_endpoint_auth
    if auth and auth.type != stored["token_endpoint_auth"]["type"]:
        raise invalid("auth.refresh.token_endpoint_auth.type: cannot be changed")
    return stored if patch.scope is None else stored | {"scope": patch.scope or None}


def _stored_networking(networking: Networking) -> Json:
    return networking.model_dump(exclude_unset=True)


def _checked_location(location: Json) -> Json:
    if not any(location.values()):
        raise invalid("auth.injection_location: at least one of header and body must be true")
    return location
