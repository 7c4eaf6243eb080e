"""Rules about an agent's MCP servers: which there are, and where they are.

A server is known by its address as well: one that only gets another name is the same server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.preview.capability.address import host, moved, same
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
        if text := moved(*(table(side[name]).get("url") for side in (was, now))):
            warning = "; it may offer other tools" if "on its host" in text else ""
            yield f"MCP server {name} {text}{warning}"


def servers(body: Body) -> Body:
    """An agent's MCP servers by name."""
    return table(body.get("mcp_servers"))


def with_earlier_names(before: Body, after: Body) -> Body:
    """`before` with the names that its servers have in `after`, as far as their addresses tell that they are the same.

    An address that stands in either more than once tells nothing.
    """
    was, now = servers(before), servers(after)
    names: dict[str, str] = {}
    for name in was.keys() - now.keys():
        found = [
            one for one in now.keys() - was.keys() if same(table(was[name]).get("url"), table(now[one]).get("url"))
        ]
        if len(found) == 1 and found[0] not in names.values():
            names[name] = found[0]
    tools = {_renamed(key, names): value for key, value in table(before.get("tools")).items()}
    return {**before, "mcp_servers": {names.get(name, name): one for name, one in was.items()}, "tools": tools}


def _renamed(key: str, names: dict[str, str]) -> str:
    kind, _, name = key.partition(":")
    return f"mcp:{names[name]}" if kind == "mcp" and name in names else key
