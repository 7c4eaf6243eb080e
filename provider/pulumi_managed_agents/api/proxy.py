"""Which proxy leads to the API: the one that the environment or the system names, as for any other program."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pulumi_managed_agents.api.settings import is_loopback
from pulumi_managed_agents.errors import InputError


def proxy(url: str) -> str | None:
    """The proxy for a URL by ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``; this machine is reached without any.

    Raises:
        InputError: it is of a kind that is not spoken here.
    """
    where = urlsplit(url)
    found = getproxies()
    named = found.get(where.scheme) or found.get("all")
    if not named or is_loopback(url) or proxy_bypass(where.hostname or ""):
        return None
    named = named if "://" in named else f"http://{named}"
    if urlsplit(named).scheme not in {"http", "https"}:
        raise InputError(
            f"the proxy for {where.hostname} is a {urlsplit(named).scheme} one; name an http:// one instead"
        )
    return named
