"""Addresses of servers, and whether one is another place than before. Pure functions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

PORTS = {"https": 443, "http": 80}


def host(url: Any) -> str:
    """The host and port of a URL, without user and password; the text itself where it is no URL."""
    try:
        parts = urlsplit(str(url))
        port = parts.port
    except ValueError:
        return str(url)
    if not parts.hostname:
        return str(url)
    name = parts.hostname.rstrip(".")
    return name if port in {None, PORTS.get(parts.scheme.lower())} else f"{name}:{port}"


def moved(old: Any, new: Any) -> str:
    """In which way an address is another place: another host, no encryption, another endpoint; else nothing."""
    if host(old) != host(new):
        return f"moves to another host: {host(old)} → {host(new)}"
    (was, before), (now, after) = (_endpoint(url) for url in (old, new))
    if now == "http" and was != "http":
        return "is no longer reached over https"
    return "" if before == after else f"moves on its host: {before} → {after}"


def same(one: Any, other: Any) -> bool:
    """Whether two URLs are one place."""
    return (host(one), _endpoint(one)) == (host(other), _endpoint(other))


def _endpoint(url: Any) -> tuple[str, str]:
    """The scheme, and the path with its query."""
    try:
        parts = urlsplit(str(url or ""))
    except ValueError:
        return "", str(url)
    path = parts.path.rstrip("/") or "/"
    return parts.scheme.lower(), f"{path}?{parts.query}" if parts.query else path
