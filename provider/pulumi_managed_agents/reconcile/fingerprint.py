"""Values that a record must recognise but must not hold: keyed digests, with a random salt per record.

A program may pass a secret for any field, and prompts are long. With a separate salt per record, equal values of two
resources look different, and a list of likely values cannot be tried on many states at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.leaves import LeafPath, Leaves

ENUMERATIONS = frozenset({"type", "effort", "speed", "permission_policy", "inference_geo", "version", "access"})
"""Leaves, by the last key of their path, that hold a word of the API's own (or a version), kept as it is."""

SHORT = 80
"""How long a value may be, as JSON, that is recorded itself."""
_DIGEST = re.compile(r"#[0-9a-f]{16}")

_PERHAPS_SECRET = re.compile(
    r"(?i)pass|pwd|secret|token|key|credential|auth|://\S*[@?]|(?<![a-z0-9_])(?![a-z]+_)(?=\w*\d)(?=\w*[a-z])\w{20,}"
)
"""Words and shapes beside which a secret may be; the API's own ids are not secret."""


def new_salt() -> str:
    """A salt for one record."""
    return secrets.token_hex(16)


def digest(text: str, salt: str) -> str:
    """``#`` and the beginning of the keyed digest of a text."""
    return "#" + hmac.digest(salt.encode(), text.encode(), hashlib.sha256).hex()[:16]


def slow_digest(text: str, salt: str) -> str:
    """A digest of a secret for files that are passed around: too slow to find the secret by trying many."""
    digest = hashlib.scrypt(text.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=16)
    return f"#{digest.hex()}"


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


def recorded_value(path: LeafPath, value: Any, salt: str) -> Any:
    """What is recorded of a leaf that no file names: itself where it is short and cannot be secret, else a digest."""
    text = json.dumps([*path, value], ensure_ascii=False)
    plain = len(json.dumps(value)) <= SHORT and not _PERHAPS_SECRET.search(text) and not is_digest(value)
    return value if plain and KNOWN.scrubber().text(text) == text else fingerprint(path, value, salt)


def is_recorded(path: LeafPath, value: Any, recorded: Any, salt: str) -> bool:
    """Whether a leaf's value is the recorded one, which may be recorded itself or by its fingerprint."""
    is_value = isinstance(recorded, (str, list)) and not is_digest(recorded)
    stands_for = value if is_value else fingerprint(path, value, salt)
    return bool(recorded == stands_for) and isinstance(recorded, bool) == isinstance(stands_for, bool)


def _is_word(path: LeafPath) -> bool:
    return path[-1] in ENUMERATIONS and path[0] != "metadata"
