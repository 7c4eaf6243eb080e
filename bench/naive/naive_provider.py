"""What one writes without this project: a dynamic provider over the official SDK, and the program for a fleet.

`Looking` gets every object to compare it with the live one; `Blind` trusts the state.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

FIELDS = ("name", "model", "description", "system", "tools", "metadata", "config")
SHOWN_ALIKE = ("name", "description", "system")
"""The fields that the API answers as they were sent."""


@cache
def client() -> Any:
    """A client as the documentation makes one, one for all threads; the SDK is loaded where it is needed first."""
    import anthropic

    return anthropic.Anthropic(base_url=os.environ["ANTHROPIC_BASE_URL"], api_key=os.environ["ANTHROPIC_API_KEY"])


def endpoints(props: dict[str, Any]) -> Any:
    """The endpoints of an object's kind."""
    return getattr(client().beta, props["kind"])


def body(props: dict[str, Any]) -> dict[str, Any]:
    """The fields of the API among a resource's properties."""
    return {field: props[field] for field in FIELDS if field in props}


class Blind(ResourceProvider):
    """Never looks at what is live."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare with the state."""
        return DiffResult(changes=body(olds) != body(news))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make an object."""
        made = endpoints(props).create(**body(props))
        return CreateResult(made.id, {**props, "version": getattr(made, "version", 0)})

    def update(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change an object."""
        version = {"version": int(olds["version"])} if news["kind"] == "agents" else {}
        made = endpoints(news).update(id, **body(news), **version)
        return UpdateResult({**news, "version": getattr(made, "version", 0)})

    def delete(self, id: str, props: dict[str, Any]) -> None:
        """Archive an object."""
        endpoints(props).archive(id)


class Looking(Blind):
    """Gets every object, one by one."""

    def diff(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare with the state and with the live object."""
        live = endpoints(news).retrieve(id)
        moved = any(getattr(live, field) != news[field] for field in SHOWN_ALIKE if field in news)
        return DiffResult(changes=body(olds) != body(news) or moved)


class Object(Resource):
    """An agent or an environment of either provider."""

    def __init__(self, provider: ResourceProvider, name: str, props: dict[str, Any]) -> None:
        super().__init__(provider, name, {**props, "version": None})


def declare(provider: ResourceProvider) -> None:
    """The fleet in ``fleet.json``."""
    for kind, bodies in json.loads(Path("fleet.json").read_text("utf-8")).items():
        for name, props in bodies.items():
            Object(provider, f"{kind}-{name}", {"kind": kind, **props})
