"""Tool sets of agents: what the built-in one is called and holds, and an effective set in words.

They are here because both the reconciler, which shows changed tool sets, and the agent's kind, which says what an
agent may do, need them, and the reconciler imports no kind.
"""

from __future__ import annotations

from typing import Any

BUILT_IN_SET = "agent_toolset_20260401"
BUILT_IN_TOOLS = ("bash", "read", "write", "edit", "glob", "grep", "web_fetch", "web_search")
WEB_TOOLS = ("web_fetch", "web_search")
EVERY_OTHER = "default"
"""Stands for the tools of a set without their own entry."""


def describe(toolset: Any, *, built_in: bool = False) -> str:
    """The enabled tools of a set by who is asked, in a few words; all built-in tools have names, so no default."""
    by_policy: dict[str, list[str]] = {}
    for tool in enabled_tools(toolset, built_in=built_in):
        shown = "all tools" if len(toolset) == 1 and tool == EVERY_OTHER else short_name(tool)
        by_policy.setdefault(policy_word(toolset[tool].get("permission_policy")), []).append(shown)
    return "; ".join(f"{', '.join(tools)} ({policy})" for policy, tools in sorted(by_policy.items())) or "none"


def enabled_tools(toolset: Any, *, built_in: bool) -> list[str]:
    """The enabled tools of an effective set."""
    tools = toolset.items() if isinstance(toolset, dict) else ()
    return [
        name
        for name, settings in tools
        if isinstance(settings, dict) and settings.get("enabled") and not (built_in and name == EVERY_OTHER)
    ]


def policy_word(policy: Any) -> str:
    """A permission policy by its type."""
    if isinstance(policy, str):
        return policy
    return "unset" if policy is None else str(policy.get("type") if isinstance(policy, dict) else None)


def short_name(tool: str) -> str:
    """A tool as people call it."""
    return "every other tool" if tool == EVERY_OTHER else tool
