"""The files a definition is made of, each with the digest of its content.

The same on every machine: paths are below the stage folder with ``/``, text is taken with LF as line end and in
NFC. What is uploaded as it is (a skill's files, a deployment's) is digested as it is.
"""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING

from pulumi_managed_agents.stage.document import read_bytes, read_text
from pulumi_managed_agents.stage.layout import TEMPLATE_SUFFIX, nfc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.stage import Definition


class Sources:
    """Reads the files of one stage's definitions."""

    def __init__(self, project_dir: Path, folder: str) -> None:
        self._project_dir = project_dir
        self._folder = folder

    def files(self, definition: Definition) -> dict[str, str]:
        """SHA-256 in hex by path below the stage folder; a template's includes are among them."""
        if definition.bundle:
            directory = self._below(definition.bundle.directory)
            return {nfc(f"{directory}/{name}"): _sha256(data) for name, data in definition.bundle.read()}
        path = self._below(definition.file)
        if definition.kind == "file":
            return {nfc(path): _sha256(read_bytes(self._project_dir / definition.file, definition.file))}
        return {nfc(name): _sha256(nfc(text).encode()) for name, text in self._text(path, set())}

    def _text(self, path: str, seen: set[str]) -> Iterator[tuple[str, str]]:
        shown = posixpath.join(self._folder, path)
        text = read_text(self._project_dir / shown, shown)
        seen.add(path)
        yield path, text
        if path.endswith(TEMPLATE_SUFFIX) or len(seen) > 1:
            for included in _included(text):
                if included not in seen and (self._project_dir / self._folder / included).is_file():
                    yield from self._text(included, seen)

    def _below(self, shown: str) -> str:
        return posixpath.relpath(shown, self._folder)


def _included(template: str) -> list[str]:
    """What a template includes or imports by a name that is written out; a computed one shows in the effective body."""
    from jinja2 import Environment, meta

    syntax = Environment(autoescape=True).parse(template)
    return sorted({posixpath.normpath(name) for name in meta.find_referenced_templates(syntax) if name})


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
