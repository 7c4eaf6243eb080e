"""What definition files may say: one pydantic model per kind, the rules across fields, and the JSON Schemas.

Bodies are plain data as somebody has read them; nothing here reads files, knows YAML or asks the API.
Importing this package is cheap: pydantic is loaded with the first body that is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.names import FOLDERS, KINDS, Kind
from pulumi_managed_agents.schema.problem import FieldPath, Problem

if TYPE_CHECKING:
    from pulumi_managed_agents.kinds.catalogue import MODELS

__all__ = ["FOLDERS", "KINDS", "MODELS", "FieldPath", "Kind", "Problem", "problems"]


def problems(kind: str, body: Mapping[str, Any]) -> list[Problem]:
    """Return everything that is wrong with a raw body; nothing when it is fine.

    `kind` is one of `MODELS`: a kind of resource, `smoke` or `values`. The body is as written in the file, with
    references to other files still in place. An error can never work; a warning (unknown field or value, passed
    numeric limit) may be right all the same, because the API moves faster than this package. `smoke` and `values`
    are this package's own, so there the unknown is an error too. A kind that is none of `MODELS` is a `KeyError`.
    """
    from pulumi_managed_agents.kinds.catalogue import SPECIFICATIONS

    return SPECIFICATIONS[kind].problems(dict(body) if isinstance(body, Mapping) else body)


def __getattr__(name: str) -> Any:
    if name == "MODELS":
        from pulumi_managed_agents.kinds.catalogue import MODELS

        return MODELS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
