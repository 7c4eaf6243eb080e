"""Rules about what the web tools may reach: domain lists, and where the URLs that are fetched may come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.tools import BUILT_IN_SET
from pulumi_managed_agents.preview.capability.hosts import beyond, domain_covers
from pulumi_managed_agents.preview.capability.widening import Body, listed, named, table

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB_TOOLS = ("web_fetch", "web_search")
SOURCES = {
    "client_tool_results": "results of custom tools",
    "server_tool_results": "results of web_search and web_fetch",
    "user_input": "what users write",
}
TOOLS_BEHIND = {"server_tool_results": WEB_TOOLS}
"""Where all tools behind a source are known; elsewhere there may always be one more."""
ANY_OTHER = "(any other tool)"


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
    inside = [one for one in blocked_before if any(domain_covers(wide, one) for wide in allowed)]
    above = [one for one in allowed if any(domain_covers(wide, one) for wide in blocked_before)]
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
    return {str(table(one).get("name")) for one in tools} if isinstance(tools, list) else set()


def _web_tools(before: Body, after: Body) -> Iterator[tuple[str, Body, Body]]:
    """The web tools that are on before and after, with their settings."""
    for tool in WEB_TOOLS:
        was, now = (table(table(table(side.get("tools")).get(BUILT_IN_SET)).get(tool)) for side in (before, after))
        if was.get("enabled") and now.get("enabled"):
            yield tool, was, now
