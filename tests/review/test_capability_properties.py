"""What holds for the capability review whatever the definitions are: spelling is no power, and every grant is named."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.kinds.agent.model import Agent
from pulumi_managed_agents.kinds.deployment.model import Deployment
from pulumi_managed_agents.kinds.environment.model import Environment
from pulumi_managed_agents.kinds.memory_store.model import MemoryStore
from pulumi_managed_agents.kinds.power import widened
from pulumi_managed_agents.kinds.vault.model import Credential, Vault
from tests.review.capability_bodies import ALLOW, ASK, AUTO, BUILT_IN, CUSTOM, mcp, tools
from tests.review.capability_cases import TABLES, effective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import BaseModel

Body = dict[str, Any]


def found(kind: str, before: Body, after: Body) -> list[str]:
    """The rules that name a change."""
    return [rule for rule, _ in widened(kind, effective(kind, before), effective(kind, after))]


settings = st.fixed_dictionaries(
    {},
    optional={
        "enabled": st.booleans(),
        "permission_policy": st.sampled_from([one["permission_policy"] for one in (ASK, AUTO, ALLOW)]),
    },
)
NAMES = {"tools": BUILT_IN, "mcp": ("search", "delete", "any other")}
"""The tools that a table of permissions has to answer for; of a server nobody knows all."""


def entries(kind: str) -> st.SearchStrategy[list[Body]]:
    configured = [name for name in NAMES[kind] if name != "any other"]
    one = st.builds(lambda name, more: {"name": name, **more}, st.sampled_from(configured), settings)
    return st.lists(one, max_size=4, unique_by=lambda entry: entry["name"])


def permitted(body: Body, names: tuple[str, ...], default: str) -> dict[str, int]:
    """What the one tool set of a body permits, as the API documents it: its default, then the tool's own entry."""
    (toolset,) = body["tools"]
    ranks = {"always_ask": 1, "auto": 2, "always_allow": 3}
    table = {}
    for name in names:
        own: Body = next((one for one in toolset["configs"] if one["name"] == name), {})
        said = {"enabled": True, "permission_policy": {"type": default}, **toolset["default_config"], **own}
        table[name] = ranks[said["permission_policy"]["type"]] if said["enabled"] else 0
    return table


@pytest.mark.parametrize(
    ("make", "kind", "default"),
    [pytest.param(tools, "tools", "always_allow", id="built-in"), pytest.param(mcp, "mcp", "always_ask", id="MCP")],
)
@given(data=st.data())
def test_permissions_are_named_exactly_where_a_tool_gains(make: Any, kind: str, default: str, data: Any) -> None:
    """Whatever way two configurations say it: some tool may do more than before, or nothing is named."""
    before, after = (make(*data.draw(entries(kind)), **data.draw(settings)) for _ in range(2))
    was, now = (permitted(body, NAMES[kind], default) for body in (before, after))
    named = {rule for rule, _ in widened("agent", effective("agent", before), effective("agent", after))}
    gained = {("tool-enabled" if was[name] == 0 else "permission-widened") for name in was if now[name] > was[name]}
    assert named == gained


DEFINITIONS = [
    (kind, body) for kind, table in TABLES.items() for before, after, _ in table.values() for body in (before, after)
]
MODELS: dict[str, type[BaseModel]] = {
    "agent": Agent,
    "environment": Environment,
    "deployment": Deployment,
    "credential": Credential,
    "memory_store": MemoryStore,
    "vault": Vault,
}
SETS = {"allowed_hosts", "vault_ids", "skills", "allowed_domains", "blocked_domains"}


def respelled(value: Any, random: Any, name: str = "") -> Any:
    """The same with every list in another order, and some entries twice where a list is a set."""
    if isinstance(value, dict):
        return {key: respelled(item, random, key) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [respelled(item, random) for item in value]
    more = random.sample(items, random.randrange(len(items) + 1)) if name in SETS else []
    return random.sample(items + more, len(items + more))


@given(st.sampled_from(DEFINITIONS), st.randoms(use_true_random=False))
def test_the_order_of_lists_is_no_power(definition: tuple[str, Body], random: Any) -> None:
    """A definition with its lists shuffled, at every depth, widens nothing and loses nothing."""
    kind, body = definition
    shuffled = respelled(body, random)
    assert found(kind, body, shuffled) == found(kind, shuffled, body) == []


@pytest.mark.parametrize("kind", MODELS)
def test_a_field_said_to_be_null_is_no_power(kind: str) -> None:
    """Every optional field that a definition leaves out may as well be null."""
    optional = {name: None for name, field in MODELS[kind].model_fields.items() if not field.is_required()}
    for body in (body for of, body in DEFINITIONS if of == kind):
        assert found(kind, body, optional | body) == found(kind, optional | body, body) == []


def allow_all_tools(body: Body) -> None:
    for toolset in (one for one in body.get("tools") or [] if "configs" in one):
        toolset["default_config"] = {"enabled": True, **ALLOW}
        for config in toolset["configs"]:
            config |= {"enabled": True, **ALLOW}


def add_tool(body: Body) -> None:
    body["tools"] = [*(body.get("tools") or []), {**CUSTOM, "name": "granted"}]


def add_server(body: Body) -> None:
    more = mcp(name="granted", url="https://granted.example/mcp")
    body |= {key: [*(body.get(key) or []), *more[key]] for key in ("tools", "mcp_servers")}


def add_skill(body: Body) -> None:
    body["skills"] = [*(body.get("skills") or []), "skill_granted"]


def add_member(body: Body) -> None:
    for roster in rosters(body):
        roster.append("agent_granted")


def rosters(body: Body) -> Iterator[list[Any]]:
    multiagent = body.get("multiagent") or {}
    sections = [multiagent.get(name) or {} for name in ("subagents", "workflows")]
    lists = [
        multiagent.get("agents"),
        *(one.get("predefined_agents") for one in sections if one.get("type") == "enabled"),
    ]
    return (one for one in lists if one is not None)


def act_as_role(body: Body) -> None:
    if not body.get("execution_identity"):
        body["execution_identity"] = {"type": "aws_role", "role_arn": "arn:aws:iam::1:role/granted"}


def open_network(body: Body) -> None:
    for networking in limits(body.get("config")):
        networking.clear()
        networking["type"] = "unrestricted"


def limits(holder: Body | None) -> Iterator[Body]:
    networking = (holder or {}).get("networking") or {}
    if networking.get("type") == "limited" and "*" not in networking.get("allowed_hosts", []):
        yield networking


def add_host(body: Body) -> None:
    for networking in limits(body.get("config") or body.get("auth")):
        networking["allowed_hosts"] = [*networking.get("allowed_hosts", []), "granted.example"]


def allow_servers(body: Body) -> None:
    for networking in limits(body.get("config")):
        networking["allow_mcp_servers"] = True


def attach_vault(body: Body) -> None:
    body["vault_ids"] = [*(body.get("vault_ids") or []), "vlt_granted"]


def attach_store(body: Body) -> None:
    more = {"type": "memory_store", "memory_store_id": "memstore_granted", "access": "read_only"}
    body["resources"] = [*(body.get("resources") or []), more]


def write_stores(body: Body) -> None:
    resources = body.get("resources") or []
    if all(one.get("access") == "read_only" for one in resources):
        body["resources"] = [{**one, "access": "read_write"} for one in resources]


def lift_cap(body: Body) -> None:
    body.pop("budget", None)


def run_each_minute(body: Body) -> None:
    schedule = body.get("schedule") or {"type": "cron", "expression": "", "timezone": "UTC"}
    if not schedule.get("expression", "@").startswith("@"):
        body |= {"schedule": {**schedule, "expression": "* * * * *"}, "paused": False}


def inject_anywhere(body: Body) -> None:
    if (body.get("auth") or {}).get("type") == "environment_variable":
        body["auth"]["injection_location"] = {"header": True, "body": True}


GRANTS: dict[str, list[Callable[[Body], None]]] = {
    "agent": [allow_all_tools, add_tool, add_server, add_skill, add_member, act_as_role],
    "environment": [open_network, add_host, allow_servers],
    "deployment": [attach_vault, attach_store, write_stores, lift_cap, run_each_minute],
    "credential": [add_host, inject_anywhere],
}


@pytest.mark.parametrize(
    ("kind", "grant"),
    [pytest.param(kind, grant, id=grant.__name__) for kind, grants in GRANTS.items() for grant in grants],
)
def test_a_grant_is_named_and_taking_it_back_is_not(kind: str, grant: Callable[[Body], None]) -> None:
    """Whatever else a definition says: one grant more is named unless it was held before, one less never is."""
    for body in (body for of, body in DEFINITIONS if of == kind):
        granted = deepcopy(body)
        grant(granted)
        assert bool(found(kind, body, granted)) == (effective(kind, body) != effective(kind, granted))
        assert found(kind, granted, body) == []
