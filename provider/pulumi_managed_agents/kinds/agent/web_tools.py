"""The web tools of an agent as its file writes them: which are on, and which domains they are kept to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.schema.paths import at, named, objects, texts
from pulumi_managed_agents.schema.tool_sets import BUILT_IN_SET, WEB_TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.schema.problem import FieldPath


@dataclass(frozen=True)
class WebTool:
    """A web tool that is on.

    Attributes:
        name: ``web_fetch`` or ``web_search``.
        path: Where the body says so: its entry in `configs`, or the whole tool set.
        allowed: The domains it is kept to, each with its path; none if it has no such list.
        blocked: The domains it is kept from.
    """

    name: str
    path: FieldPath
    allowed: tuple[tuple[FieldPath, str], ...]
    blocked: tuple[str, ...]


def web_tools(body: Mapping[str, Any]) -> Iterator[WebTool]:
    """The web tools that an agent's body switches on, by their own entry or by default."""
    for path, toolset in objects(body, "tools"):
        if toolset.get("type") != BUILT_IN_SET:
            continue
        entries = {name: place[:-1] for place, name in named(objects(toolset, "configs"))}
        for name in WEB_TOOLS:
            place = entries.get(name, ())
            config = at(toolset, *place) if place else {}
            enabled = config.get("enabled")
            if (at(toolset, "default_config", "enabled") if enabled is None else enabled) is False:
                continue
            allowed = tuple(((*path, *place, *inner), domain) for inner, domain in texts(config, "allowed_domains"))
            blocked = tuple(domain for _, domain in texts(config, "blocked_domains"))
            yield WebTool(name, (*path, *place), allowed, blocked)
