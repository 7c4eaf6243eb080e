"""Host names in requests: those an environment or a credential allows, and the domain lists of the web tools."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

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
