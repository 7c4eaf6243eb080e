"""Bodies with references replaced by what they refer to, once that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pulumi_managed_agents.stage.definition import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.stage.definition import Definition


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


def properties(definition: Definition, made: Mapping[str, Applied]) -> dict[str, Any]:
    """The body of a definition with references to what was `made`; a skill's says where and what its files are."""
    declared: dict[str, Any] = resolved(definition.body, made)
    bundle = definition.bundle
    if bundle is None:
        return declared
    return {**declared, "directory": bundle.directory, "digest": bundle.digest, "name": bundle.name}
