"""Rules about environments: where tools run, and what they can reach from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.addresses import beyond, host_covers
from pulumi_managed_agents.kinds.environment.facts import ENVIRONMENT
from pulumi_managed_agents.kinds.widening import Body, Power, listed, named, table
from pulumi_managed_agents.schema.tool_sets import WEB_TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOUD: str = ENVIRONMENT.filled_in["config"]["type"]
WHERE = {CLOUD: "in a sandbox of Anthropic's cloud", "self_hosted": "on hosts of your own"}
WEB_TOO = f"also by {' and '.join(WEB_TOOLS)}"
"""Limited networking binds the tools that run on the API's own servers as well."""
OPEN, LIMITED = "unrestricted", "limited"
SWITCHES = {
    "allow_mcp_servers": "MCP servers of the agents that run here can be reached",
    "allow_package_managers": "public package registries can be reached",
}


def type_changed(before: Body, after: Body) -> Iterator[str]:
    """Cloud changed to self-hosted, or back; on hosts of your own nothing limits what can be reached."""
    old, new = place(before), place(after)
    if old != new and not (new == CLOUD and is_limited(after)):
        yield f"tools run {WHERE.get(new, new)} instead of {WHERE.get(old, old)}"


def place(body: Body) -> str:
    """The environment's type; the cloud where none is given."""
    return str(table(body.get("config")).get("type") or CLOUD)


def network_opened(before: Body, after: Body) -> Iterator[str]:
    """Limited networking lifted: the default, so that dropping the setting lifts it too. Unknown modes are named."""
    old, new = mode(before), mode(after)
    if old in {OPEN, new} or not _both_cloud(before, after):
        return
    if new == OPEN:
        yield f"every host can be reached, {WEB_TOO}, no longer only {_reach(before)}"
    else:
        yield f"networking is {new} instead of {old}; which of the two reaches further no rule here knows"


def _reach(body: Body) -> str:
    if not is_limited(body):
        return f"what {mode(body)} allows"
    hosts = listed(network(body).get("allowed_hosts"))
    switched = [switch for switch in SWITCHES if network(body).get(switch) is True]
    return named([*hosts, *switched]) or "nothing at all"


def hosts_added(before: Body, after: Body) -> Iterator[str]:
    """Hosts that no entry covered before; a narrower entry, or one that was covered, is silent."""
    if _both_cloud(before, after) and is_limited(before) and is_limited(after):
        known = listed(network(before).get("allowed_hosts"))
        added = beyond(listed(network(after).get("allowed_hosts")), known, host_covers)
        if added:
            yield f"{named(added)} can be reached, {WEB_TOO}"


def switches_turned_on(before: Body, after: Body) -> Iterator[str]:
    """MCP servers or package registries opened in a limited network, or what an unknown switch opens."""
    if _both_cloud(before, after) and is_limited(before) and is_limited(after):
        for switch in sorted(network(after)):
            if network(after)[switch] is True and network(before).get(switch) is not True:
                yield SWITCHES.get(switch, f"{switch} is on, which no rule here knows")


def scope_widened(before: Body, after: Body) -> Iterator[str]:
    """An environment of one account that the whole organization may use."""
    if before.get("scope") == "account" and after.get("scope") != "account":
        yield "the whole organization may use it, no longer one account"


def network(body: Body) -> Body:
    """An environment's network settings."""
    return table(table(body.get("config")).get("networking"))


def mode(body: Body) -> str:
    """How networking is restricted; not at all where nothing is said."""
    return str(network(body).get("type") or OPEN)


def is_limited(body: Body) -> bool:
    """Whether only listed hosts can be reached."""
    return mode(body) == LIMITED


def _both_cloud(before: Body, after: Body) -> bool:
    return place(before) == place(after) == CLOUD


def _new_environment(body: Body) -> str:
    if place(body) != "cloud":
        return "new environment: tools run on hosts of your own"
    if not is_limited(body):
        return "new environment that reaches every host"
    names = named(listed(network(body).get("allowed_hosts")))
    hosts = f"{names}, {WEB_TOO}" if names else "no host"
    switched = [words for switch, words in SWITCHES.items() if network(body).get(switch) is True]
    return "; ".join([f"new environment that reaches {hosts}", *switched])


POWER = Power(
    describe=_new_environment,
    rules={
        "environment-type-changed": type_changed,
        "network-opened": network_opened,
        "hosts-added": hosts_added,
        "network-switch-on": switches_turned_on,
        "scope-widened": scope_widened,
    },
)
