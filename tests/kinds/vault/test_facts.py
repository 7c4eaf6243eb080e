from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.record import Record
from pulumi_managed_agents.reconcile.stored_record import record_of
from tests.kinds.emulated_stack import subject

if TYPE_CHECKING:
    from tests.kinds.emulated_stack import Applied, EmulatedStack
    from tests.kinds.server_habits import Body

BEARER: Body = {"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example/sse", "token": "canary-token"}
VARIABLE: Body = {
    "type": "environment_variable",
    "secret_name": "API_KEY",
    "secret_value": "canary-value",
    "networking": {"type": "limited", "allowed_hosts": ["b.example.com", "a.example.com"]},
    "injection_location": {"header": True},
}
OAUTH: Body = {
    "type": "mcp_oauth",
    "mcp_server_url": "https://mcp.mail.example/sse",
    "access_token": "canary-access",
    "expires_at": "2099-01-31T12:00:00Z",
    "refresh": {
        "client_id": "us",
        "refresh_token": "canary-refresh",
        "token_endpoint": "https://login.mail.example/token",
        "token_endpoint_auth": {"type": "client_secret_post", "client_secret": "canary-client"},
        "scope": "read",
    },
}
AUTHS = {"bearer": BEARER, "variable": VARIABLE, "oauth": OAUTH}
auths = pytest.mark.parametrize("auth", [pytest.param(auth, id=name) for name, auth in AUTHS.items()])


@pytest.fixture
def vault(stack: EmulatedStack) -> str:
    return str(stack.hand.vaults.create({"display_name": "CRM"})["id"])


def created(stack: EmulatedStack, vault: str, auth: Body, name: str = "crm") -> Applied:
    return stack.create("credential", {"vault_id": vault, "auth": auth}, name)


def edited(one: Applied, path: str, value: object) -> Body:
    """The definition with another value at a path below `auth`."""
    auth = json.loads(json.dumps(one.record.desired["auth"]))
    *parents, last = path.split(".")
    inner = auth
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    return {**one.record.desired, "auth": auth}


@auths
def test_no_secret_is_recorded_but_by_its_mark(stack: EmulatedStack, vault: str, auth: Body) -> None:
    """What the state keeps beside the inputs holds no secret, and its marks of one secret differ each time."""
    one = created(stack, vault, auth)
    live = one.subject.facts.endpoints(stack.hand).get(one.id)
    first, second = (record_of(one.subject.facts, live, one.record.desired) for _ in range(2))
    assert "canary" not in json.dumps(first)
    assert first["sealed"]["marks"].keys() == second["sealed"]["marks"].keys()
    assert not set(first["sealed"]["marks"].values()) & set(second["sealed"]["marks"].values())


@auths
def test_the_same_secrets_are_no_change(stack: EmulatedStack, vault: str, auth: Body) -> None:
    """A new process that is given the same secrets plans nothing."""
    one = created(stack, vault, auth)
    assert stack.look(one).is_empty
    assert stack.look(one, json.loads(json.dumps(one.record.desired))).is_empty


@pytest.mark.parametrize(
    ("auth", "path"),
    [
        pytest.param(BEARER, "token", id="token"),
        pytest.param(VARIABLE, "secret_value", id="value"),
        pytest.param(OAUTH, "access_token", id="access token"),
        pytest.param(OAUTH, "refresh.refresh_token", id="refresh token"),
        pytest.param(OAUTH, "refresh.token_endpoint_auth.client_secret", id="client secret"),
    ],
)
def test_a_rotated_secret_is_an_edit_that_shows_no_value(
    stack: EmulatedStack, vault: str, auth: Body, path: str
) -> None:
    """Rotation is noticed by the mark, costs one write in place, and then nothing is left to do."""
    one = created(stack, vault, auth)
    desired = edited(one, path, "canary-rotated")
    plan = stack.look(one, desired)
    assert [(change.path, change.cause) for change in plan.changes] == [(("auth", *path.split(".")), "edit")]
    assert (plan.replaces, "canary" in repr(plan)) == ((), False)
    stack.asked()
    assert stack.look(stack.update(one, desired)).is_empty
    assert len(stack.writes()) == 1


@pytest.mark.parametrize(
    ("auth", "path", "value"),
    [
        pytest.param(BEARER, "mcp_server_url", "https://other.example/sse", id="server"),
        pytest.param(VARIABLE, "secret_name", "OTHER_KEY", id="variable"),
        pytest.param(OAUTH, "refresh.client_id", "them", id="client"),
        pytest.param(OAUTH, "refresh.token_endpoint", "https://other.example/token", id="token endpoint"),
        pytest.param(OAUTH, "refresh", None, id="no refresh any more"),
    ],
)
def test_what_a_credential_is_for_can_only_be_replaced(
    stack: EmulatedStack, vault: str, auth: Body, path: str, value: object
) -> None:
    """The API cannot change it, so the plan is a replacement."""
    one = created(stack, vault, auth)
    assert stack.look(one, edited(one, path, value)).replaces == ("auth",)


def test_another_type_takes_the_place_of_the_old_one(stack: EmulatedStack, vault: str) -> None:
    """The old credential is archived first, so that its server is free for the new one."""
    context = stack.process()
    one = created(stack, vault, BEARER)
    desired = {**one.record.desired, "auth": {**OAUTH, "mcp_server_url": BEARER["mcp_server_url"]}}
    assert stack.look(one, desired, context).replaces
    recreated = stack.create("credential", desired, "crm", context, replaces=one.id)
    stack.remove(one, context)
    assert [live["id"] for live in stack.hand.vaults.within(vault).list()] == [recreated.id]


@pytest.mark.parametrize(
    ("auth", "path", "value", "sent"),
    [
        pytest.param(
            VARIABLE, "networking.allowed_hosts", ["c.example.com"], {"allowed_hosts": ["c.example.com"]}, id="hosts"
        ),
        pytest.param(VARIABLE, "injection_location", {"body": True}, {"header": False, "body": True}, id="location"),
        pytest.param(VARIABLE, "injection_location", None, {"header": True, "body": True}, id="location by default"),
    ],
)
def test_where_a_secret_may_go_is_updated_without_sending_it_again(
    stack: EmulatedStack, vault: str, auth: Body, path: str, value: object, sent: Body
) -> None:
    """The settings are sent whole, since the API merges; the secret, which has not changed, is not."""
    one = created(stack, vault, auth)
    desired = edited(one, path, value)
    patch = one.subject.facts.update_body({"auth": desired["auth"]}, one.record)["auth"]
    assert "secret_value" not in patch
    assert stack.look(stack.update(one, desired)).is_empty
    live = one.subject.facts.endpoints(stack.hand).get(one.id)["auth"][path.partition(".")[0]]
    assert live == {**live, **sent}


def test_a_scope_that_leaves_the_file_is_cleared(stack: EmulatedStack, vault: str) -> None:
    """The API keeps what is left out, so an empty scope is sent."""
    one = created(stack, vault, OAUTH)
    stack.update(one, edited(one, "refresh.scope", None))
    assert one.subject.facts.endpoints(stack.hand).get(one.id)["auth"]["refresh"]["scope"] is None


def test_a_token_that_the_server_refreshed_is_no_drift(stack: EmulatedStack, vault: str) -> None:
    """The expiry moves by itself; an edit of it is sent all the same."""
    one = created(stack, vault, OAUTH)
    later = "2099-02-01T00:00:00Z"
    one.subject.facts.endpoints(stack.hand).update(one.id, {"auth": {"type": "mcp_oauth", "expires_at": later}})
    assert stack.look(one).is_empty
    assert [change.path for change in stack.look(one, edited(one, "expires_at", "2099-03-01T00:00:00Z")).changes] == [
        ("auth", "expires_at")
    ]


def test_a_credential_without_a_record_is_sent_its_secret_again(stack: EmulatedStack, vault: str) -> None:
    """Nobody can tell which secret a half-made credential holds."""
    created(stack, vault, BEARER)
    stack.asked()
    created(stack, vault, {**BEARER, "token": "canary-other"})
    assert len(stack.writes()) == 1


def test_a_credential_whose_vault_is_gone_is_gone(stack: EmulatedStack, vault: str) -> None:
    """The list of a vault that does not exist is empty, so that the credential is created again in another."""
    one = created(stack, vault, BEARER)
    stack.hand.vaults.delete(vault)
    assert stack.look(one).replaces == ("name",)
    stack.remove(one)


def test_credentials_of_two_vaults_are_apart(stack: EmulatedStack, vault: str) -> None:
    """Two vaults may hold credentials for the same server, and one is never taken for the other."""
    other = str(stack.hand.vaults.create({"display_name": "other"})["id"])
    one, two = created(stack, vault, BEARER), created(stack, other, BEARER, "other")
    context = stack.process()
    assert stack.look(one, context=context).is_empty
    assert stack.look(two, context=context).is_empty
    assert one.id != two.id


def test_an_index_in_a_list_is_part_of_a_secrets_place() -> None:
    """The tokens of a deployment's repositories are distinguished by their position."""
    repositories = [{"url": "https://github.com/a/b", "authorization_token": name} for name in ("one", "two")]
    about = replace(subject("deployment"), facts=FACTS["deployment"])
    marks = record_of(about.facts, {"status": "active"}, {"resources": repositories})["sealed"]["marks"]
    assert list(marks) == ["resources.0.authorization_token", "resources.1.authorization_token"]
    assert Record({}).sealed == {}
