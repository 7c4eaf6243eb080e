"""The body of a vault file: the vault itself, and its credentials, whose secrets are given by name only."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import Constraint, at_most, matching
from pulumi_managed_agents.schema.field import METADATA, HttpUrl, Metadata, Secret, Text
from pulumi_managed_agents.schema.host_name import credential_host_complaint
from pulumi_managed_agents.schema.paths import UNREADABLE, at, objects, repeated
from pulumi_managed_agents.schema.problem import FieldPath, Problem

RFC3339 = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"


class StaticBearer(Body):
    """A fixed token for an MCP server."""

    type: Literal["static_bearer"] = Field(description="A fixed bearer token.")
    mcp_server_url: HttpUrl = Field(description="The MCP server it is for; another one is another credential.")
    token: Secret = Field(description="The token, by the name of a secret.")


class NoEndpointAuth(Body):
    """The token endpoint asks for no secret."""

    type: Literal["none"] = Field(description="No client authentication.")


class EndpointAuth(Body):
    """The token endpoint asks for a client secret."""

    type: Literal["client_secret_basic", "client_secret_post"] = Field(
        description="Whether the secret goes into the HTTP Basic header or the body."
    )
    client_secret: Secret = Field(description="The client secret, by the name of a secret.")


class OAuthRefresh(Body):
    """How a new access token is got."""

    client_id: Text = Field(description="OAuth client id; another one is another credential.")
    refresh_token: Secret = Field(description="The refresh token, by the name of a secret.")
    token_endpoint: HttpUrl = Field(description="Where tokens are refreshed; another one is another credential.")
    token_endpoint_auth: Annotated[NoEndpointAuth | EndpointAuth, OneOf()] = Field(
        description="How the client shows who it is at the token endpoint."
    )
    scope: str | None = Field(default=None, description="OAuth scope of the refreshed token.")
    resource: str | None = Field(default=None, description="OAuth resource indicator.")


class McpOAuth(Body):
    """An OAuth login at an MCP server."""

    type: Literal["mcp_oauth"] = Field(description="An OAuth access token.")
    mcp_server_url: HttpUrl = Field(description="The MCP server it is for; another one is another credential.")
    access_token: Secret = Field(description="The access token, by the name of a secret.")
    expires_at: Annotated[Text, matching(RFC3339, "must be a time such as 2027-01-31T12:00:00Z")] | None = Field(
        default=None, description="When the access token expires: a time in the future, in RFC 3339."
    )
    refresh: OAuthRefresh | None = Field(default=None, description="How a new access token is got; never if left out.")


class AnyHost(Body):
    """The secret may go to every host."""

    type: Literal["unrestricted"] = Field(description="Every host.")


class SomeHosts(Body):
    """The secret may go to the listed hosts."""

    type: Literal["limited"] = Field(description="The listed hosts only.")
    allowed_hosts: Annotated[
        list[Annotated[Text, Constraint(credential_host_complaint)]], Field(min_length=1), at_most(16)
    ] = Field(description="1 to 16 hosts: bare names, IPv4 addresses or wildcards such as *.example.com.")


class InjectionLocation(Body):
    """Where in a request the secret may be put; a location that is left out is off."""

    header: bool = Field(default=False, description="In the value of a header.")
    body: bool = Field(default=False, description="In the request's body.")


class EnvironmentVariable(Body):
    """A secret the sandbox sees as a placeholder in an environment variable."""

    type: Literal["environment_variable"] = Field(description="A secret behind an environment variable.")
    secret_name: Text = Field(description="Name of the variable; another one is another credential.")
    secret_value: Secret = Field(description="The value, by the name of a secret.")
    networking: Annotated[AnyHost | SomeHosts, OneOf()] = Field(description="Hosts whose requests get the secret.")
    injection_location: InjectionLocation = Field(
        default_factory=lambda: InjectionLocation(header=True, body=True),
        description="Where in a request the secret is put; header and body when left out.",
    )


class Credential(Body):
    """A credential in a vault."""

    display_name: str | None = Field(default=None, max_length=255, description="Name of the credential, for people.")
    auth: Annotated[StaticBearer | McpOAuth | EnvironmentVariable, OneOf()] = Field(
        description="What the credential is: a bearer token, an OAuth login, or an environment variable."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA)


class Vault(Body):
    """A vault: credentials that sessions may use without seeing them."""

    type: Literal["vault"] | None = Field(
        default=None, description="Says what kind of file this is; not sent to the API."
    )
    display_name: Text = Field(max_length=255, description="Name of the vault, for people.")
    credentials: Annotated[list[Credential], at_most(20)] | None = Field(
        default=None, description="At most 20 credentials, each for another server or variable."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA)


def rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check a vault's raw body across its fields and credentials."""
    credentials = list(objects(body, "credentials"))
    for path, credential in credentials:
        yield from (Problem((*path, *p.path), p.message, p.severity) for p in credential_rules(credential))
    keys = (key for path, credential in credentials for key in _keys(path, credential))
    for place, _ in repeated(keys):
        yield Problem(place, "another credential of this vault is for the same already")


def credential_rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check one credential's raw body across its fields."""
    location = at(body, "auth", "injection_location")
    if isinstance(location, Mapping) and UNREADABLE not in location.values() and not any(location.values()):
        yield Problem(("auth", "injection_location"), "header or body must be true; what is left out is off")


def _keys(path: FieldPath, credential: Mapping[str, Any]) -> Iterator[tuple[FieldPath, str]]:
    """What a vault holds one active credential for: a server or a variable."""
    for field in ("mcp_server_url", "secret_name"):
        value = at(credential, "auth", field)
        if isinstance(value, str):
            yield (*path, "auth", field), f"{field} {_same_server(value) if field == 'mcp_server_url' else value}"


def _same_server(url: str) -> str:
    """A URL as the API compares it: without the case of the host, the default port, a trailing slash."""
    try:
        parts = urlsplit(url)
        port = None if parts.port == {"https": 443, "http": 80}.get(parts.scheme) else parts.port
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}?{parts.query}"
