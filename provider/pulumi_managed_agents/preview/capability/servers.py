"""Rules about an agent's MCP servers: which there are, and where they are.

A server is known by its address as well: one that only gets another name is the same server.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pulumi_managed_agents.preview.capability.address import host, moved, place
from pulumi_managed_agents.preview.capability.widening import Body, table

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    """`before` with the names that its servers have in `after`, as far as their addresses tell that they are the same.

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
    """The names of servers by their address; one that stands there twice, or that there is not, tells nothing."""
    places = {name: place(url) for name, one in servers.items() if (url := table(one).get("url"))}
    count = Counter(places.values())
    return {where: name for name, where in places.items() if count[where] == 1}


def _renamed(key: str, names: dict[str, str]) -> str:
    return f"mcp:{names[_server(key)]}" if _server(key) in names else key


def _server(key: str) -> str:
    """The server of an MCP tool set; nothing for other tools."""
    kind, _, name = key.partition(":")
    return name if kind == "mcp" else ""
