"""How a state holds the large records that only we read: each as one text, where it would be hundreds of values.

Pulumi copies, sends and logs each value of a property by itself, several times in every run. One text costs it as much
as one value. The text is JSON, compressed, since names and ids repeat in it. A short record stays as it is, and so does
one in which the engine has to see something: a secret, or what is not known yet. Earlier releases packed nothing.
"""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.reconcile.record import APPLIED, OBSERVED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_OF_OBJECTS = (APPLIED, OBSERVED)
_OF_STAGES = ("agents", "kinds", "pins", "proved", "receipts", "results", "roots", "served")
LONGEST_PLAIN = {**dict.fromkeys(_OF_OBJECTS, 300), **dict.fromkeys(_OF_STAGES, 4_000)}
"""How long a record may be, as JSON, to stay as it is, by the property that holds it. The API has none of these.

The smoke tests themselves are not packed: see `PLAIN_INPUTS`.
"""

PLAIN_INPUTS = frozenset({"agents"})
"""Records that inputs hold as they are: a preview knows a part of them, which it shows, and Pulumi's own plans hold the
up that follows to it, in which a table may not become a text. They are ids and versions, without a secret."""

_PREFIX = "zlib:"
_FORM = re.compile(r"[a-z0-9]+:")
_WORDS = (
    b'{"file":"stacks/dev/agents/.md","commit":"","since":"passed":true,"conclusive":"failures":[],"uses":[],"version":1'
    b'},"digest":"false,{"blank":"mcp_servers multiagent skills","id":"agent_01","live":{"description":"#",'
    b'"execution_identity":{"type":"service_account"},"metadata":{"":"#"},"model":{"effort":"high","id":"#","speed":'
    b'"standard"},"name":"#","system":"#","tools":{"agent_toolset_20260401":{"bash":{"enabled":true,"permission_policy":'
    b'"always_allow"},"default":{"enabled":true,"permission_policy":"always_allow"},"edit":{"enabled":true,'
    b'"permission_policy":"always_allow"},"glob":{"enabled":true,"permission_policy":"always_allow"},"grep":{"enabled":'
    b'true,"permission_policy":"always_allow"},"read":{"enabled":true,"permission_policy":"always_allow"},"web_fetch":{'
    b'"enabled":true,"permission_policy":"always_allow"},"web_search":{"enabled":true,"permission_policy":'
    b'"always_allow"},"write":{"enabled":true,"permission_policy":"always_allow"}}}},"revision":{"updated_at":'
    b'"2026-11-29T12:00:00.000000Z","version":1},"salt":"","schema":1}'
)
"""What most records are made of. A packed text leaves out what stands here, so this may never change."""

Props = dict[str, Any]


def packed(props: Mapping[str, Any], apart: Collection[str] = ()) -> Props:
    """Properties as the state holds them; those of `apart` stay as they are."""
    return {key: value if key in apart else _packed(key, value) for key, value in props.items()}


def _packed(key: str, value: Any) -> Any:
    if key not in LONGEST_PLAIN or not isinstance(value, dict):
        return value
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if len(text) <= LONGEST_PLAIN[key]:
        return value
    compressor = zlib.compressobj(level=9, zdict=_WORDS)
    return _PREFIX + b64encode(compressor.compress(text.encode()) + compressor.flush()).decode()


def unpacked(props: Mapping[str, Any]) -> Props:
    """Properties as everybody but the state knows them. Raises as `opened` does."""
    return {key: opened(value) if is_packed(key, value) else value for key, value in props.items()}


def is_packed(key: str, value: Any) -> bool:
    """Whether a property's value is a packed record, in this form or in another."""
    return key in LONGEST_PLAIN and isinstance(value, str) and _FORM.match(value) is not None


def opened(text: str) -> Props:
    """The record in a packed text.

    Raises:
        ManagedAgentsError: it is damaged, or a later release has packed it.
    """
    if not text.startswith(_PREFIX):
        raise ManagedAgentsError(
            "the state was written by a later release of managed-agents-pulumi; install that one here, too"
        )
    try:
        packed_bytes = b64decode(text.removeprefix(_PREFIX), validate=True)
        record: Props = json.loads(zlib.decompressobj(zdict=_WORDS).decompress(packed_bytes))
    except (ValueError, zlib.error):
        raise ManagedAgentsError(
            "the state is damaged: the record of a resource cannot be read; restore the state from its backup"
        ) from None
    return record
