"""The smallest repository of one's own: a program of two lines, one agent, one environment, one smoke test."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
PLACEHOLDER = "PROJECT_NAME"


def write_project(directory: Path, name: str | None = None) -> Iterator[str]:
    """Write the files that are missing, and say of each file what was done; none is ever overwritten.

    Raises:
        InputError: the name is none that Pulumi takes.
    """
    from pulumi_managed_agents.definitions.schema import write

    project = name or directory.resolve().name
    if not NAME.fullmatch(project):
        raise InputError(f"'{project}' cannot be a project's name: letters, digits, '_', '.' and '-' only; give --name")
    template = files("pulumi_managed_agents") / "templates" / "minimal"
    for relative, text in sorted(_texts(template)):
        target = directory / relative
        if target.exists():
            yield f"kept   {target}"
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace(PLACEHOLDER, project), encoding="utf-8")
        yield f"wrote  {target}"
    if not (directory / "schemas").exists():
        write(directory / "schemas")
        yield f"wrote  {directory / 'schemas'}: JSON Schemas for your editor"
    yield "Next: `managed-agents validate`, then `managed-agents up dev --emulator`, which needs no key."


def _texts(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        # The dot of a hidden file is spelled out, so that no tool takes the template's files for the package's own.
        name = prefix + entry.name.replace("dot.", ".")
        if entry.is_dir():
            yield from _texts(entry, f"{name}/")
        else:
            yield name, entry.read_text(encoding="utf-8")
