"""The operations on vaults and their credentials."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from managed_agents_emulator import paging
from managed_agents_emulator.endpoint import Call, Operation
from managed_agents_emulator.errors import invalid
from managed_agents_emulator.fields import Fields, Metadata, MetadataPatch, patched
from managed_agents_emulator.ids import new_id, now
from managed_agents_emulator.store import Document
from managed_agents_emulator.vaults.auth import AuthField, AuthPatchField, auth_key, patched_auth, stored_auth

Json = dict[str, Any]
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


def create(call: Call) -> Json:
    """Make a vault."""
    request = call.read(VaultCreate)
    body = _new("vault", "vlt", display_name=request.display_name, metadata=request.metadata)
    call.store.insert(Document("vault", body["id"], call.workspace, body))
    return body


def list_vaults(call: Call) -> Json:
    """The vaults of the workspace."""
    page = call.list("vault", paging.unarchived(call.query))
    return {"data": [vault.body for vault in page.documents], "next_page": page.next_page}


def get(call: Call) -> Json:
    """One vault."""
    return _vault(call).body


def update(call: Call) -> Json:
    """Change a vault's label or metadata."""
    vault, request = _active(_vault(call)), call.read(VaultUpdate)
    name = request.display_name or vault.body["display_name"]
    return _changed(call, vault, display_name=name, metadata=patched(vault.body["metadata"], request.metadata))


def archive(call: Call) -> Json:
    """Archive a vault with all its credentials."""
    vault = _vault(call)
    if call.archive(vault):
        call.store.save(vault)
        for credential in list(call.store.children("credential", call.workspace, vault.id)):
            _archive_credential(call, credential)
    return vault.body


def delete(call: Call) -> Json:
    """Delete a vault with all its credentials."""
    vault = _vault(call)
    call.store.delete_children("credential", vault.workspace, vault.id)
    call.store.delete(vault)
    return {"id": vault.id, "type": "vault_deleted"}


def _purpose(auth: Json) -> str:
    return str(auth.get("mcp_server_url") or auth.get("secret_name"))


def create_credential(call: Call) -> Json:
    """Put a credential into a vault; its server or variable must be new there."""
    vault, request = _active(_vault(call)), call.read(CredentialCreate)
    auth = stored_auth(request.auth)
    active = [c for c in call.store.children("credential", call.workspace, vault.id) if c.name]
    if len(active) >= _MOST_CREDENTIALS:
        raise invalid(f"Vault {vault.id} holds {_MOST_CREDENTIALS} credentials already.")
    if call.store.by_name("credential", auth_key(auth), call.workspace, vault.id):
        raise call.conflict(f"auth: vault {vault.id} has an active credential for {_purpose(auth)!r} already")
    body = _new(
        "vault_credential",
        "vcrd",
        vault_id=vault.id,
        display_name=request.display_name,
        auth=auth,
        metadata=request.metadata,
    )
    call.store.insert(Document("credential", body["id"], call.workspace, body, parent=vault.id, name=auth_key(auth)))
    return body


def list_credentials(call: Call) -> Json:
    """The credentials of a vault, without their secrets."""
    page = call.list("credential", paging.unarchived(call.query), parent=_vault(call).id)
    return {"data": [credential.body for credential in page.documents], "next_page": page.next_page}


def get_credential(call: Call) -> Json:
    """One credential, without its secrets."""
    return _credential(call).body


def update_credential(call: Call) -> Json:
    """Change a credential's secrets and settings; what it is for stays."""
    credential, request = _active(_credential(call)), call.read(CredentialUpdate)
    body = credential.body
    sent_name = "display_name" in request.model_fields_set
    return _changed(
        call,
        credential,
        auth=patched_auth(request.auth, body["auth"]) if request.auth else body["auth"],
        display_name=request.display_name if sent_name else body["display_name"],
        metadata=patched(body["metadata"], request.metadata),
    )


def archive_credential(call: Call) -> Json:
    """Archive a credential; its server or variable is free again."""
    credential = _credential(call)
    _archive_credential(call, credential)
    return credential.body


def delete_credential(call: Call) -> Json:
    """Delete a credential."""
    credential = _credential(call)
    call.store.delete(credential)
    return {"id": credential.id, "type": "vault_credential_deleted"}


def validate_credential(call: Call) -> Json:
    """Say that nothing is known about a credential: the emulator reaches no server."""
    credential = _credential(call)
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


def _new(type_: str, prefix: str, **fields: Any) -> Json:
    at = now()
    common = {"id": new_id(prefix), "type": type_, "created_at": at, "updated_at": at, "archived_at": None}
    return common | fields


def _vault(call: Call) -> Document:
    return call.find("vault", call.path["id"])


def _credential(call: Call) -> Document:
    return call.find_child("credential", call.path["credential"], _vault(call))


def _active(document: Document) -> Document:
    if document.body["archived_at"]:
        raise invalid(f"{document.id} is archived.")
    return document


def _changed(call: Call, document: Document, **fields: Any) -> Json:
    if document.body | fields != document.body or call.body.get("auth"):
        document.body |= fields | {"updated_at": now()}
        call.store.save(document)
    return document.body


def _archive_credential(call: Call, credential: Document) -> None:
    if call.archive(credential):
        credential.name = None
        call.store.save(credential)


_CREDENTIALS = "/v1/vaults/{id}/credentials"
OPERATIONS = (
    Operation("POST", "/v1/vaults", create),
    Operation("GET", "/v1/vaults", list_vaults),
    Operation("GET", "/v1/vaults/{id}", get),
    Operation("POST", "/v1/vaults/{id}", update),
    Operation("DELETE", "/v1/vaults/{id}", delete),
    Operation("POST", "/v1/vaults/{id}/archive", archive),
    Operation("POST", _CREDENTIALS, create_credential),
    Operation("GET", _CREDENTIALS, list_credentials),
    Operation("GET", _CREDENTIALS + "/{credential}", get_credential),
    Operation("POST", _CREDENTIALS + "/{credential}", update_credential),
    Operation("DELETE", _CREDENTIALS + "/{credential}", delete_credential),
    Operation("POST", _CREDENTIALS + "/{credential}/archive", archive_credential),
    Operation("POST", _CREDENTIALS + "/{credential}/mcp_oauth_validate", validate_credential),
)
