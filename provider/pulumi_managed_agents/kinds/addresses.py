"""Which address is another place, and which hosts an entry of a list covers: what the rules about power compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Covers = Callable[[str, str], bool]

PORTS = {"https": 443, "http": 80}


def host(url: Any) -> str:
    """The host and port of a URL, without user and password; the text itself where it is not a URL."""
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


def host_covers(wide: str, narrow: str) -> bool:
    """Whether an entry of `allowed_hosts` covers another; either may be a wildcard."""
    wide, narrow = plain(wide), plain(narrow)
    if wide in {narrow, "*"}:
        return True
    return wide.startswith("*.") and narrow.endswith(wide[1:])


def domain_covers(wide: str, narrow: str) -> bool:
    """Whether an entry of a web tool's domain list covers another."""
    (wide_host, wide_path), (narrow_host, narrow_path) = _split(wide), _split(narrow)
    below = narrow_host == wide_host or narrow_host.endswith(f".{wide_host}")
    return below and (not wide_path or narrow_path == wide_path or narrow_path.startswith(f"{wide_path}/"))


def beyond(now: Iterable[str], before: Iterable[str], covers: Covers) -> list[str]:
    """The entries of `now` that no entry of `before` covers."""
    known = list(before)
    return [entry for entry in now if not any(covers(wide, entry) for wide in known)]


def plain(host: str) -> str:
    """A host as the network knows it: in small letters, an international name in punycode, no dot at its end."""
    name = host.strip().lower().rstrip(".")
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name


def _split(domain: str) -> tuple[str, str]:
    host, _, path = domain.strip().partition("/")
    return plain(host), path.strip("/")
