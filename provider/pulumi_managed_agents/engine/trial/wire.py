"""Property values on the protocol, and the form in which the state file may hold secrets.

The state has a salted fingerprint in a secret's place: enough to tell whether it changed, not what it was.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format  # type: ignore[import-untyped]
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]

from pulumi_managed_agents.engine.events import SECRET, SIGNATURE, is_secret, map_secrets

Values = dict[str, Any]
_SEALED = re.compile(r"\[secret [0-9a-f]{32}\]")


def to_struct(values: Values) -> Struct:
    """Encode properties as they are sent to a provider or the program."""
    struct = Struct()
    struct.update(values)
    return struct


def from_struct(struct: Struct) -> Values:
    """Decode properties that a provider or the program sent."""
    values: Values = json_format.MessageToDict(struct)
    return values


def plain(value: Any) -> Any:
    """Copy a value without the marks of its secrets: what a provider is sent."""
    return map_secrets(value, lambda secret: plain(secret["value"]))


def mark_secrets(outputs: Values, inputs: Values, also: list[str]) -> Values:
    """Mark the outputs that are secret because the input of the same name is, or because `also` names them."""

    def marked(name: str, value: Any) -> Any:
        source = inputs.get(name)
        if name not in also and isinstance(value, dict) and isinstance(source, dict) and not is_secret(source):
            return mark_secrets(value, source, [])
        return _secret(value) if name in also or plain(source) != source else value

    return {name: marked(name, value) for name, value in outputs.items()}


def holds_sealed(value: Any) -> bool:
    """Tell whether a secret in here is known by its fingerprint alone."""
    return _SEALED.search(json.dumps(value)) is not None


@dataclass(frozen=True)
class Seal:
    """Puts fingerprints in the place of secrets, with the salt of one state."""

    salt: str

    def close(self, value: Any) -> Any:
        """Copy a value with each secret's content replaced by its fingerprint; fingerprints stay as they are."""
        return map_secrets(value, self._closed)

    def reopen(self, old: Any, new: Any) -> Any:
        """Give the secrets of `old` their content back where `new` holds the same one in the same place."""
        if is_secret(old):
            candidate = _secret(plain(new))
            return candidate if self.close(candidate) == self.close(old) else old
        if isinstance(old, dict) and isinstance(new, dict):
            return {name: self.reopen(value, new.get(name)) for name, value in old.items()}
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            return [self.reopen(*pair) for pair in zip(old, new, strict=True)]
        return old

    def _closed(self, secret: Values) -> Values:
        content = json.dumps(plain(secret["value"]), sort_keys=True)
        if _SEALED.fullmatch(content[1:-1]):
            return secret
        digest = hashlib.scrypt(content.encode(), salt=self.salt.encode(), n=1024, r=8, p=1, dklen=16)
        return _secret(f"[secret {digest.hex()}]")


def _secret(value: Any) -> Values:
    return {SIGNATURE: SECRET, "value": value}
