from __future__ import annotations

import pytest

from pulumi_managed_agents.kinds.addresses import host, moved, plain


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://someone:word@MCP.example.com./sse", "mcp.example.com"),
        ("https://mcp.example.com:443/sse", "mcp.example.com"),
        ("https://mcp.example.com:8443/sse", "mcp.example.com:8443"),
        ("https://bücher.example/sse", "xn--bcher-kva.example"),
        ("https://[broken/sse", "https://[broken/sse"),
        ("https://mcp.example.com:port/sse", "https://mcp.example.com:port/sse"),
        ("mcp.example.com", "mcp.example.com"),
        ("", "an unknown place"),
        (None, "an unknown place"),
    ],
)
def test_a_place_is_named_as_the_network_knows_it(url: str | None, place: str) -> None:
    """Without user and password, and without the usual port; what is not a URL is shown as it was written."""
    assert host(url) == place


def test_a_name_that_no_network_knows_stays_as_it_is() -> None:
    """Not every text has a form in punycode, and a rule about power must not fail over one that has not."""
    assert plain(f"{'ü' * 70}.example") == f"{'ü' * 70}.example"


def test_an_address_that_cannot_be_taken_apart_is_another_place() -> None:
    """An address whose target is unknown must not count as one that leads where it did."""
    assert moved("https://mcp.example.com/sse", "https://[broken/sse")
