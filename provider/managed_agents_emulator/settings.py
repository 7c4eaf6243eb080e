"""What the emulator is started with."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_WORKSPACE = "wrkspc_emulator"


@dataclass(frozen=True)
class Settings:
    """How one emulator runs.

    `data` is the directory of its state; without one the state lasts as long as the process. `keys` maps each
    accepted API key to its workspace, `rules` each federation rule; where both are empty any key and any rule is
    accepted and belongs to `DEFAULT_WORKSPACE`. Port 0 picks a free one.
    """

    host: str = "127.0.0.1"
    port: int = 8181
    data: Path | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    script: Path | None = None
    rules: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not is_loopback(self.host):
            raise ValueError(
                f"host {self.host!r} is not a loopback address: the emulator accepts made-up keys and answers only "
                "this machine; use 127.0.0.1, ::1 or localhost."
            )

    @property
    def guarded(self) -> bool:
        """Whether not everybody is let in."""
        return bool(self.keys or self.rules)


def is_loopback(host: str) -> bool:
    """Whether a host name or address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
