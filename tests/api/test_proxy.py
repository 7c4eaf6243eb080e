from __future__ import annotations

import pytest

from pulumi_managed_agents.api.client import proxy
from pulumi_managed_agents.errors import InputError

API = "https://api.anthropic.com"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        pytest.param({}, API, None, id="none"),
        pytest.param({"HTTPS_PROXY": "http://proxy:3128"}, API, "http://proxy:3128", id="its own"),
        pytest.param({"ALL_PROXY": "proxy:3128"}, API, "http://proxy:3128", id="for all, without a scheme"),
        pytest.param({"HTTP_PROXY": "http://proxy:3128"}, API, None, id="of another scheme"),
        pytest.param({"HTTPS_PROXY": "http://proxy", "NO_PROXY": ".anthropic.com"}, API, None, id="excepted"),
        pytest.param({"HTTP_PROXY": "http://proxy"}, "http://127.0.0.1:8181", None, id="this machine"),
    ],
)
def test_the_api_is_reached_through_the_proxy_that_is_named(
    environment: dict[str, str], url: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by any other program; the emulator never needs one."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy(url) == expected


def test_a_proxy_of_another_kind_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent past it."""
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy:1080")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(InputError, match="socks5"):
        proxy(API)
