"""Domain lists of the web tools: which hosts may be named, and how."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field

from managed_agents_emulator.hosts import is_host_name

_PRIVATE = ("localhost", ".localhost", ".local", ".internal", ".localdomain", ".lan", ".home", ".corp", ".test")


def _check_host(text: str) -> str:
    host = text.rstrip(".")
    if "://" in text:
        raise ValueError("must be a plain hostname without a scheme")
    if _is_address(host):
        raise ValueError("must not be an IP address")
    if not is_host_name(host) or "." not in host:
        raise ValueError("must be a plain ASCII hostname with at least two labels, without port, path or wildcard")
    if host.lower().endswith(_PRIVATE):
        raise ValueError("must be a public hostname")
    return text


def _check_host_and_path(text: str) -> str:
    if "://" in text:
        raise ValueError("must be a plain hostname without a scheme")
    _check_host(text.partition("/")[0])
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


_Size = Field(min_length=1, max_length=255)
Domains = Annotated[
    list[Annotated[str, _Size, AfterValidator(_check_host)]],
    Field(min_length=1, max_length=64),
    AfterValidator(_check_distinct),
]
DomainsWithPath = Annotated[
    list[Annotated[str, _Size, AfterValidator(_check_host_and_path)]],
    Field(min_length=1, max_length=64),
    AfterValidator(_check_distinct),
]
