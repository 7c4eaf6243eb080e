"""What the web tools of a stage's agents can reach, as far as its files show.

In a cloud environment with limited networking, `allowed_hosts` binds web_search and web_fetch as it binds the sandbox.
An agent and an environment belong together where a deployment or a smoke test names both. An agent that none of them
names is held against all environments of the stage: applications may run it elsewhere, so that is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.kinds.addresses import domain_covers, host_covers
from pulumi_managed_agents.kinds.agent.web_tools import WebTool, web_tools
from pulumi_managed_agents.schema.host_name import host_complaint, search_domain_complaint
from pulumi_managed_agents.schema.paths import at, objects, texts
from pulumi_managed_agents.stage.definition import Definition, Reference, SmokeFile, references_in

if TYPE_CHECKING:
    from pulumi_managed_agents.errors import Severity
    from pulumi_managed_agents.files.node import FieldPath

Made = Mapping[str, Definition]

_URL = re.compile(r"https?://[^\s<>\"'`)\]}]+")
_SENT = ("send", "steps", "outcome")


def out_of_reach(definitions: Made, smoke: Iterable[SmokeFile], refused: Severity) -> Iterator[Finding]:
    """Yield what web tools are to reach and cannot; `definitions` are those of the stage by name.

    `refused` is the severity of what lets the API refuse a session.
    """
    tests = list(smoke)
    deployments = [deployment for deployment in definitions.values() if deployment.kind == "deployment"]
    users: list[tuple[Definition | SmokeFile, Any]] = [
        (deployment, deployment.body.get("environment_id")) for deployment in deployments
    ]
    users += [(test, test.body.get("environment")) for test in tests]
    pairs: dict[tuple[str, str], tuple[Definition | SmokeFile, Severity]] = {}
    for user, environment in users:
        if isinstance(environment, Reference):
            for agent, severity in _in_session(user.body.get("agent"), definitions):
                known = pairs.get((agent, environment.target))
                if known is None or (known[1], severity) == ("warning", "error"):
                    pairs[agent, environment.target] = (user, severity)
    for (agent, place), (user, severity) in pairs.items():
        if agent in definitions and place in definitions:
            around = _Around.of([definitions[place]], f", in which {user.file} runs it,")
            findings = _pair(definitions[agent], around, severity)
            yield from (
                replace(finding, severity=refused) if finding.severity == "error" else finding for finding in findings
            )
    environments = [definition for definition in definitions.values() if definition.kind == "environment"]
    used, around = {agent for agent, _ in pairs}, _Around.of(environments)
    for definition in definitions.values() if environments else ():
        if definition.kind == "agent" and definition.name not in used:
            yield from _pair(definition, around, "warning")
    for test in tests:
        yield from _unseen_urls(test, definitions)


def _in_session(agent: Any, definitions: Made) -> Iterator[tuple[str, Severity]]:
    """The agents that run in a session of an agent: itself, and those to which it hands work.

    Whether the API holds the latter against the environment as well is not documented. What a reference holds back at
    an earlier version is not what the file says.
    """
    if isinstance(agent, Reference) and agent.version is None:
        yield agent.target, "error"
        if agent.target in definitions:
            members = (reference for _, reference in references_in(definitions[agent.target].body.get("multiagent")))
            yield from ((member.target, "warning") for member in members if member.version is None)


@dataclass(frozen=True)
class _Around:
    """The environments that an agent may run in: what they are called, and the hosts that bind its web tools.

    `hosts` is None if nothing binds them, or where a mistake in them is reported already.
    """

    place: str
    hosts: tuple[str, ...] | None

    @classmethod
    def of(cls, environments: Sequence[Definition], where: str = "") -> _Around:
        place = f"{environments[0].file}{where}" if len(environments) == 1 else "each environment of this stage"
        limits = [_hosts(environment) for environment in environments]
        bound = tuple(host for limit in limits if limit is not None for host in limit)
        return cls(place, None if None in limits else bound)


def _pair(agent: Definition, around: _Around, severity: Severity) -> Iterator[Finding]:
    """What an agent's web tools cannot reach from any of some environments."""
    place, limits = around.place, around.hosts
    if limits is None:
        return
    idle: list[WebTool] = []
    for tool in web_tools(agent.body):
        outside = [(path, domain) for path, domain in tool.allowed if not _let_out(domain, limits)]
        for path, domain in outside:
            what = "the API refuses such a session" if severity == "error" else "it cannot be reached there"
            message = (
                f"{domain!r} is not among the hosts that {place} lets out, and these bind {tool.name} too: {what}; "
                "add it to allowed_hosts there, or leave it out here"
            )
            yield Finding(*agent.place(path), field_name(path), message, severity)
        if not outside and not any(_may_be_reached(host, tool) for host in limits):
            idle.append(tool)
    if idle:
        verb = "is" if len(idle) == 1 else "are"
        message = (
            f"{' and '.join(tool.name for tool in idle)} {verb} on, but {place} lets out no host that they may reach, "
            "so they return nothing; name hosts in allowed_hosts there, or switch them off"
        )
        yield Finding(*agent.place(idle[0].path), field_name(idle[0].path), message, "warning")


def _hosts(environment: Definition) -> list[str] | None:
    """The hosts that bind the web tools; None if nothing does, or where a mistake in them is reported already."""
    networking = at(environment.body, "config", "networking")
    if at(environment.body, "config", "type") == "self_hosted" or at(networking, "type") != "limited":
        return None
    hosts = [host for _, host in texts(networking, "allowed_hosts")]
    return None if any(map(host_complaint, hosts)) else hosts


def _let_out(domain: str, hosts: Iterable[str]) -> bool:
    """Whether a domain is within some hosts; one that is no domain, which is reported already, counts as if it were."""
    name = domain.partition("/")[0]
    return bool(search_domain_complaint(domain)) or any(host_covers(host, name) for host in hosts)


def _may_be_reached(host: str, tool: WebTool) -> bool:
    name = host.removeprefix("*.")
    return not any(domain_covers(blocked, name) for blocked in tool.blocked)


def _unseen_urls(test: SmokeFile, definitions: Made) -> Iterator[Finding]:
    """web_fetch fetches what the conversation has shown it, which the system prompt is no part of."""
    reference = test.body.get("agent")
    if not isinstance(reference, Reference) or reference.version is not None or reference.target not in definitions:
        return
    agent = definitions[reference.target]
    on = {tool.name for tool in web_tools(agent.body)}
    prompted = _urls(agent.body.get("system"))
    sent = {url for key in _SENT for url in _urls(test.body.get(key))}
    if "web_fetch" not in on or not prompted or prompted & sent:
        return
    calls = set(_expected_calls(test.body))
    custom = {str(tool.get("name")) for _, tool in objects(agent.body, "tools") if tool.get("type") == "custom"}
    sources = custom | (on & {"web_search"})
    # Where the test wants a fetch, only sources that it wants as well can be counted on to show the page.
    if sources & calls or (sources and "web_fetch" not in calls):
        return
    shown = min(prompted)
    path: FieldPath = ("send",) if "send" in test.body else ("steps",) if "steps" in test.body else ("outcome",)
    message = (
        f"{shown} appears in the system prompt of {agent.file} only, and web_fetch fetches no page that it has not "
        "seen in what is sent or in a tool's result; send the address"
    )
    yield Finding(*test.place(path), field_name(path), message, "warning")


def _urls(value: Any) -> set[str]:
    """Every web address in the texts of a value."""
    if isinstance(value, str):
        return {url.rstrip(".,;:!?") for url in _URL.findall(value)}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {url for item in inner for url in _urls(item)}


def _expected_calls(body: Mapping[str, Any]) -> Iterator[str]:
    """The names of the tools that a test wants to be called."""
    for _, step in [((), body), *objects(body, "steps")]:
        for key in ("used", "in_order"):
            calls = at(step, "expect", "tools", key)
            for call in calls if isinstance(calls, list) else [calls]:
                name = call.get("name") if isinstance(call, dict) else call
                if isinstance(name, str):
                    yield name
