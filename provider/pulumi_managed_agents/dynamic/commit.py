"""Which commit a deployment comes from."""

from __future__ import annotations

import os
import subprocess


def commit() -> str:
    """The git commit of the project: the one a pipeline names, else the one that is checked out; empty for none.

    The working tree may hold changes on top of it: it says where to look for a content, whose digest then decides.
    """
    if named := os.environ.get("GITHUB_SHA"):
        return named
    try:
        asked = ["git", "rev-parse", "HEAD"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
