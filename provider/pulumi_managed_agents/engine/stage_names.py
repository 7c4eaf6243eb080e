"""The names of a project's stages, by what lies in ``stacks/``: no file is read, so that a shell can ask any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def stages(root: Path) -> list[str]:
    """The stages of a project: folders in ``stacks/``, and stack files that share a folder."""
    folder = root / "stacks"
    folders = {path.name for path in folder.glob("*/") if not path.name.startswith(".")}
    return sorted(folders | {path.name.split(".")[1] for path in folder.glob("Pulumi.*.yaml")})
