"""Rules of the API that take several files of a stage to check.

Ids of what the stage does not manage are left to the server. What can never work is an error; what fails only in a
session, and numeric limits, are warnings.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.stage.definition import Reference
from pulumi_managed_agents.stage.web_reach import out_of_reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.errors import Severity
    from pulumi_managed_agents.files.node import FieldPath
    from pulumi_managed_agents.stage.definition import Definition, SmokeFile

MOST_STORES = 8
"""Memory stores of one session."""


def disagreements(
    definitions: Mapping[str, Definition], smoke: Iterable[SmokeFile], refused: Severity = "error"
) -> Iterator[Finding]:
    """Yield what does not go together; `definitions` are those of the stage by name, `refused` as in `out_of_reach`."""
    smoke = list(smoke)
    yield from _environment_names(definitions.values())
    yield from out_of_reach(definitions, smoke, refused)
    for definition in definitions.values():
        if definition.kind == "agent":
            yield from _roster(definition, definitions)
            yield from _geography(definition, definitions)
        elif definition.kind == "deployment":
            yield from _deployment(definition, definitions)
    for test in smoke:
        yield from _stores(test, ("memory_stores",))
        yield from _egress(test, definitions, _target(test.body.get("environment")))


def _say(source: Definition | SmokeFile, path: FieldPath, message: str, severity: Severity = "error") -> Finding:
    return Finding(*source.place(path), field_name(path), message, severity)


def _environment_names(definitions: Iterable[Definition]) -> Iterator[Finding]:
    """The API knows environments of a workspace by their names, and answers 409 to a second one."""
    first: dict[str, Definition] = {}
    for environment in sorted(
        (environment for environment in definitions if environment.kind == "environment"),
        key=lambda environment: environment.name,
    ):
        other = first.setdefault(str(environment.body.get("name")), environment)
        if other is not environment:
            yield _say(environment, ("name",), f"{other.file} has this name already; it is unique in the workspace")


def _roster(agent: Definition, definitions: Mapping[str, Definition]) -> Iterator[Finding]:
    """Members of a coordinator must be distinct, in any spelling, and must not be coordinators."""
    multiagent = _table(agent.body.get("multiagent"))
    entries = multiagent.get("agents")
    seen: set[tuple[str, Any]] = set()
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        path, member = ("multiagent", "agents", number), _target(entry)
        if member in definitions and definitions[member].body.get("multiagent"):
            message = f"{definitions[member].file} has a multiagent of its own; the members of a roster have none"
            yield _say(agent, path, message)
        key = (member, entry.version if isinstance(entry, Reference) else None)
        if member and key in seen:
            yield _say(agent, path, f"{member} is a member already")
        seen.add(key)


def _geography(agent: Definition, definitions: Mapping[str, Definition]) -> Iterator[Finding]:
    """In a roster every agent is pinned to the same inference_geo, or none is."""
    entries = _table(agent.body.get("multiagent")).get("agents")
    own = _geo(agent)
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        member = definitions.get(_target(entry))
        is_pinned = isinstance(entry, Reference) and entry.version is not None
        if member and not is_pinned and _geo(member) != own:
            message = f"{member.file} has inference_geo {_geo(member) or 'unset'}, its coordinator {own or 'unset'}"
            yield _say(agent, ("multiagent", "agents", number), f"{message}; in a roster it is the same for all")


def _geo(agent: Definition) -> str:
    return str(_table(agent.body.get("model")).get("inference_geo") or "")


def _deployment(deployment: Definition, definitions: Mapping[str, Definition]) -> Iterator[Finding]:
    environment = definitions.get(_target(deployment.body.get("environment_id")))
    yield from _stores(deployment, ("resources",))
    yield from _egress(deployment, definitions, environment.name if environment else "")
    if environment and _config(environment).get("type") == "self_hosted":
        yield from _on_own_workers(deployment, environment, definitions)


def _on_own_workers(
    deployment: Definition, environment: Definition, definitions: Mapping[str, Definition]
) -> Iterator[Finding]:
    """Self-hosted workers are given memory stores, and neither files, repositories nor environment variables."""
    for place, entry in enumerate(deployment.body.get("resources") or ()):
        kind = entry.shape if isinstance(entry, Reference) else str(_table(entry).get("type"))
        if kind in {"file", "github_repository"}:
            message = f"{environment.file} is self_hosted, where sessions take memory stores only, not a {kind}"
            yield _say(deployment, ("resources", place), message)
    vault_places = {_target(vault): number for number, vault in enumerate(deployment.body.get("vault_ids") or ())}
    for credential in (definition for definition in definitions.values() if definition.kind == "credential"):
        number = vault_places.get(_target(credential.body.get("vault_id")))
        if number is not None and _table(credential.body.get("auth")).get("type") == "environment_variable":
            message = f"{credential.name} is an environment variable, which {environment.file} (self_hosted) never gets"
            yield _say(deployment, ("vault_ids", number), message, "warning")


def _stores(user: Definition | SmokeFile, path: FieldPath) -> Iterator[Finding]:
    """A session has eight memory stores at most, each once."""
    entries = user.body.get(str(path[0]))
    seen: list[str] = []
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        store = entry.target if isinstance(entry, Reference) and entry.kind == "memory_store" else ""
        store = store or str(_table(entry).get("memory_store_id") or "")
        if store and store in seen:
            yield _say(user, (*path, number), "this memory store is in the list already", "warning")
        seen += [store] if store else []
    if len(seen) > MOST_STORES:
        message = f"holds {len(seen)} memory stores; a session has at most {MOST_STORES}"
        yield _say(user, path, message, "warning")


def _egress(user: Definition | SmokeFile, definitions: Mapping[str, Definition], environment: str) -> Iterator[Finding]:
    """An agent's MCP servers have to be reachable from a sandbox with limited networking."""
    networking = _table(_config(definitions[environment]).get("networking")) if environment in definitions else {}
    agent = definitions.get(_target(user.body.get("agent")))
    if agent is None or networking.get("type") != "limited" or networking.get("allow_mcp_servers"):
        return
    allowed = [str(host).lower() for host in networking.get("allowed_hosts") or ()]
    for server in agent.body.get("mcp_servers") or ():
        host = (urlsplit(str(_table(server).get("url"))).hostname or "").lower()
        if host and not any(fnmatchcase(host, pattern) for pattern in allowed):
            message = (
                f"{agent.file} uses {host}, which {definitions[environment].file} does not let out; "
                "set allow_mcp_servers there, or name the host in allowed_hosts"
            )
            yield _say(user, ("agent",), message, "warning")


def _config(environment: Definition) -> Mapping[str, Any]:
    return _table(environment.body.get("config"))


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _target(value: Any) -> str:
    """The name of the definition that is referred to; empty for an id, which the stage does not know."""
    return value.target if isinstance(value, Reference) else ""
