"""References replaced by what they refer to, once that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pulumi_managed_agents.stage.definition import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping


class Applied(Protocol):
    """Something that was applied: a Pulumi resource, or the record of one. Kinds without versions have none."""

    @property
    def id(self) -> Any:
        """The API's id, or an Output of it."""


def resolved(value: Any, made: Mapping[str, Applied]) -> Any:
    """A body with every reference replaced by the id and version of the resource of that name in `made`."""
    if isinstance(value, Reference):
        target = made[value.target]
        return value.value(target.id, getattr(target, "version", None))
    if isinstance(value, dict):
        return {key: resolved(item, made) for key, item in value.items()}
    return [resolved(item, made) for item in value] if isinstance(value, list) else value
