"""Where a stage's state is kept, as the CLI would find it: in a file or a bucket of one's own, or with somebody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.engine.project import Project

SCHEMES = ("file", "s3", "gs", "azblob")
"""How the address of a state begins that is a file or a bucket."""


def is_own_backend(project: Project, environment: Mapping[str, str]) -> bool:
    """Whether the state of a project lies in a file or a bucket."""
    return _backend(project, environment).partition("://")[0] in SCHEMES


def _backend(project: Project, environment: Mapping[str, str]) -> str:
    """The address of a project's state, as the CLI would find it."""
    declared = project.settings.get("backend")
    of_project = declared.get("url") if isinstance(declared, dict) else None
    return str(environment.get("PULUMI_BACKEND_URL") or of_project or _logged_in(environment))


def _logged_in(environment: Mapping[str, str]) -> str:
    home = environment.get("PULUMI_HOME") or Path(environment.get("HOME") or Path.home()) / ".pulumi"
    try:
        return str(json.loads((Path(home) / "credentials.json").read_text("utf-8"))["current"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
