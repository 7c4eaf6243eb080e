"""What a list of hosts or domains covers, and what of one list another does not cover. Pure functions.

Two notations: an environment's `allowed_hosts` are bare names or ``*.`` wildcards that cover what is below, not the
name itself; a web tool's domains cover their subdomains, and may end in a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Covers = Callable[[str, str], bool]


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
