"""Facts about credentials (`/v1/vaults/{id}/credentials`): the secret goes in and never comes out.

A vault holds one active credential per server or variable. What a credential is for can never change, so another one
replaces it, and the old one is archived first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.write_only import SECRETS
from pulumi_managed_agents.reconcile.kind import Facts, Operations
from pulumi_managed_agents.reconcile.secrets import moved_secrets, with_secrets
from pulumi_managed_agents.schema.identity import Entries

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.record import Record

VAULT = Facts(
    kind="vault",
    collection="vaults",
    id_prefix="vlt_",
    entries=(Entries(("credentials",), ("display_name",)),),
    removal="delete",
    lost_with=", with all its credentials",
)

PARENT = "vault_id"
EVERYWHERE = {"header": True, "body": True}
UPDATABLE = ("type", "token", "access_token", "expires_at", "secret_value", "networking", "injection_location")
UPDATABLE_REFRESH = ("refresh_token", "scope", "token_endpoint_auth")


def effective(body: Body, declared: Body, own_id: str = "") -> Body:
    """A credential without its secrets, the API's defaults filled in, its hosts as a set."""
    if not body.get("auth"):
        return body
    bare = with_secrets(CREDENTIAL, {"auth": body["auth"]}, lambda *_: None)
    return {**body, "auth": _auth(bare["auth"])}


def _auth(auth: Body) -> Body:
    if auth.get("type") != "environment_variable":
        return auth
    networking = auth.get("networking") or {}
    hosts = {"allowed_hosts": sorted(networking["allowed_hosts"])} if networking.get("allowed_hosts") else {}
    location = auth.get("injection_location")
    return {**auth, "networking": {**networking, **hosts}, "injection_location": _location(location)}


def _location(location: Body | None) -> Body:
    """A location that leaves one place out means that place is off; no location at all means both are on."""
    return {"header": False, "body": False, **location} if location else EVERYWHERE


def update_body(body: Body, record: Record) -> Body:
    """Of the auth only what may change, and of its secrets only those that are new."""
    auth = body.get("auth")
    if not auth:
        return body
    rotated = moved_secrets(CREDENTIAL, {"auth": auth}, record.sealed)
    # The server may have refreshed a token since: sending the old one again would undo that.
    sent = with_secrets(
        CREDENTIAL, {"auth": auth}, lambda value, path: value if ".".join(map(str, path)) in rotated else None
    )
    return {**body, "auth": _patch(sent["auth"], (record.desired.get("auth") or {}).get("expires_at"))}


def _patch(auth: Body, recorded_expiry: Any) -> Body:
    patch = {key: auth[key] for key in UPDATABLE if auth.get(key) is not None}
    if "access_token" not in patch and patch.get("expires_at") == recorded_expiry:
        patch.pop("expires_at", None)
    if auth["type"] == "environment_variable":
        patch["injection_location"] = _location(auth.get("injection_location"))
    refresh = _refresh_patch(auth["refresh"]) if auth.get("refresh") else {}
    return {**patch, "refresh": refresh} if refresh else patch


def _refresh_patch(refresh: Body) -> Body:
    patch = {key: refresh[key] for key in UPDATABLE_REFRESH if refresh.get(key) is not None}
    endpoint_auth = patch.pop("token_endpoint_auth", {})
    client = {"token_endpoint_auth": endpoint_auth} if endpoint_auth.get("client_secret") else {}
    # A scope that is left out would stay; an empty string clears it.
    return {"scope": "", **patch, **client}


class CredentialOperations(Operations):
    """The vault's id is in the path of a request, not in its body."""

    def create(self, endpoints: Any, body: Body) -> Body:
        """Put a credential into the vault."""
        return super().create(endpoints, _inside(body))

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Change a credential of the vault."""
        return super().update(endpoints, live, _inside(body))


def _inside(body: Body) -> Body:
    return {key: value for key, value in body.items() if key != PARENT}


CREDENTIAL = Facts(
    kind="credential",
    collection="vaults",
    id_prefix="vcrd_",
    parent=PARENT,
    effective=effective,
    entries=(Entries(("auth", "networking", "allowed_hosts")),),
    update_body=update_body,
    replaced_by=(
        (PARENT,),
        ("auth", "type"),
        ("auth", "mcp_server_url"),
        ("auth", "secret_name"),
        ("auth", "refresh", "client_id"),
        ("auth", "refresh", "token_endpoint"),
        ("auth", "refresh", "token_endpoint_auth", "type"),
        ("auth", "refresh", "resource"),
    ),
    unique="key",
    unsteady=(("auth", "expires_at"),),
    clearable=("display_name",),
    secrets=SECRETS["credential"],
    removal="delete",
    operations=CredentialOperations(),
)
