"""Rules about tools: which there are, whether they are enabled, and who is asked before one runs.

They look at each tool's effective setting, so that it makes no difference whether a default or an entry of its own
says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.tools import (
    BUILT_IN_SET,
    EVERY_OTHER,
    describe,
    enabled_tools,
    policy_word,
    short_name,
)
from pulumi_managed_agents.preview.capability.widening import Body, named, table

if TYPE_CHECKING:
    from collections.abc import Iterator

RANK = {"always_deny": 0, "always_ask": 1, "auto": 2, "always_allow": 3}
"""From less to more power. The API has no `always_deny` so far; should it come, its name says where it stands."""
WORDS = {"always_ask": "asks before it runs", "auto": "the server judges each call", "always_allow": "never asks"}


def tools_added(before: Body, after: Body) -> Iterator[str]:
    """A tool set, or a tool of one's own, that was not there; one of which nothing is enabled adds nothing."""
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
            yield f"may use {_tool(key, tool)}, which was off; it {_policy_words(now)}"


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
    """A policy that nobody knows counts as wider than all but the widest, and as no narrower than one that asks."""
    if isinstance(old, str) and isinstance(new, str) and {old, new} <= RANK.keys():
        return RANK[new] > RANK[old]
    return old not in (new, "always_allow") and new not in (None, "always_ask", "always_deny")


def _policy_words(settings: Body) -> str:
    policy = policy_word(settings.get("permission_policy"))
    return f"{WORDS.get(policy, 'follows a policy unknown here')} ({policy})"


def _tool(key: str, tool: str) -> str:
    return (
        f"{short_name(tool)} of MCP server {key.removeprefix('mcp:')}" if key.startswith("mcp:") else short_name(tool)
    )


def _toolset(key: str) -> str:
    kind, _, name = key.partition(":")
    return f"the custom tool {name}" if kind == "custom" else f"tool {key}"
