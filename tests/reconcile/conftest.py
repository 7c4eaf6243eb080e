"""Tests of the algorithm run against the kinds' emulator."""

from __future__ import annotations

from tests.kinds.conftest import connections, control, keys, stack

__all__ = ["connections", "control", "keys", "stack"]
