"""Host names in requests: those an environment or a credential allows, and the domain lists of the web tools.

The hosts of an environment bind the web tools of the sessions in it, as they bind the sandbox.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from managed_agents_emulator.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from managed_agents_emulator.store import Json


_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_PRIVATE = ("localhost", ".localhost", ".local", ".internal", ".localdomain", ".lan", ".home", ".corp", ".test")


def _check_pattern(text: str) -> str:
    if not _NAME.fullmatch(text.removeprefix("*.")):
        raise ValueError(f"{text!r} must be a bare host name or a *. wildcard, without scheme, port or path")
    return text


def _check_domain(text: str) -> str:
    host = text.rstrip(".")
    if "://" in text:
        raise ValueError("must be a plain hostname without a scheme")
    if _is_address(host):
        raise ValueError("must not be an IP address")
    if not _NAME.fullmatch(host) or "." not in host:
        raise ValueError("must be a plain ASCII hostname with at least two labels, without port, path or wildcard")
    if host.lower().endswith(_PRIVATE):
        raise ValueError("must be a public hostname")
    return text


def _check_domain_and_path(text: str) -> str:
    if "://" in text:
        raise ValueError("must be a plain hostname without a scheme")
    _check_domain(text.partition("/")[0])
    return text


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _check_distinct(domains: list[str]) -> list[str]:
    if len({domain.lower() for domain in domains}) < len(domains):
        raise ValueError("must not contain duplicates")
    return domains


HostPattern = Annotated[str, AfterValidator(_check_pattern)]
_Size = Field(min_length=1, max_length=255)
Domains = Annotated[
    list[Annotated[str, _Size, AfterValidator(_check_domain)]],
    Field(min_length=1, max_length=64),
    AfterValidator(_check_distinct),
]
DomainsWithPath = Annotated[
    list[Annotated[str, _Size, AfterValidator(_check_domain_and_path)]],
    Field(min_length=1, max_length=64),
    AfterValidator(_check_distinct),
]


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
