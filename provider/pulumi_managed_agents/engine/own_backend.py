"""Where a stage's state is kept, as the CLI would find it: in a file or a bucket of one's own, or with somebody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.engine.project import Project

SCHEMES = ("file", "s3", "gs", "azblob")
"""How the address of a state begins that is a file or a bucket."""
BACKEND = "PULUMI_BACKEND_URL"
STATE_VERSION = 3
"""The version of the form in which the CLI keeps a state (`apitype.VersionedCheckpoint`)."""
PACKED = (".gz", ".zst")
"""How the names of states end that the CLI packs; the younger one of two files counts."""


def is_own_backend(project: Project, environment: Mapping[str, str]) -> bool:
    """Whether the state of a project lies in a file or a bucket."""
    declared = project.settings.get("backend")
    of_project = declared.get("url") if isinstance(declared, dict) else None
    return backend_address(of_project, environment).partition("://")[0] in SCHEMES


def backend_address(of_project: str | None, environment: Mapping[str, str]) -> str:
    """The address of a state, as the CLI would find it: the environment's, the project's, or that of the login."""
    return str(environment.get(BACKEND) or of_project or _logged_in(environment))


def state_file(address: str, project: str, stage: str) -> Path | None:
    """The file that holds a stage's state, where it lies on this machine; None where it is elsewhere, or not there.

    None too where it is packed (``.json.gz``), or laid out as by a CLI of before 2023.
    """
    folder = _folder(address)
    if folder is None:
        return None
    file = folder / ".pulumi/stacks" / project / f"{stage}.json"
    packed = any(file.with_name(file.name + suffix).exists() for suffix in PACKED)
    return file if file.is_file() and not packed else None


def recorded_in(file: Path) -> dict[str, Any] | None:
    """What `pulumi stack export` would print of a state file, whose start takes longer than all the rest.

    None for what only the CLI can tell: a file of another version, or one that cannot be read.
    """
    try:
        record = json.loads(file.read_text("utf-8"))
        if record["version"] == STATE_VERSION:
            return {"version": STATE_VERSION, "deployment": record["checkpoint"]["latest"]}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _folder(address: str) -> Path | None:
    """The folder of a state that lies on this machine, if its address says where that is."""
    if address.startswith("file:///"):
        return Path(url2pathname(urlsplit(address).path))
    if address == "file://~" or address.startswith("file://~/"):
        return Path(address.removeprefix("file://").partition("?")[0]).expanduser()
    return None


def _logged_in(environment: Mapping[str, str]) -> str:
    home = environment.get("PULUMI_HOME") or Path(environment.get("HOME") or Path.home()) / ".pulumi"
    try:
        return str(json.loads((Path(home) / "credentials.json").read_text("utf-8"))["current"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
