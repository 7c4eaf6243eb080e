"""Inputs and outputs as they come over Pulumi's wire, made into request bodies.

Our own hidden inputs and outputs stand beside the API's fields, under keys with two underscores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPUTED = frozenset({"version", "id", "urn"})
UNPROVEN = "unproven"
"""Stands for the version of an agent that never passed its tests."""

Props = dict[str, Any]


def with_whole_numbers(value: Any) -> Any:
    """Whole numbers as integers again, at any depth."""
    # Over the wire, a protobuf Struct, every number is a float.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: with_whole_numbers(item) for key, item in value.items()}
    return [with_whole_numbers(item) for item in value] if isinstance(value, list) else value


def is_unknown(value: Any) -> bool:
    """Whether a value, or anything inside it, is not known before the update runs."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    return isinstance(value, list) and any(is_unknown(item) for item in value)


def body(props: Mapping[str, Any]) -> Props:
    """The request body among a resource's inputs or outputs."""
    return {
        key: with_whole_numbers(value)
        for key, value in props.items()
        if not key.startswith("__") and key not in COMPUTED
    }


def known_body(props: Props) -> tuple[Props, frozenset[str]]:
    """The body without the fields that hold something unknown, and the names of those."""
    unknown = frozenset(key for key, value in props.items() if is_unknown(value))
    return body({key: value for key, value in props.items() if key not in unknown}), unknown
