"""The conventions of a stage folder: which names mean which kind, what prose fills, what an id looks like.

The format is that of `ant apply`; see its documentation page "Manage resources as code with ant apply".
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.definitions import kind as kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.definitions.kind import Kind

SKILLS_FOLDER = "skills"
FOLDERS: dict[str, Kind] = {folder: kind for folder, kind in kinds.FOLDERS.items() if folder != SKILLS_FOLDER}
"""The folders whose files are definitions; a skill is a folder itself."""

FILE_KINDS: tuple[Kind, ...] = tuple(FOLDERS.values())
SUFFIXES = (".md", ".yaml", ".yml", ".json")
SMOKE_SUFFIXES = (".yaml", ".yml", ".json")
TEMPLATE_SUFFIX = ".j2"
SKILL_FILE = "SKILL.md"
SMOKE_FOLDER = "smoke"
ID_PREFIXES: dict[Kind, str] = {
    "agent": "agent_",
    "environment": "env_",
    "skill": "skill_",
    "memory_store": "memstore_",
    "vault": "vlt_",
    "deployment": "depl_",
    "credential": "vcrd_",
    "file": "file_",
}


def nfc(text: str) -> str:
    """Return names in one Unicode form: some file systems hand out another one than was written."""
    return unicodedata.normalize("NFC", text)


def printable(path: str) -> str:
    """Return a path as one line of valid text: control characters and bytes that are not UTF-8 are escaped."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", lambda match: ascii(match[0])[1:-1], path)


def untemplated(name: str) -> str:
    """Drop ``.j2``: what a template becomes decides its format and kind."""
    return name.removesuffix(TEMPLATE_SUFFIX)


def suffix_of(name: str) -> str:
    """Return the definition suffix of a file name, ``.j2`` aside, or an empty string."""
    suffix = PurePosixPath(untemplated(name)).suffix
    return suffix if suffix in SUFFIXES else ""


def resource_name(relative: str) -> str:
    """Return the resource name of a definition file: its path below the stage folder without suffixes, in NFC."""
    path = untemplated(relative)
    return nfc(path.removesuffix(suffix_of(path)))


def kind_of_place(relative: str) -> Kind | None:
    """Return the kind that a file's directory, else the start of its name, stands for."""
    path = PurePosixPath(relative)
    by_folder = FOLDERS.get(path.parent.name)
    return by_folder or kind_of_file_name(path.name)


def kind_of_file_name(name: str) -> Kind | None:
    """Return the kind a file name starts with, as a whole word: ``environment_staging.md``, ``agent.yaml``."""
    stem = PurePosixPath(untemplated(name)).stem.replace("-", "_") + "_"
    return next((kind for kind in FILE_KINDS if stem.startswith(f"{kind}_")), None)


def spoken(kind: str) -> str:
    """Return the kind with its article, for messages: ``an agent``, ``a memory store``."""
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{article} {kind.replace('_', ' ')}"


def suggestion(wrong: str, names: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest one, else a few of what there is."""
    known = sorted(set(names))
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    if not known:
        return "; there is none"
    return f"; there are: {', '.join(known[:8])}" + (", …" if len(known) > 8 else "")
