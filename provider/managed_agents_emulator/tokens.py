"""The bearer tokens that workload identity federation issues; they end with the process."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "sk-ant-oat01-emulator-"


@dataclass
class Tokens:
    """The tokens that one emulator has issued, each with its workspace and the time of its end."""

    clock: Callable[[], float] = time.monotonic
    _issued: dict[str, tuple[str, float]] = field(default_factory=dict)

    def issue(self, workspace: str, seconds: float) -> str:
        """Issue a new token."""
        token = PREFIX + secrets.token_urlsafe(24)
        self._issued[token] = (workspace, self.clock() + seconds)
        return token

    def workspace(self, token: str) -> str | None:
        """Name the workspace of a token; None for one that is unknown or has ended."""
        workspace, end = self._issued.get(token, ("", 0.0))
        return workspace if self.clock() < end else None
