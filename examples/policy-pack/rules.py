"""What is not allowed, in plain functions: from a resource's inputs, or from a review, to violations in words.

They look at effective settings, so that it makes no difference how a file spells them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.addresses import host, host_covers
from pulumi_managed_agents.kinds.registry import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Props = Mapping[str, Any]
    Rule = Callable[[Props, Mapping[str, Any]], Iterator[str]]


MODULE = "pulumi-python:dynamic/managedagents"


def kind_of(resource_type: str) -> str:
    """The kind of a managed object by its Pulumi type, or an empty text for any other resource."""
    module, _, title = resource_type.rpartition(":")
    return re.sub(r"\B(?=[A-Z])", "_", title).lower() if module == MODULE else ""


def tools_ask(props: Props, config: Mapping[str, Any]) -> Iterator[str]:
    """Tools that must ask a person before they run."""
    for toolset, tools in _effective("agent", props, "tools").items():
        for name in config["tools"]:
            settings = tools.get(name, tools.get("default")) if "default" in tools else None
            if settings and settings["enabled"] and settings["permission_policy"] != "always_ask":
                yield f"{name} of {toolset} runs without asking ({settings['permission_policy']})"


def servers_known(props: Props, config: Mapping[str, Any]) -> Iterator[str]:
    """MCP servers only on hosts that are listed; *.example.com covers what is below it."""
    for server in plain(props.get("mcp_servers")) or []:
        if not any(host_covers(one, host(server["url"])) for one in config["hosts"]):
            yield f"MCP server {server['name']} is at {host(server['url'])}, which is no host of ours"


def network_limited(props: Props, _: Mapping[str, Any]) -> Iterator[str]:
    """Cloud sandboxes reach only the hosts that they name."""
    config = _effective("environment", props, "config") or {"networking": {"type": "unrestricted"}}
    if (config.get("networking") or {}).get("type", "limited") != "limited":
        yield "the environment reaches every host"


def sessions_capped(props: Props, config: Mapping[str, Any]) -> Iterator[str]:
    """Every session of a deployment has a cap, and not too high a one."""
    cents = int(_effective("deployment", props, "budget").get("max_list_cost", {}).get("amount", 0))
    if not cents:
        yield "its sessions have no budget"
    elif cents > config["cents"]:
        yield f"a session may cost ${cents / 100:.2f}; at most ${config['cents'] / 100:.2f} are allowed"


def secrets_bound(props: Props, _: Mapping[str, Any]) -> Iterator[str]:
    """A secret goes to named hosts only."""
    auth = plain(props.get("auth")) or {}
    if (auth.get("networking") or {}).get("type") == "unrestricted":
        yield f"{auth.get('secret_name')} goes to every host"


def power_approved(review: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """New power by rules that nobody approved: kind, name and what widens, from a review in JSON.

    A resource's inputs tell what it may do, a review tells what it may do that it could not do before.
    """
    for stage in review["stages"]:
        for one in stage["capability"]:
            if one["rule"] in config["refused"] and f"{one['name']}:{one['rule']}" not in config["approved"]:
                yield one["kind"], one["name"], f"{one['text']} ({one['rule']})"


def _effective(kind: str, props: Props, field: str) -> Any:
    """One field as it takes effect; no other is touched, since a preview may not know it yet."""
    body = {field: plain(props.get(field))}
    return FACTS[kind].effective(body, body, "").get(field) or {}


def plain(value: Any) -> Any:
    """A value as dictionaries and lists; what a preview does not know yet raises, and the engine says so."""
    if isinstance(value, Mapping):
        return {key: plain(value[key]) for key in value}
    return [plain(one) for one in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


RULES: dict[str, tuple[str, Rule]] = {
    "tools-ask": ("agent", tools_ask),
    "servers-known": ("agent", servers_known),
    "network-limited": ("environment", network_limited),
    "sessions-capped": ("deployment", sessions_capped),
    "secrets-bound": ("credential", secrets_bound),
}
"""By the policy's name: the kind that it is about, and the rule."""


def violations(resource_type: str, props: Props, name: str, config: Mapping[str, Any]) -> Iterable[str]:
    """What one rule has to say about one resource."""
    kind, rule = RULES[name]
    return list(rule(props, config)) if kind_of(resource_type) == kind else []
