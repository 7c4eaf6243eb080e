"""What a request holds that no message may show, also where an answer quotes the request.

It is known where the request is built, even if this process was given no secret: the credential, the fields of
the body that the API takes and never shows, and what is asked for in the query.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx

from pulumi_managed_agents.api.settings import EMULATOR_KEY
from pulumi_managed_agents.api.write_only import SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS = ("authorization", "proxy-authorization", "x-api-key", "cookie")
WRITE_ONLY = frozenset({place[-1] for places in SECRETS.values() for place in places} | {"assertion"})
"""The names of fields that the API never shows, wherever in a body they stand."""
SHORTEST_IN_QUERY = 12
"""A shorter value is a number or a word of the API's own."""


def sent_secrets(request: httpx.Request) -> set[str]:
    """The secrets in a request."""
    query = (
        value
        for name, value in request.url.params.multi_items()
        if len(value) >= SHORTEST_IN_QUERY and not name.endswith("_id")
    )
    credentials = (credential for name in HEADERS for credential in in_header(request.headers.get(name, "")))
    return {*credentials, *query, *_write_only(_body(request))}


def in_header(value: str) -> Iterator[str]:
    """The credential in a header's value, and for a name with a password both of them and the password alone."""
    scheme, _, credential = value.partition(" ")
    credential = credential or scheme
    if credential and credential != EMULATOR_KEY:
        yield credential
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            named = b64decode(credential).decode()
            yield from (named, named.partition(":")[2])


def _body(request: httpx.Request) -> Any:
    with suppress(httpx.RequestNotRead, ValueError):  # an upload, or no JSON
        return json.loads(request.content)
    return None


def _write_only(value: Any, *, inside: bool = False) -> Iterator[str]:
    """The texts below a field that the API never shows."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _write_only(item, inside=inside or name in WRITE_ONLY)
    elif isinstance(value, list):
        for item in value:
            yield from _write_only(item, inside=inside)
    elif inside and isinstance(value, str):
        yield value
