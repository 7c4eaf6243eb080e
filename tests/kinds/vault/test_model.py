from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.kinds import problems
from tests.kinds.definition_bodies import FILE, MEMORY_STORE, VAULT, load

LITERAL = "a secret must not be in a file; write {secret: NAME} and set the value elsewhere"
BEARER = {"type": "static_bearer", "mcp_server_url": "https://crm.example.com/mcp", "token": {"secret": "CRM"}}
VARIABLE = {
    "type": "environment_variable",
    "secret_name": "KEY",
    "secret_value": {"secret": "KEY"},
    "networking": {"type": "unrestricted"},
}


def problems_of(kind: str, body: dict[str, Any]) -> list[str]:
    """What is said about a body."""
    return [f"{p.severity} {p.field}: {p.message}" for p in problems(kind, body)]


def credential(auth: dict[str, Any], text: str) -> list[str]:
    """What is said about a credential with changed fields of `auth`, without the part all places share."""
    return [line.replace(" auth.", " ") for line in problems_of("credential", {"auth": {**auth, **load(text)}})]


@pytest.mark.parametrize(("kind", "body"), [("vault", VAULT), ("memory_store", MEMORY_STORE), ("file", FILE)])
def test_every_field(kind: str, body: dict[str, Any]) -> None:
    """Nothing is said about a body that uses every field."""
    assert problems_of(kind, body) == []


@pytest.mark.parametrize(
    ("auth", "text", "expected"),
    [
        pytest.param(BEARER, "token: canary", [f"error token: {LITERAL}"], id="token"),
        pytest.param(BEARER, "token: 12345", [f"error token: {LITERAL}"], id="number as token"),
        pytest.param(BEARER, "token: {}", ["error token.secret: is required"], id="secret without name"),
        pytest.param(
            BEARER,
            "mcp_server_url: crm.example.com",
            ["error mcp_server_url: must be a URL that begins with https:// (or http://)"],
            id="url",
        ),
        pytest.param(
            BEARER,
            "type: static_baerer",
            ["warning type: unknown value; did you mean 'static_bearer'?"],
            id="misspelt type",
        ),
        pytest.param(VARIABLE, "secret_value: canary", [f"error secret_value: {LITERAL}"], id="secret value"),
        pytest.param(
            VARIABLE,
            "networking: {type: limited, allowed_hosts: [https://a.example, '2001:db8::1']}",
            [
                "error networking.allowed_hosts[0]: must be a bare host name, without a scheme such as https://",
                "error networking.allowed_hosts[1]: must be a host name or an IPv4 address",
            ],
            id="hosts",
        ),
        pytest.param(
            VARIABLE,
            "injection_location: {header: false}",
            ["error injection_location: header or body must be true; what is left out is off"],
            id="nowhere to put it",
        ),
        pytest.param(
            VARIABLE,
            "injection_location: null",
            ["error injection_location: must be an object (key: value), but nothing is given"],
            id="null is refused",
        ),
        pytest.param(
            {"type": "mcp_oauth", "mcp_server_url": "https://a.example"},
            "{access_token: canary, expires_at: 2027-01-01, refresh: {client_id: a, refresh_token: canary, "
            "token_endpoint: https://a.example, "
            "token_endpoint_auth: {type: client_secret_post, client_secret: canary}}}",
            [
                f"error access_token: {LITERAL}",
                "error expires_at: must be text; put the value in quotes",
                f"error refresh.refresh_token: {LITERAL}",
                f"error refresh.token_endpoint_auth.client_secret: {LITERAL}",
            ],
            id="every secret of an OAuth login",
        ),
    ],
)
def test_wrong_credentials(auth: dict[str, Any], text: str, expected: list[str]) -> None:
    """A literal secret is an error that does not repeat it; the rest is held to the API's rules."""
    assert credential(auth, text) == expected


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://crm.example.com/mcp", id="the same"),
        pytest.param("https://CRM.example.com:443/mcp/", id="the same in another spelling"),
    ],
)
def test_one_credential_for_one_server(url: str) -> None:
    """A vault takes one active credential per server, in whatever spelling."""
    body = {"display_name": "CRM", "credentials": [{"auth": BEARER}, {"auth": {**BEARER, "mcp_server_url": url}}]}
    place = "credentials[1].auth.mcp_server_url"
    assert problems_of("vault", body) == [f"error {place}: another credential of this vault is for the same already"]


def test_credentials_are_checked_inside_their_vault() -> None:
    """Rules of a credential hold in a vault as well, with the place in the vault's file."""
    auth = {**VARIABLE, "injection_location": {}}
    found = problems_of("vault", {"display_name": "CRM", "credentials": [{"auth": auth}, {"auth": BEARER}]})
    place = "credentials[0].auth.injection_location"
    assert found == [f"error {place}: header or body must be true; what is left out is off"]


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        pytest.param("vault", {}, ["error display_name: is required"], id="vault without name"),
        pytest.param(
            "memory_store", {"name": "a\nb"}, ["error name: must not hold control characters"], id="control characters"
        ),
        pytest.param(
            "file",
            {"file": "a.csv", "filename": "a/b", "expires_in_seconds": 60},
            [
                'error filename: must not hold < > : " | ? * \\ / or control characters',
                "warning expires_in_seconds: must be at least 3600",
            ],
            id="file",
        ),
    ],
)
def test_wrong_vaults_stores_and_files(kind: str, body: dict[str, Any], expected: list[str]) -> None:
    """Names and limits are held to the API's rules."""
    assert problems_of(kind, body) == expected
