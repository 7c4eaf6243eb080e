"""Addresses of servers, and whether one is another place than before. Pure functions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pulumi_managed_agents.preview.capability.hosts import plain

PORTS = {"https": 443, "http": 80}


def host(url: Any) -> str:
    """The host and port of a URL, without user and password; the text itself where it is no URL."""
    if not url:
        return "an unknown place"
    try:
        parts = urlsplit(_read_as_browsers_do(url))
        port = parts.port
    except ValueError:
        return str(url)
    if not parts.hostname:
        return str(url)
    name = plain(parts.hostname)
    return name if port in {None, PORTS.get(parts.scheme.lower())} else f"{name}:{port}"


def moved(old: Any, new: Any) -> str:
    """In which way an address is another place: another host, no encryption, another endpoint; else nothing."""
    if host(old) != host(new):
        return f"moves to another host: {host(old)} → {host(new)}"
    (was, before), (now, after) = (_endpoint(url) for url in (old, new))
    if now == "http" and was != "http":
        return "is no longer reached over https"
    return "" if before == after else f"moves on its host: {before} → {after}"


def place(url: Any) -> tuple[str, str, str]:
    """What two URLs of one place have in common: host, scheme, path."""
    return (host(url), *_endpoint(url))


def _endpoint(url: Any) -> tuple[str, str]:
    """The scheme, and the path with its query."""
    try:
        parts = urlsplit(_read_as_browsers_do(url or ""))
    except ValueError:
        return "", str(url)
    path = parts.path.rstrip("/") or "/"
    return parts.scheme.lower(), f"{path}?{parts.query}" if parts.query else path


def _read_as_browsers_do(url: Any) -> str:
    """Most clients take a backslash for a slash, so what stands before it is the host."""
    return str(url).replace("\\", "/")
