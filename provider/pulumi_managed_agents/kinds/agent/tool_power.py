"""Rules about an agent's tools: which there are, who is asked before one runs, what web tools reach, MCP servers.

They look at each tool's effective setting, so that it makes no difference whether a default or an entry of its own
says it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.addresses import beyond, domain_covers, host, moved, place
from pulumi_managed_agents.kinds.widening import Body, listed, named, table
from pulumi_managed_agents.schema.tool_sets import (
    BUILT_IN_SET,
    EVERY_OTHER,
    WEB_TOOLS,
    describe,
    enabled_tools,
    policy_word,
    short_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

RANK = {"always_deny": 0, "always_ask": 1, "auto": 2, "always_allow": 3}
"""From less to more power. The API has no `always_deny` so far; should it come, its name says where it ranks."""
WORDS = {"always_ask": "asks before it runs", "auto": "the server judges each call", "always_allow": "never asks"}
SOURCES = {
    "client_tool_results": "results of custom tools",
    "server_tool_results": "results of web_search and web_fetch",
    "user_input": "what users write",
}
TOOLS_BEHIND = {"server_tool_results": WEB_TOOLS}
"""Where all tools behind a source are known; elsewhere there may always be one more."""
ANY_OTHER = "(any other tool)"


def tools_added(before: Body, after: Body) -> Iterator[str]:
    """A new tool set or custom tool; one of which nothing is enabled adds nothing."""
    was, now = table(before.get("tools")), table(after.get("tools"))
    for key in sorted(now.keys() - was.keys()):
        if EVERY_OTHER in table(now[key]) and not enabled_tools(now[key], built_in=key == BUILT_IN_SET):
            continue
        if key.startswith("mcp:"):
            yield f"may use tools of MCP server {key.removeprefix('mcp:')}: {describe(now[key])}"
        elif key == BUILT_IN_SET:
            yield f"gets the built-in tools: {describe(now[key], built_in=True)}"
        else:
            yield f"gets {_toolset(key)}"


def toolset_changed(before: Body, after: Body) -> Iterator[str]:
    """A tool set of a kind that is not known here, set up in another way."""
    was, now = table(before.get("tools")), table(after.get("tools"))
    for key in sorted(was.keys() & now.keys()):
        known = key.startswith("custom:") or EVERY_OTHER in table(now[key]) or EVERY_OTHER in table(was[key])
        if not known and was[key] != now[key]:
            yield f"{_toolset(key)} is set up in another way, which no rule here knows"


def tools_enabled(before: Body, after: Body) -> Iterator[str]:
    """A tool of a known set that was off and is on."""
    for key, tool, was, now in _pairs(before, after):
        if now.get("enabled") and not was.get("enabled"):
            policy = policy_word(now.get("permission_policy"))
            words = WORDS.get(policy, "follows a policy unknown here")
            yield f"may use {_tool(key, tool)}, which was off; it {words} ({policy})"


def permissions_widened(before: Body, after: Body) -> Iterator[str]:
    """A tool that runs with fewer questions asked than before, by itself or by a default."""
    widened: dict[tuple[str, Any, Any], list[str]] = {}
    for key, tool, was, now in _pairs(before, after):
        old, new = was.get("permission_policy"), now.get("permission_policy")
        if was.get("enabled") and now.get("enabled") and _wider(old, new):
            widened.setdefault((key, old, new), []).append(tool)
    for (key, old, new), tools in widened.items():
        which = named([_tool(key, tool) for tool in tools])
        yield f"{which}: {policy_word(old)} → {policy_word(new)} ({WORDS.get(str(new), 'a policy unknown here')})"


def _pairs(before: Body, after: Body) -> Iterator[tuple[str, str, Body, Body]]:
    """Tool set, tool, and its settings before and after, for every tool of a set that both have."""
    was, now = table(before.get("tools")), table(after.get("tools"))
    for key in sorted(was.keys() & now.keys()):
        old, new = table(was[key]), table(now[key])
        if EVERY_OTHER not in old and EVERY_OTHER not in new and key != BUILT_IN_SET:
            continue
        built_in = key == BUILT_IN_SET
        for tool in sorted((old.keys() | new.keys()) - ({EVERY_OTHER} if built_in else set())):
            yield key, tool, _settings(old, tool), _settings(new, tool)


def _settings(toolset: Body, tool: str) -> Body:
    return table(toolset.get(tool, toolset.get(EVERY_OTHER)))


def _wider(old: Any, new: Any) -> bool:
    """Whether a policy is wider; unknown ones rank above `always_ask` and below `always_allow`."""
    if isinstance(old, str) and isinstance(new, str) and {old, new} <= RANK.keys():
        return RANK[new] > RANK[old]
    return old not in (new, "always_allow") and new not in (None, "always_ask", "always_deny")


def _tool(key: str, tool: str) -> str:
    return (
        f"{short_name(tool)} of MCP server {key.removeprefix('mcp:')}" if key.startswith("mcp:") else short_name(tool)
    )


def _toolset(key: str) -> str:
    kind, _, name = key.partition(":")
    return f"the custom tool {name}" if kind == "custom" else f"tool {key}"


def domains_widened(before: Body, after: Body) -> Iterator[str]:
    """A list dropped, domains added to an allow list, or taken from a block list."""
    for tool, was, now in _web_tools(before, after):
        allowed_before, blocked_before = (listed(was.get(key)) for key in ("allowed_domains", "blocked_domains"))
        allowed, blocked = (listed(now.get(key)) for key in ("allowed_domains", "blocked_domains"))
        if allowed_before and not allowed:
            rest = f"all but {named(blocked)}" if blocked else "every domain"
            yield f"{tool} may reach {rest}, no longer only {named(allowed_before)}"
        elif allowed_before and (added := beyond(allowed, allowed_before, domain_covers)):
            yield f"{tool} may reach {named(added)} as well"
        elif blocked_before and (freed := _freed(blocked_before, allowed, blocked)):
            yield f"{tool} is no longer kept from {named(freed)}"


def _freed(blocked_before: list[str], allowed: list[str], blocked: list[str]) -> list[str]:
    """What was blocked and can be reached now, through a shorter block list or an allow list that reaches into it."""
    if not allowed:
        return beyond(blocked_before, blocked, domain_covers)
    inside = [domain for domain in blocked_before if any(domain_covers(wide, domain) for wide in allowed)]
    above = [domain for domain in allowed if any(domain_covers(wide, domain) for wide in blocked_before)]
    return list(dict.fromkeys([*inside, *above]))


def url_sources_widened(before: Body, after: Body) -> Iterator[str]:
    """A source of URLs that was closed or narrowed and is open, or open to more tools."""
    for tool, was, now in _web_tools(before, after):
        for source, words in SOURCES.items():
            old, new = (table(table(side.get("url_sources")).get(source)) for side in (was, now))
            everyone = {*TOOLS_BEHIND.get(source, (ANY_OTHER,)), *_tools(old), *_tools(new)}
            if old != new and _let_in(new, everyone, unknown=everyone) - _let_in(old, everyone, unknown=set()):
                yield f"{tool} may fetch URLs from {words}: {_words(old)} → {_words(new)}"


def _let_in(source: Body, everyone: set[str], *, unknown: set[str]) -> set[str]:
    """Of all tools those whose results a source lets in; `unknown` for one that is narrowed in a way nobody knows."""
    ways = {"all": everyone, "none": set(), "only": _tools(source), "except": everyone - _tools(source)}
    return ways.get(_way(source), unknown)


def _words(source: Body) -> str:
    return " ".join(filter(None, (_way(source), named(sorted(_tools(source))))))


def _way(source: Body) -> str:
    return str(source.get("type", "all"))


def _tools(source: Body) -> set[str]:
    tools: Any = source.get("tools")
    return {str(table(tool).get("name")) for tool in tools} if isinstance(tools, list) else set()


def _web_tools(before: Body, after: Body) -> Iterator[tuple[str, Body, Body]]:
    """The web tools that are on before and after, with their settings."""
    for tool in WEB_TOOLS:
        was, now = (table(table(table(side.get("tools")).get(BUILT_IN_SET)).get(tool)) for side in (before, after))
        if was.get("enabled") and now.get("enabled"):
            yield tool, was, now


def servers_added(before: Body, after: Body) -> Iterator[str]:
    """An MCP server that was not there."""
    was, now = servers(before), servers(after)
    for name in sorted(now.keys() - was.keys()):
        yield f"connects to MCP server {name} at {host(table(now[name]).get('url'))}"


def server_moved(before: Body, after: Body) -> Iterator[str]:
    """A known name behind which another address stands: another host, no encryption, or another endpoint."""
    was, now = servers(before), servers(after)
    for name in sorted(was.keys() & now.keys()):
        old, new = (table(side[name]) for side in (was, now))
        if text := moved(old.get("url"), new.get("url")):
            warning = "; it may offer other tools" if "on its host" in text else ""
            yield f"MCP server {name} {text}{warning}"
        elif not new.get("url") and old != new:
            yield f"MCP server {name} is set up in another way, which no rule here knows"


def servers(body: Body) -> Body:
    """An agent's MCP servers by name."""
    return table(body.get("mcp_servers"))


def with_earlier_names(before: Body, after: Body) -> Body:
    """`before` with the names that its servers have in `after`, as far as their addresses show that they are the same.

    A name that now stands for another of the servers no longer stands for the one that had it.
    """
    was, now = servers(before), servers(after)
    then, later = _by_place(was), _by_place(now)
    names = {name: later[place] for place, name in then.items() if place in later}
    gone = {name for name in names.values() if name not in names}
    known = {name: names.get(name, name) for name in was if name not in gone}
    tools = {
        _renamed(key, names): value for key, value in table(before.get("tools")).items() if _server(key) not in gone
    }
    return {**before, "mcp_servers": {new: was[old] for old, new in known.items()}, "tools": tools}


def _by_place(servers: Body) -> dict[tuple[str, str, str], str]:
    """The names of servers by their address; one that occurs twice, or is missing, identifies none."""
    places = {name: place(url) for name, server in servers.items() if (url := table(server).get("url"))}
    count = Counter(places.values())
    return {where: name for name, where in places.items() if count[where] == 1}


def _renamed(key: str, names: dict[str, str]) -> str:
    return f"mcp:{names[_server(key)]}" if _server(key) in names else key


def _server(key: str) -> str:
    """The server of an MCP tool set; nothing for other tools."""
    kind, _, name = key.partition(":")
    return name if kind == "mcp" else ""
