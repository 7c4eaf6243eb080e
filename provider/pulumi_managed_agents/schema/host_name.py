"""What the API takes as the name of a host, in networking and in domain lists."""

from __future__ import annotations

from ipaddress import ip_address

LOCAL = ("localhost", "local", "internal")


def host_complaint(host: str) -> str | None:
    """Say why a text is no host for `allowed_hosts`: a bare name, or a wildcard such as ``*.example.com``."""
    if complaint := _not_bare(host):
        return complaint
    if "/" in host:
        return "must be a bare host name, without a path"
    if "*" in host.removeprefix("*."):
        return "a wildcard may only be in front, as in *.example.com"
    return None


def credential_host_complaint(host: str) -> str | None:
    """Say why a text is no host for a credential: as in networking, and IPv4 is the only kind of address."""
    if host.count(":") > 1 and _is_address(host):
        return "must be a host name or an IPv4 address"
    return host_complaint(host)


def domain_complaint(domain: str) -> str | None:
    """Say why a text is no domain for `web_fetch`: a public host name in ASCII, no wildcard, no address."""
    if complaint := search_domain_complaint(domain):
        return complaint
    return "must be a bare domain, without a path" if "/" in domain.rstrip("/") else None


def search_domain_complaint(domain: str) -> str | None:
    """Say why a text is no domain for `web_search`: as for `web_fetch`, but a path may follow."""
    if complaint := _not_bare(domain):
        return complaint
    host = domain.partition("/")[0].rstrip(".").lower()
    labels = host.split(".")
    if not host.isascii():
        return "must be in ASCII; write an international name in punycode (xn--…)"
    if "*" in host:
        return "takes no wildcard; a domain covers its subdomains"
    if _is_address(host):
        return "must be a domain, not an IP address"
    if labels[-1] in LOCAL or len(labels) < 2:
        return "must be a public domain, such as docs.example.com"
    return None


def _not_bare(host: str) -> str | None:
    if "://" in host:
        return "must be a bare host name, without a scheme such as https://"
    if any(character.isspace() for character in host):
        return "must be a host name, without blanks"
    name = host.partition("/")[0]
    if ":" in name and not _is_address(name):
        return "must be a bare host name, without a port"
    return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
