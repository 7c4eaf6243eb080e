from __future__ import annotations

import pytest

from pulumi_managed_agents.kinds import problems
from tests.kinds.definition_bodies import ENVIRONMENT, load


def problems_of(text: str) -> list[str]:
    """What is said about an environment with a name and the given fields."""
    return [f"{p.severity} {p.field}: {p.message}" for p in problems("environment", {"name": "cloud", **load(text)})]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{}", id="only a name"),
        pytest.param("config: null", id="config left to the API"),
        pytest.param("config: {type: self_hosted}", id="own workers"),
        pytest.param("config: {type: cloud, networking: {type: unrestricted}, packages: {pip: [x]}}", id="open"),
        pytest.param(
            "config: {type: cloud, networking: {type: limited}, packages: {pip: []}}", id="nothing to install"
        ),
    ],
)
def test_right_environments(text: str) -> None:
    """Nothing is said about an environment the API takes."""
    assert problems_of(text) == []


def test_every_field_of_an_environment() -> None:
    """Nothing is said about an environment that uses every field."""
    assert problems("environment", ENVIRONMENT) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("name: null", ["error name: must be text, but nothing is given"], id="no name"),
        pytest.param(
            "scope: organisation", ["warning scope: unknown value; did you mean 'organization'?"], id="misspelt scope"
        ),
        pytest.param("config: cloud", ["error config: must be an object (key: value)"], id="config as text"),
        pytest.param("config: {}", ["error config.type: is required: one of cloud, self_hosted"], id="empty config"),
        pytest.param(
            "config: {type: clod}", ["warning config.type: unknown value; did you mean 'cloud'?"], id="misspelt type"
        ),
        pytest.param(
            "config: {type: self_hosted, networking: {type: unrestricted}}",
            [
                "warning config.networking: unknown field",
                "error config.networking: belongs to a cloud sandbox; workers of your own have no such setting",
            ],
            id="own workers take no networking",
        ),
        pytest.param(
            "config: {type: cloud, networking: {type: limited, allowed_hosts: [https://a.example, 'a.example:80', "
            "a.example/x, '*', 'a*.example', '']}}",
            [
                "error config.networking.allowed_hosts[0]: must be a bare host name, without a scheme such as https://",
                "error config.networking.allowed_hosts[1]: must be a bare host name, without a port",
                "error config.networking.allowed_hosts[2]: must be a bare host name, without a path",
                "error config.networking.allowed_hosts[3]: a wildcard may only be in front, as in *.example.com",
                "error config.networking.allowed_hosts[4]: a wildcard may only be in front, as in *.example.com",
                "error config.networking.allowed_hosts[5]: must not be empty",
            ],
            id="hosts",
        ),
        pytest.param(
            "config: {type: cloud, networking: {type: limited}, packages: {pip: [x]}}",
            [
                "error config.networking.allow_package_managers: must be true, "
                "since packages.pip is given and networking is limited"
            ],
            id="packages that cannot be fetched",
        ),
        pytest.param(
            "config: {type: cloud, networking: {type: limited, allow_package_managers: 1}, packages: {pip: [x]}}",
            ["error config.networking.allow_package_managers: must be true or false"],
            id="said once",
        ),
        pytest.param(
            "config: {type: cloud, packages: {pip: [3.11], pipp: [], npm: typescript}}",
            [
                "error config.packages.npm: must be a list",
                "error config.packages.pip[0]: must be text; put the value in quotes",
                "warning config.packages.pipp: unknown field; did you mean 'pip'?",
            ],
            id="packages",
        ),
    ],
)
def test_wrong_environments(text: str, expected: list[str]) -> None:
    """Hosts, packages and types of an environment are held to the API's rules."""
    assert problems_of(text) == expected
