from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest

if TYPE_CHECKING:
    import httpx

BEARER = {"type": "static_bearer", "mcp_server_url": "https://crm.example.com/mcp", "token": "s3cret"}
OAUTH = {
    "type": "mcp_oauth",
    "mcp_server_url": "https://crm.example.com",
    "access_token": "s3cret",
    "refresh": {
        "client_id": "me",
        "refresh_token": "s3cret",
        "token_endpoint": "https://crm.example.com/token",
        "token_endpoint_auth": {"type": "client_secret_basic", "client_secret": "s3cret"},
        "scope": "read",
    },
}
VARIABLE = {
    "type": "environment_variable",
    "secret_name": "API_TOKEN",
    "secret_value": "s3cret",
    "networking": {"type": "limited", "allowed_hosts": ["api.example.com"]},
}


@pytest.fixture
def vault(sdk: anthropic.Anthropic) -> str:
    return sdk.beta.vaults.create(display_name="Team").id


def test_vaults_can_be_changed_archived_and_deleted(sdk: anthropic.Anthropic, vault: str) -> None:
    """Archiving a vault archives its credentials; deleting it deletes them."""
    credential: Any = sdk.beta.vaults.credentials.create(vault, auth=BEARER)  # type: ignore[arg-type]
    changed = sdk.beta.vaults.update(vault, display_name="Crew", metadata={"a": "1"})
    assert (changed.display_name, changed.metadata) == ("Crew", {"a": "1"})
    assert sdk.beta.vaults.update(vault, display_name="Crew") == changed
    assert sdk.beta.vaults.archive(vault).archived_at is not None
    assert sdk.beta.vaults.list().data == []
    assert sdk.beta.vaults.credentials.retrieve(credential.id, vault_id=vault).archived_at is not None
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.vaults.update(vault, display_name="x")
    assert sdk.beta.vaults.delete(vault).type == "vault_deleted"
    with pytest.raises(anthropic.NotFoundError):
        sdk.beta.vaults.credentials.retrieve(credential.id, vault_id=vault)


RETURNED = [
    pytest.param(BEARER, {"type": "static_bearer", "mcp_server_url": "https://crm.example.com/mcp"}, id="bearer"),
    pytest.param(
        OAUTH,
        {
            "type": "mcp_oauth",
            "mcp_server_url": "https://crm.example.com",
            "expires_at": None,
            "refresh": {
                "client_id": "me",
                "token_endpoint": "https://crm.example.com/token",
                "token_endpoint_auth": {"type": "client_secret_basic"},
                "scope": "read",
                "resource": None,
            },
        },
        id="OAuth",
    ),
    pytest.param(
        VARIABLE,
        {
            "type": "environment_variable",
            "secret_name": "API_TOKEN",
            "networking": {"type": "limited", "allowed_hosts": ["api.example.com"]},
            "injection_location": {"header": True, "body": True},
        },
        id="variable",
    ),
    pytest.param(
        VARIABLE | {"networking": {"type": "unrestricted"}, "injection_location": {"header": True}},
        {
            "type": "environment_variable",
            "secret_name": "API_TOKEN",
            "networking": {"type": "unrestricted"},
            "injection_location": {"header": True, "body": False},
        },
        id="variable in headers alone",
    ),
]


@pytest.mark.parametrize(("auth", "returned"), RETURNED)
def test_secrets_are_never_returned(
    sdk: anthropic.Anthropic, http: httpx.Client, vault: str, auth: Any, returned: dict[str, Any]
) -> None:
    """A credential comes back with everything but its secrets."""
    credential = sdk.beta.vaults.credentials.create(vault, auth=auth)
    answer = http.get(f"/v1/vaults/{vault}/credentials/{credential.id}")
    assert answer.json()["auth"] == returned
    assert "s3cret" not in answer.text + http.get(f"/v1/vaults/{vault}/credentials").text


REFUSED = [
    pytest.param(VARIABLE | {"injection_location": None}, id="null location"),
    pytest.param(VARIABLE | {"injection_location": {"header": False}}, id="no location"),
    pytest.param(VARIABLE | {"networking": {"type": "limited", "allowed_hosts": []}}, id="no host"),
    pytest.param(VARIABLE | {"networking": {"type": "limited", "allowed_hosts": ["a.io:1"]}}, id="port"),
    pytest.param(VARIABLE | {"networking": {"type": "limited", "allowed_hosts": ["a.io"] * 17}}, id="many hosts"),
    pytest.param(OAUTH | {"expires_at": "2020-01-01T00:00:00Z"}, id="expired"),
    pytest.param(BEARER | {"token": ""}, id="empty token"),
]


@pytest.mark.parametrize("auth", REFUSED)
def test_wrong_credentials_are_refused(http: httpx.Client, vault: str, auth: dict[str, Any]) -> None:
    """A credential that breaks a rule is a 400."""
    assert http.post(f"/v1/vaults/{vault}/credentials", json={"auth": auth}).status_code == 400


def test_a_server_has_one_active_credential(sdk: anthropic.Anthropic, vault: str) -> None:
    """Another credential for the same server, however spelled, is a 409 until the first is archived."""
    credentials: Any = sdk.beta.vaults.credentials
    first = credentials.create(vault, auth=BEARER)
    again = BEARER | {"mcp_server_url": "https://CRM.example.com:443/mcp/"}
    with pytest.raises(anthropic.ConflictError):
        credentials.create(vault, auth=again)
    credentials.archive(first.id, vault_id=vault)
    second = credentials.create(vault, auth=again)
    assert [credential.id for credential in credentials.list(vault)] == [second.id]
    assert credentials.delete(second.id, vault_id=vault).type == "vault_credential_deleted"


def test_a_vault_holds_twenty_credentials(sdk: anthropic.Anthropic, vault: str) -> None:
    """The twenty-first active credential is refused."""
    credentials: Any = sdk.beta.vaults.credentials
    for number in range(20):
        credentials.create(vault, auth=VARIABLE | {"secret_name": f"TOKEN_{number}"})
    with pytest.raises(anthropic.BadRequestError):
        credentials.create(vault, auth=VARIABLE)


def test_update_keeps_what_cannot_change(sdk: anthropic.Anthropic, vault: str) -> None:
    """Secrets and settings change in place; type, server and client do not."""
    credentials: Any = sdk.beta.vaults.credentials
    oauth = credentials.create(vault, auth=OAUTH)
    patch = {"type": "mcp_oauth", "access_token": "new", "refresh": {"scope": ""}}
    changed = credentials.update(oauth.id, vault_id=vault, auth=patch, display_name="CRM")
    assert (changed.auth.refresh.scope, changed.auth.refresh.client_id, changed.display_name) == (None, "me", "CRM")
    assert changed.updated_at > oauth.updated_at
    variable = credentials.create(vault, auth=VARIABLE)
    patch = {"type": "environment_variable", "injection_location": {"body": False}}
    location = credentials.update(variable.id, vault_id=vault, auth=patch).auth.injection_location
    assert (location.header, location.body) == (True, False)
    for wrong in ({"type": "static_bearer", "token": "x"}, patch | {"secret_name": "OTHER"}):
        with pytest.raises(anthropic.BadRequestError):
            credentials.update(variable.id, vault_id=vault, auth=wrong)


def test_validation_claims_nothing(sdk: anthropic.Anthropic, vault: str) -> None:
    """The emulator reaches no server, so a credential's validity is unknown."""
    credentials: Any = sdk.beta.vaults.credentials
    credential = credentials.create(vault, auth=OAUTH)
    validation = credentials.mcp_oauth_validate(credential.id, vault_id=vault)
    assert (validation.status, validation.has_refresh_token) == ("unknown", True)


def test_sessions_take_vaults_that_exist(sdk: anthropic.Anthropic, vault: str, environment: str) -> None:
    """A session keeps the order of its vaults; an archived vault is refused."""
    agent = sdk.beta.agents.create(name="a", model="m").id
    other = sdk.beta.vaults.create(display_name="Other").id
    session = sdk.beta.sessions.create(agent=agent, environment_id=environment, vault_ids=[other, vault])
    assert session.vault_ids == [other, vault]
    sdk.beta.vaults.archive(vault)
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.sessions.create(agent=agent, environment_id=environment, vault_ids=[vault])
