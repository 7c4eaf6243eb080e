"""Rules about an agent beside its tools: servers, skills, other agents, identity, model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pulumi_managed_agents.preview.capability.widening import Body, table
from pulumi_managed_agents.preview.record import PENDING

if TYPE_CHECKING:
    from collections.abc import Iterator

DELEGATION = {"subagents": "start other agents as threads", "workflows": "run workflows"}


def servers_added(before: Body, after: Body) -> Iterator[str]:
    """An MCP server that was not there."""
    was, now = table(before.get("mcp_servers")), table(after.get("mcp_servers"))
    for name in sorted(now.keys() - was.keys()):
        yield f"connects to MCP server {name} at {host(table(now[name]).get('url'))}"


def server_moved(before: Body, after: Body) -> Iterator[str]:
    """A known name behind which another address stands: another host, no encryption, or another endpoint."""
    was, now = table(before.get("mcp_servers")), table(after.get("mcp_servers"))
    for name in sorted(was.keys() & now.keys()):
        old, new = (table(side[name]).get("url") for side in (was, now))
        if old != new and (text := _moved(str(old or ""), str(new or ""))):
            yield f"MCP server {name} {text}"


def _moved(old: str, new: str) -> str:
    before, after = urlsplit(old), urlsplit(new)
    if host(old) != host(new):
        return f"moves to another host: {host(old)} → {host(new)}"
    if after.scheme.lower() == "http" and before.scheme.lower() != "http":
        return "is no longer reached over https"
    same = (before.path.rstrip("/"), before.query) == (after.path.rstrip("/"), after.query)
    return "" if same else f"moves on its host: {before.path or '/'} → {after.path or '/'}; it may offer other tools"


def host(url: Any) -> str:
    """The host and port of a URL, without user and password; the text itself where it is no URL."""
    try:
        parts = urlsplit(str(url))
        port = parts.port
    except ValueError:
        return str(url)
    if not parts.hostname:
        return str(url)
    default = {"https": 443, "http": 80}.get(parts.scheme.lower())
    return parts.hostname if port in {None, default} else f"{parts.hostname}:{port}"


def skills_added(before: Body, after: Body) -> Iterator[str]:
    """A skill that was not attached: instructions and code of it become the agent's."""
    for name in sorted(table(after.get("skills")).keys() - table(before.get("skills")).keys()):
        yield f"gets the skill {name}"


def skill_repinned(before: Body, after: Body) -> Iterator[str]:
    """A skill held at another version than before, or no longer held: other code under the same name.

    A version of this very stage that only the up will tell is not named here: the skill's own change is.
    """
    was, now = table(before.get("skills")), table(after.get("skills"))
    for name in sorted(was.keys() & now.keys()):
        old, new = (table(side[name]).get("version") for side in (was, now))
        if new not in {old, PENDING}:
            yield f"uses skill {name} at {_version(new)} instead of {_version(old)}"


def _version(version: Any) -> str:
    return f"version {version}" if version else "the latest version, whatever that is"


def roster_grown(before: Body, after: Body) -> Iterator[str]:
    """Another agent to which work may be handed."""
    was, now = _members(before), _members(after)
    for name in sorted(now - was):
        yield f"may hand work to {'itself' if name == 'self' else f'agent {name}'}"


def _members(body: Body) -> set[str]:
    multiagent = table(body.get("multiagent"))
    sections = [table(multiagent.get(name)) for name in DELEGATION]
    lists = [multiagent.get("agents"), *(section.get("predefined_agents") for section in sections if _is_on(section))]
    return {name for members in lists for name in table(members) if name != "advisor"}


def delegation_enabled(before: Body, after: Body) -> Iterator[str]:
    """Subagents, workflows, or agents made up on the spot, switched on."""
    was, now = table(before.get("multiagent")), table(after.get("multiagent"))
    for name, words in DELEGATION.items():
        old, new = table(was.get(name)), table(now.get(name))
        if _is_on(new) and not _is_on(old):
            yield f"may {words}" + (", and make up agents on the spot" if _makes_up(new) else "")
        elif _makes_up(new) and not _makes_up(old):
            yield f"may make up agents on the spot in its {name}"


def advisor_changed(before: Body, after: Body) -> Iterator[str]:
    """Another model that may be asked in the middle of a turn."""
    old, new = _advisor(before), _advisor(after)
    if new and old != new:
        yield f"may ask {new} for advice" + (f", no longer {old}" if old else "")


def _advisor(body: Body) -> str:
    multiagent = table(body.get("multiagent"))
    section, member = table(multiagent.get("advisor")), table(table(multiagent.get("agents")).get("advisor"))
    return str(section.get("model") or "") if _is_on(section) else str(member.get("model") or "")


def _is_on(section: Body) -> bool:
    return section.get("type") == "enabled"


def _makes_up(section: Body) -> bool:
    return _is_on(section) and table(section.get("inline_agents")).get("type", "enabled") == "enabled"


def identity_changed(before: Body, after: Body) -> Iterator[str]:
    """Another identity to act as, in either direction: which of two can do more only their owners know."""
    old, new = identity(before), identity(after)
    if old != new:
        yield f"acts as {new} instead of {old}"


def identity(body: Body) -> str:
    """As whom an agent acts, in words."""
    execution = table(body.get("execution_identity"))
    kind = str(execution.get("type") or "service_account")
    return f"AWS role {execution.get('role_arn')}" if kind == "aws_role" else kind.replace("_", " ")


def model_changed(before: Body, after: Body) -> Iterator[str]:
    """Another model: which of two can do more, nobody here knows."""
    old, new = (table(side.get("model")).get("id") for side in (before, after))
    if old and new and old != new:
        yield f"runs on {new} instead of {old}"


def geography_widened(before: Body, after: Body) -> Iterator[str]:
    """Inference that was pinned to a region and may happen elsewhere."""
    old, new = (table(side.get("model")).get("inference_geo") for side in (before, after))
    if old not in {None, "global", new}:
        yield f"inference may leave {old}: now {new or 'not pinned'}"
