"""The hosts of an environment bind the web tools of the sessions in it, as they bind the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from managed_agents_emulator.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from managed_agents_emulator.store import Json


def check_web_domains(tools: list[Json], environment: Json, before: Iterable[Json] = ()) -> None:
    """Refuse domains of an enabled web tool that the environment does not let out.

    `tools` are completed, `environment` is its config. What the tools `before` a change held already stays.
    """
    networking = environment.get("networking") or {}
    if networking.get("type") != "limited":
        return
    known = {(name, domain) for _, name, domain in _domains(before)}
    for place, name, domain in _domains(tools):
        if (name, domain) not in known and not any(_within(domain, host) for host in networking["allowed_hosts"]):
            raise invalid(
                f"agent.{place}: {domain!r} is not within the environment's networking.allowed_hosts, which apply to "
                f"{name}."
            )


def _domains(tools: Iterable[Json]) -> Iterator[tuple[str, str, str]]:
    """Each entry of an allow list of an enabled web tool, with its place and the tool's name."""
    for number, tool in enumerate(tools):
        configs = tool.get("configs", ()) if tool["type"].startswith("agent_toolset_") else ()
        for position, config in enumerate(configs):
            domains = config.get("allowed_domains") or () if config["enabled"] else ()
            for index, domain in enumerate(domains):
                yield f"tools.{number}.configs.{position}.allowed_domains.{index}", config["name"], domain


def _within(domain: str, host: str) -> bool:
    """Whether a domain, of which a path may follow, is a host or below its wildcard."""
    name, host = domain.partition("/")[0].rstrip(".").lower(), host.lower()
    return name.endswith(host[1:]) if host.startswith("*.") else name == host
