"""The operations on vaults and their credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from managed_agents_emulator import paging
from managed_agents_emulator.crud import Kind, mark_archived
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, patched
from managed_agents_emulator.store import now
from managed_agents_emulator.vaults.auth import AuthField, AuthPatchField, auth_key, patched_auth, stored_auth

if TYPE_CHECKING:
    from managed_agents_emulator.store import Document, Json

DisplayName = Annotated[str, Field(min_length=1, max_length=255)]
_MOST_CREDENTIALS = 20


class VaultCreate(Fields):
    """The body of `POST /v1/vaults`."""

    display_name: DisplayName
    metadata: Metadata = Field(default_factory=dict)


class VaultUpdate(Fields):
    """The body of `POST /v1/vaults/{id}`; what is not sent stays."""

    display_name: DisplayName | None = None
    metadata: MetadataPatch = Field(default_factory=dict)


class CredentialCreate(Fields):
    """The body of `POST /v1/vaults/{id}/credentials`."""

    auth: AuthField
    display_name: DisplayName | None = None
    metadata: Metadata = Field(default_factory=dict)


class CredentialUpdate(Fields):
    """The body of `POST /v1/vaults/{id}/credentials/{id}`; what is not sent stays."""

    auth: AuthPatchField | None = None
    display_name: DisplayName | None = None
    metadata: MetadataPatch = Field(default_factory=dict)


VAULT = Kind(name="vault", prefix="vlt", children=("credential",))
CREDENTIAL = Kind(name="credential", prefix="vcrd", type="vault_credential", parameter="credential", parent=VAULT)


def create(call: Call) -> Json:
    """Make a vault."""
    return VAULT.new(call, call.read(VaultCreate).model_dump()).body


def list_vaults(call: Call) -> Json:
    """List the vaults of the workspace."""
    return VAULT.listed(call, paging.unarchived(call.query))


def update(call: Call) -> Json:
    """Change a vault's label or metadata."""
    vault, request = VAULT.active(call), call.read(VaultUpdate)
    name = request.display_name or vault.body["display_name"]
    metadata = patched(vault.body["metadata"], request.metadata)
    return VAULT.change(call, vault, {"display_name": name, "metadata": metadata})


def archive(call: Call) -> Json:
    """Archive a vault with all its credentials."""
    vault = VAULT.find(call)
    if mark_archived(call, vault):
        for credential in list(call.store.children("credential", call.workspace, vault.id)):
            if credential.name:  # those that are archived have none
                _archive(call, credential)
    return vault.body


def create_credential(call: Call) -> Json:
    """Put a credential into a vault; its server or variable must be new there."""
    vault, request = VAULT.active(call), call.read(CredentialCreate)
    auth = stored_auth(request.auth)
    active = [c for c in call.store.children("credential", call.workspace, vault.id) if c.name]
    if len(active) >= _MOST_CREDENTIALS:
        raise invalid(f"Vault {vault.id} holds {_MOST_CREDENTIALS} credentials already.")
    if call.store.by_name("credential", auth_key(auth), call.workspace, vault.id):
        purpose = auth.get("mcp_server_url") or auth.get("secret_name")
        raise call.conflict(f"auth: vault {vault.id} has an active credential for {purpose!r} already")
    fields = {
        "vault_id": vault.id,
        "display_name": request.display_name,
        "auth": auth,
        "metadata": request.metadata,
    }
    return CREDENTIAL.new(call, fields, parent=vault.id, name=auth_key(auth)).body


def list_credentials(call: Call) -> Json:
    """List the credentials of a vault, without their secrets."""
    return CREDENTIAL.listed(call, paging.unarchived(call.query), parent=VAULT.find(call).id)


def update_credential(call: Call) -> Json:
    """Change a credential's secrets and settings; what it is for stays."""
    credential, request = CREDENTIAL.active(call), call.read(CredentialUpdate)
    body = credential.body
    sent_name = "display_name" in request.model_fields_set
    fields = {
        "auth": patched_auth(request.auth, body["auth"]) if request.auth else body["auth"],
        "display_name": request.display_name if sent_name else body["display_name"],
        "metadata": patched(body["metadata"], request.metadata),
    }
    # Of new secrets nothing is stored, so that they cannot be distinguished from the old ones.
    return CREDENTIAL.change(call, credential, fields, touched=request.auth is not None)


def archive_credential(call: Call) -> Json:
    """Archive a credential; its server or variable is free again."""
    credential = CREDENTIAL.find(call)
    _archive(call, credential)
    return credential.body


def validate_credential(call: Call) -> Json:
    """Say that nothing is known about a credential: the emulator reaches no server."""
    credential = CREDENTIAL.find(call)
    return {
        "type": "vault_credential_validation",
        "vault_id": credential.parent,
        "credential_id": credential.id,
        "status": "unknown",
        "has_refresh_token": bool(credential.body["auth"].get("refresh")),
        "mcp_probe": None,
        "refresh": None,
        "validated_at": now(),
    }


def _archive(call: Call, credential: Document) -> None:
    if mark_archived(call, credential):
        credential.name = None
        call.store.save(credential)


_CREDENTIALS = "/v1/vaults/{id}/credentials"
OPERATIONS = (
    Operation("POST", "/v1/vaults", create),
    Operation("GET", "/v1/vaults", list_vaults),
    Operation("GET", "/v1/vaults/{id}", VAULT.get),
    Operation("POST", "/v1/vaults/{id}", update),
    Operation("DELETE", "/v1/vaults/{id}", VAULT.delete),
    Operation("POST", "/v1/vaults/{id}/archive", archive),
    Operation("POST", _CREDENTIALS, create_credential),
    Operation("GET", _CREDENTIALS, list_credentials),
    Operation("GET", _CREDENTIALS + "/{credential}", CREDENTIAL.get),
    Operation("POST", _CREDENTIALS + "/{credential}", update_credential),
    Operation("DELETE", _CREDENTIALS + "/{credential}", CREDENTIAL.delete),
    Operation("POST", _CREDENTIALS + "/{credential}/archive", archive_credential),
    Operation("POST", _CREDENTIALS + "/{credential}/mcp_oauth_validate", validate_credential),
)
