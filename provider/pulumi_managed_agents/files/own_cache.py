"""Where this machine keeps what would else have to be fetched or found out again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "MANAGED_AGENTS_CACHE"
"""The variable for another place than the user's own for caches."""


def own_cache() -> Path:
    """The folder, which need not exist."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("managed-agents", appauthor=False)
