"""When two values, or two bodies, say the same: asked by whoever plans, digests, gates, compares, adopts or reviews.

A kind says what its defaults are and what its lists are keyed by (`Facts.effective`, `Facts.filled_in`, and
`definitions.identity`); here that becomes leaves and one form of each value. Pure functions.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.files.names import nfc
from pulumi_managed_agents.reconcile.leaves import is_blank, leaves, without_nulls

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body, Leaves


def desired_leaves(facts: Facts, body: Body, own_id: str = "") -> Leaves:
    """What a body asks for, field by field, whole fields that the API fills in among them.

    `own_id` is the id of the object it is for, by which the API shows a member `self` of a roster.
    """
    stated = without_nulls(body)
    filled = {field: default for field, default in facts.filled_in.items() if is_blank(stated.get(field))}
    return leaves(facts.effective({**stated, **filled}, stated, own_id))


def canonical(value: Any) -> str:
    """One text for all spellings of a value: JSON with sorted keys, whole numbers as integers, and text in NFC."""
    return nfc(json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":")))


def same(one: Any, other: Any) -> bool:
    """Whether two values of a leaf say the same; ``1`` is ``1.0``, and it is not ``true``."""
    if isinstance(one, str) and isinstance(other, str) and one == other:
        return True
    return canonical(one) == canonical(other)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
