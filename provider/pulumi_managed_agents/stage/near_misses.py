"""What to say about a file that nearly counts, and is not read: said aloud, a mistake costs a minute, not a day."""

from __future__ import annotations

import difflib
from pathlib import PurePosixPath

from pulumi_managed_agents.stage.layout import FOLDERS, SKILL_FILE, SKILLS_FOLDER, SMOKE_FOLDER, untemplated

_MISSPELT = (".markdown", ".mdx", ".ymal", ".yalm", ".jsonc", ".json5", ".toml", ".MD", ".YAML", ".YML", ".JSON")


def about_folder(name: str) -> str:
    """Return what to say about a folder whose name is nearly one of ours, or nothing."""
    ours = [*FOLDERS, SKILLS_FOLDER, SMOKE_FOLDER]
    near = difflib.get_close_matches(name.lower().replace("-", "_"), ours, n=1, cutoff=0.85)
    if not near or name in ours:
        return ""
    return f"files in it are not read because of their folder; did you mean {near[0]}/?"


def about_suffix(relative: str) -> str:
    """Return what to say about a file among definitions whose suffix is nearly one of ours, or nothing."""
    path = PurePosixPath(untemplated(relative))
    if path.parent.name not in FOLDERS or path.suffix not in _MISSPELT:
        return ""
    return f"not read: definitions end in .md, .yaml, .yml or .json, not {path.suffix}"


def about_place(relative: str) -> str:
    """Return what to say about a file of ours by its suffix, but of no kind by its place, or nothing."""
    path = PurePosixPath(untemplated(relative))
    if path.stem.lower() == "readme":
        return ""
    if path.parent.name == SKILLS_FOLDER:
        return f"not read: a skill is a folder with a {SKILL_FILE}"
    folder = next((part for part in path.parts[:-1] if part in FOLDERS), None)
    return f"not read: definitions stand directly in {folder}/" if folder else ""
