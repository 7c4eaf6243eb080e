"""The kinds of resource there are, and the folders whose files are of that kind.

Names alone: what a body looks like is in the kind's ``model.py``, how a file is matched to its kind in `stage/`.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Kind = Literal["agent", "environment", "skill", "memory_store", "vault", "credential", "deployment", "file"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

FOLDERS: Final[dict[str, Kind]] = {
    "agents": "agent",
    "environments": "environment",
    "skills": "skill",
    "memory_stores": "memory_store",
    "deployments": "deployment",
    "vaults": "vault",
}

LATEST: Final = (None, "", "latest")
"""What a reference says instead of a version, to follow the newest one."""
