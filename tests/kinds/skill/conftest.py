"""Tests of files load them as a stage."""

from __future__ import annotations

from tests.stage.conftest import findings_of, loaded

__all__ = ["findings_of", "loaded"]
