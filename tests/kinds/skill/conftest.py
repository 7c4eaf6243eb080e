"""Tests of files load them as a stage."""

from __future__ import annotations

from tests.stage.conftest import loaded, said

__all__ = ["loaded", "said"]
