"""How a credential authenticates: what requests say, what is stored of it (never a secret), and what may change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, NonEmpty
from managed_agents_emulator.hosts import HostPattern
from managed_agents_emulator.store import Json, moment, timestamp


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
    allowed_hosts: Annotated[list[HostPattern], Field(max_length=16)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _hosts_belong_to_limited(self) -> Networking:
        if (self.type == "limited") != bool(self.allowed_hosts):
            raise ValueError("allowed_hosts are needed with limited, and belong nowhere else")
        return self


class InjectionLocation(Fields):
    """Where in a request a secret may be."""

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
    """Keep of an auth everything but its secrets, which is also what is shown."""
    if isinstance(auth, StaticBearer):
        return {"type": auth.type, "mcp_server_url": auth.mcp_server_url}
    if isinstance(auth, OAuth):
        secret: Json = {"refresh_token": True, "token_endpoint_auth": {"client_secret"}}
        return {
            "type": auth.type,
            "mcp_server_url": auth.mcp_server_url,
            "expires_at": auth.expires_at,
            "refresh": auth.refresh.model_dump(exclude=secret) if auth.refresh else None,
        }
    return {
        "type": auth.type,
        "secret_name": auth.secret_name,
        "networking": auth.networking.model_dump(exclude_unset=True),
        "injection_location": _checked_location(auth.injection_location.model_dump()),
    }


def patched_auth(patch: StaticBearerPatch | OAuthPatch | EnvironmentVariablePatch, stored: Json) -> Json:
    """Apply an update to what is kept; 400 where the type differs or what is patched does not exist."""
    if patch.type != stored["type"]:
        raise invalid(f"auth.type: cannot change from {stored['type']} to {patch.type}")
    if isinstance(patch, OAuthPatch):
        refresh = _patched_refresh(patch.refresh, stored["refresh"]) if patch.refresh else stored["refresh"]
        expires_at = patch.expires_at if "expires_at" in patch.model_fields_set else stored["expires_at"]
        return stored | {"expires_at": expires_at, "refresh": refresh}
    if isinstance(patch, EnvironmentVariablePatch):
        networking = patch.networking.model_dump(exclude_unset=True) if patch.networking else stored["networking"]
        location = stored["injection_location"] | patch.injection_location.model_dump(exclude_unset=True)
        return stored | {"networking": networking, "injection_location": _checked_location(location)}
    return stored


def auth_key(stored: Json) -> str:
    """Name what may exist only once among a vault's active credentials: the server's URL, or the variable."""
    if stored["type"] == "environment_variable":
        return str(stored["secret_name"])
    url = urlsplit(stored["mcp_server_url"])
    port = None if url.port == {"http": 80, "https": 443}[url.scheme] else url.port
    return f"{url.scheme}://{url.hostname}:{port}{url.path.rstrip('/')}?{url.query}"


def _patched_refresh(patch: RefreshPatch, stored: Json | None) -> Json:
    if stored is None:
        raise invalid("auth.refresh: this credential has no refresh to update")
    auth = patch.token_endpoint_auth
    if auth and auth.type != stored["token_endpoint_auth"]["type"]:
        raise invalid("auth.refresh.token_endpoint_auth.type: cannot be changed")
    return stored if patch.scope is None else stored | {"scope": patch.scope or None}


def _checked_location(location: Json) -> Json:
    if not any(location.values()):
        raise invalid("auth.injection_location: at least one of header and body must be true")
    return location
