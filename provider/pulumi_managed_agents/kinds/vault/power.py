"""Rules about credentials: a secret that goes to a new place. Another secret for the same place is no new power."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.addresses import beyond, host, host_covers, moved
from pulumi_managed_agents.kinds.widening import Body, Power, listed, named, table

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "environment_variable"
FOR_SERVERS = {"static_bearer", "mcp_oauth"}
LOCATIONS = {"header": "a request's headers", "body": "a request's body"}


def vault_changed(before: Body, after: Body) -> Iterator[str]:
    """Another vault, whose deployments may use the secret from now on."""
    old, new = before.get("vault_id"), after.get("vault_id")
    if old and new and old != new:
        yield f"can be used through vault {new} instead of {old}"


def type_changed(before: Body, after: Body) -> Iterator[str]:
    """Another way of using a secret: nothing of what it was for holds any longer.

    A bearer token and a login are both for an MCP server, so what is new of either the other rules say.
    """
    old, new = auth(before).get("type"), auth(after).get("type")
    if old and new and old != new and not {old, new} <= FOR_SERVERS:
        yield f"is used in another way: {purpose(after)}"


def server_moved(before: Body, after: Body) -> Iterator[str]:
    """The server that a token is sent to is another one."""
    old, new = (auth(side).get("mcp_server_url") for side in (before, after))
    if old and new and (text := moved(old, new)):
        yield f"the token's server {text}"


def token_endpoint_moved(before: Body, after: Body) -> Iterator[str]:
    """The place that a refresh token is sent to is a new one, or was none so far."""
    old, new = (table(auth(side).get("refresh")) for side in (before, after))
    where = new.get("token_endpoint")
    if where and not old and auth(before).get("mcp_server_url"):
        yield f"a refresh token goes to {host(where)}"
    elif old and new and (text := moved(old.get("token_endpoint"), where)):
        yield f"the refresh token's endpoint {text}"


def scope_widened(before: Body, after: Body) -> Iterator[str]:
    """More scopes for a refreshed token; without any it gets what the login granted. So it is with its resource."""
    old, new = (table(auth(side).get("refresh")) for side in (before, after))
    if not (old and new):
        return
    was, now = (set(str(side.get("scope") or "").split()) for side in (old, new))
    if was and not now:
        yield f"its scope is whatever the login granted, no longer {named(sorted(was))}"
    elif was and now - was:
        yield f"its scope takes in {named(sorted(now - was))}"
    if old.get("resource") not in {None, new.get("resource")}:
        yield f"its token is for {new.get('resource') or 'any resource'} instead of {old['resource']}"


def hosts_widened(before: Body, after: Body) -> Iterator[str]:
    """Hosts whose requests get a secret that they did not get before."""
    if not _both_variables(before, after):
        return
    old, new = (table(auth(side).get("networking")) for side in (before, after))
    if old.get("type") == new.get("type") == "limited":
        added = beyond(listed(new.get("allowed_hosts")), listed(old.get("allowed_hosts")), host_covers)
        if added:
            yield f"goes to {named(added)} as well"
    elif old.get("type") != "unrestricted" and new.get("type") != old.get("type"):
        yield f"goes to {places(after)}, no longer only to {places(before)}"


def injection_widened(before: Body, after: Body) -> Iterator[str]:
    """A part of requests that the secret was not put into before."""
    if _both_variables(before, after):
        old, new = (table(auth(side).get("injection_location")) for side in (before, after))
        for location, words in LOCATIONS.items():
            if new.get(location) and not old.get(location):
                yield f"is put into {words}"


def purpose(body: Body) -> str:
    """What a credential is for, in words."""
    known = auth(body)
    if known.get("type") == VARIABLE:
        location = table(known.get("injection_location"))
        inside = " and ".join(words for name, words in LOCATIONS.items() if location.get(name))
        return f"variable {known.get('secret_name')}, put into {inside or 'nothing'} for {places(body)}"
    if known.get("type") not in FOR_SERVERS:
        return f"{known.get('type')}, which no rule here knows"
    refresh = table(known.get("refresh")).get("token_endpoint")
    return f"a token for MCP server {host(known.get('mcp_server_url'))}" + (
        f", refreshed at {host(refresh)}" if refresh else ""
    )


def places(body: Body) -> str:
    """The hosts whose requests get the secret, in words."""
    networking = table(auth(body).get("networking"))
    if networking.get("type") == "limited":
        return named(listed(networking.get("allowed_hosts"))) or "no host"
    return "every host" if networking.get("type") == "unrestricted" else "hosts that no rule here knows"


def auth(body: Body) -> Body:
    """A credential's auth, which holds no secret in its effective form."""
    return table(body.get("auth"))


def _both_variables(before: Body, after: Body) -> bool:
    return auth(before).get("type") == auth(after).get("type") == VARIABLE


def _new_credential(body: Body) -> str:
    where = f" in vault {body['vault_id']}" if body.get("vault_id") else ""
    return f"new secret{where}: {purpose(body)}" if body.get("auth") else f"new secret{where}; what it is for is hidden"


# A vault is what its credentials are, and each of those has rules.
VAULT_POWER = Power(describe=lambda _: "new vault, for the secrets that are named one by one")
CREDENTIAL_POWER = Power(
    describe=_new_credential,
    rules={
        "credential-vault-changed": vault_changed,
        "credential-type-changed": type_changed,
        "credential-server-moved": server_moved,
        "token-endpoint-moved": token_endpoint_moved,
        "token-scope-widened": scope_widened,
        "secret-hosts-widened": hosts_widened,
        "secret-injected-elsewhere": injection_widened,
    },
)
