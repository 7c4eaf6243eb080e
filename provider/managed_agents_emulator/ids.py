"""Identifiers and timestamps in the shapes the API gives them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def new_id(prefix: str) -> str:
    """A fresh identifier such as `agent_01` followed by 22 base-58 characters."""
    body = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(22))
    return f"{prefix}_01{body}"


def now() -> str:
    """The current time as RFC 3339 in UTC with microseconds, so that text order is time order."""
    return timestamp(datetime.now(UTC))


def timestamp(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """The time an RFC 3339 text names; a text without a zone means UTC. Raises `ValueError` for anything else."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
