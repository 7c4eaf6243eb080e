"""Values that a record must tell from others but must not hold: keyed digests, with a random salt per record.

A program may pass a secret for any field, and prompts are long. With a salt of its own per record, equal values of two
resources look different, and a list of likely values cannot be tried on many states at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.leaves import LeafPath, Leaves

ENUMERATIONS = frozenset({"type", "effort", "speed", "permission_policy", "inference_geo", "version", "access"})
"""Leaves, by the last key of their path, that hold a word of the API's own (or a version), kept as it is."""

_DIGEST = re.compile(r"#[0-9a-f]{16}")


def new_salt() -> str:
    """A salt for one record."""
    return secrets.token_hex(16)


def digest(text: str, salt: str) -> str:
    """``#`` and the beginning of the keyed digest of a text."""
    return "#" + hmac.digest(salt.encode(), text.encode(), hashlib.sha256).hex()[:16]


def slow_digest(text: str, salt: str) -> str:
    """What tells a secret from others in a file that goes from hand to hand: nobody finds it by trying many."""
    made = hashlib.scrypt(text.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=16)
    return f"#{made.hex()}"


def is_digest(value: Any) -> bool:
    """Whether a value looks like one of ours."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def fingerprint(path: LeafPath, value: Any, salt: str) -> Any:
    """What stands for a leaf's value: itself where it is a flag, a number or a word of the API's, else a digest."""
    if value is None or isinstance(value, (bool, int, float)) or _is_word(path):
        return value
    return digest(json.dumps(value, sort_keys=True, ensure_ascii=False), salt)


def fingerprints(table: Leaves, salt: str) -> Leaves:
    """Every leaf by its fingerprint."""
    return {path: fingerprint(path, value, salt) for path, value in table.items()}


def _is_word(path: LeafPath) -> bool:
    return path[-1] in ENUMERATIONS and path[0] != "metadata"
