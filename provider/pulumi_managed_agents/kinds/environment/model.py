"""The body of an environment file: where an agent's tools run and what they may reach."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pulumi_managed_agents.kinds.environment.facts import PACKAGE_MANAGERS
from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import Constraint
from pulumi_managed_agents.schema.field import METADATA, Metadata, Text
from pulumi_managed_agents.schema.host_name import host_complaint
from pulumi_managed_agents.schema.paths import at, is_readable
from pulumi_managed_agents.schema.problem import Problem

PackageList = list[Text] | None


class UnrestrictedNetwork(Body):
    """The sandbox reaches every host."""

    type: Literal["unrestricted"] = Field(description="Every host can be reached.")


class LimitedNetwork(Body):
    """The sandbox reaches what is listed."""

    type: Literal["limited"] = Field(description="Only what is listed can be reached.")
    allowed_hosts: list[Annotated[Text, Constraint(host_complaint)]] | None = Field(
        default=None,
        description="Hosts that can be reached, also by web_search and web_fetch: bare names or wildcards such as "
        "*.example.com; default none, which leaves these tools without any web.",
    )
    allow_mcp_servers: bool | None = Field(
        default=None, description="Whether the agent's MCP servers can be reached as well; default false."
    )
    allow_package_managers: bool | None = Field(
        default=None, description="Whether public package registries can be reached as well; default false."
    )


class Packages(Body):
    """Packages to install, with versions as each package manager spells them."""

    type: Literal["packages"] | None = Field(default=None, description="Always packages; may be left out.")
    apt: PackageList = Field(default=None, description="Debian packages.")
    cargo: PackageList = Field(default=None, description="Rust packages.")
    gem: PackageList = Field(default=None, description="Ruby packages.")
    go: PackageList = Field(default=None, description="Go packages.")
    npm: PackageList = Field(default=None, description="Node.js packages.")
    pip: PackageList = Field(default=None, description="Python packages, such as pandas==3.0.0.")


class Cloud(Body):
    """A sandbox that Anthropic runs."""

    type: Literal["cloud"] = Field(description="A sandbox run by Anthropic.")
    networking: Annotated[UnrestrictedNetwork | LimitedNetwork, OneOf()] | None = Field(
        default=None, description="Which hosts the sandbox can reach; default unrestricted."
    )
    packages: Packages | None = Field(
        default=None, description="Packages to install; with limited networking they need allow_package_managers."
    )


class SelfHosted(Body):
    """Workers of your own."""

    type: Literal["self_hosted"] = Field(description="Workers of your own; there is nothing more to set.")


class Environment(Body):
    """An environment: the sandbox in which sessions run."""

    type: Literal["environment"] | None = Field(
        default=None, description="Says what kind of file this is; not sent to the API."
    )
    name: Text = Field(description="Name of the environment, unique in the workspace.")
    description: str | None = Field(
        default=None, description="What it is for; in a Markdown file the prose below the front matter."
    )
    config: Annotated[Cloud | SelfHosted, OneOf()] | None = Field(
        default=None, description="Cloud sandbox or workers of your own; a change of type replaces the environment."
    )
    scope: Literal["organization", "account"] | None = Field(
        default=None, description="Who sees it; API organisations know organization only."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA)


def rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check an environment's raw body across its fields."""
    networking = at(body, "config", "networking")
    if at(body, "config", "type") == "self_hosted":
        for key in ("networking", "packages"):
            if at(body, "config", key) is not None:
                yield Problem(("config", key), "belongs to a cloud sandbox; workers of your own have no such setting")
        return
    packages = [key for key in PACKAGE_MANAGERS if at(body, "config", "packages", key)]
    allowed = at(networking, "allow_package_managers")
    if at(networking, "type") == "limited" and packages and is_readable(networking) and allowed is not True:
        place = ("config", "networking", "allow_package_managers")
        yield Problem(place, f"must be true, since packages.{packages[0]} is given and networking is limited")
