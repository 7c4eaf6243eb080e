"""What one writes without this project: a dynamic provider over the official SDK.

`Looking` gets every agent to compare it with the live one; `Blind` trusts the state.
"""

from __future__ import annotations

import os
from typing import Any

import anthropic
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

FIELDS = ("name", "model", "system")


def client() -> anthropic.Anthropic:
    """A client as the documentation makes one."""
    return anthropic.Anthropic(base_url=os.environ["ANTHROPIC_BASE_URL"], api_key=os.environ["ANTHROPIC_API_KEY"])


def body(props: dict[str, Any]) -> dict[str, Any]:
    """The fields of the API among a resource's properties."""
    return {field: props[field] for field in FIELDS}


class Blind(ResourceProvider):
    """Never looks at what is live."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare with the state."""
        return DiffResult(changes=body(olds) != body(news))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make an agent."""
        agent = client().beta.agents.create(**body(props))
        return CreateResult(agent.id, {**props, "version": agent.version})

    def update(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change an agent."""
        agent = client().beta.agents.update(id, **body(news))
        return UpdateResult({**news, "version": agent.version})

    def delete(self, id: str, _props: dict[str, Any]) -> None:
        """Archive an agent."""
        client().beta.agents.archive(id)


class Looking(Blind):
    """Gets every agent, one by one."""

    def diff(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare with the state and with the live object."""
        live = client().beta.agents.retrieve(id)
        seen = {"name": live.name, "model": live.model.id, "system": live.system}
        return DiffResult(changes=body(olds) != body(news) or seen != body(news))


class Agent(Resource):
    """An agent of either provider."""

    def __init__(self, provider: ResourceProvider, name: str, props: dict[str, Any]) -> None:
        super().__init__(provider, name, {**props, "version": None})
