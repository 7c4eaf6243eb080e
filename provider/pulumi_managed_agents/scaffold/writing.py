"""Writing files into somebody else's repository: what is there already is theirs, and stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path


def write_missing(directory: Path, texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Write the files that are not there yet, by relative path, and say of each what was done."""
    for relative, text in texts:
        target = directory / relative
        if target.exists():
            yield f"kept   {target}"
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        yield f"wrote  {target}"


def texts_below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every text file below a folder of the package, by the relative path that it gets in a repository.

    The dot of a hidden file is spelled out in the package (``dot.gitignore``), so that no tool takes the file for one
    of the package's own. An installer compiles the templates' programs like the package's own: what that leaves beside
    them is none of theirs.
    """
    for entry in folder.iterdir():
        if entry.name == "__pycache__":
            continue
        name = prefix + entry.name.replace("dot.", ".")
        if entry.is_dir():
            yield from texts_below(entry, f"{name}/")
        else:
            yield name, entry.read_text(encoding="utf-8")
