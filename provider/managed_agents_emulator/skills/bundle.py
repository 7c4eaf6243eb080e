"""An uploaded skill: its files, what its SKILL.md says, and the archive it is downloaded as."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from starlette.datastructures import FormData, UploadFile

from managed_agents_emulator.errors import invalid, refused

_LARGEST = 30 * 1024 * 1024
_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?\r?\n)---\s*(\r?\n|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
# The first moment that a zip archive can name; a fixed one makes equal files equal archives.
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """The files of one skill version, by their path below its directory."""

    name: str
    description: str
    files: dict[str, bytes]

    def archive(self) -> bytes:
        """Pack a zip with the skill's name as its top-level directory; equal files give equal bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in sorted(self.files.items()):
                entry = zipfile.ZipInfo(f"{self.name}/{path}", _FIXED_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        return buffer.getvalue()


def read_bundle(form: FormData | None) -> Bundle:
    """Read the bundle in an upload; 400 for files or front matter that break a rule, 413 beyond 30 MB."""
    uploads = [part for name, part in form.multi_items() if name == "files[]"] if form else []
    parts = [(part.filename or "", part.file.read()) for part in uploads if isinstance(part, UploadFile)]
    if not parts:
        raise invalid("files[]: at least one file is required")
    if len(parts) == 1 and parts[0][0].endswith(".zip"):
        parts = _unzipped(parts[0][1])
    if sum(len(content) for _, content in parts) > _LARGEST:
        raise refused(413, "A skill must be smaller than 30 MB uncompressed.")
    directory, files = _rooted(parts)
    name, description = _described(files["SKILL.md"], directory)
    return Bundle(name, description, files)


def display_name(form: FormData | None, part: str, default: str) -> str:
    """Read the label in that part of an upload, by default the skill's name."""
    label = form.get(part) if form else None
    if not isinstance(label, str) or not label:
        return default
    if len(label) > 255 or "\n" in label or "\r" in label:
        raise invalid(f"{part}: must be one line of at most 255 characters")
    return label


def _unzipped(content: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > _LARGEST:
                raise refused(413, "A skill must be smaller than 30 MB uncompressed.")
            return [(entry.filename, archive.read(entry)) for entry in entries]
    except zipfile.BadZipFile:
        raise invalid("files[]: the archive is not a valid zip") from None


def _rooted(parts: list[tuple[str, bytes]]) -> tuple[str | None, dict[str, bytes]]:
    paths = [PurePosixPath(path) for path, _ in parts]
    for path in paths:
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise invalid(f"files[]: {str(path)!r} is not a relative path inside the skill")
    if len(set(paths)) < len(paths):
        raise invalid("files[]: every path may be given once")
    tops = {path.parts[0] for path in paths}
    if PurePosixPath("SKILL.md") in paths:
        return None, {str(path): content for path, (_, content) in zip(paths, parts, strict=True)}
    if len(tops) > 1:
        raise invalid("files[]: all files must be in the same top-level directory")
    top = tops.pop()
    files = {str(path.relative_to(top)): content for path, (_, content) in zip(paths, parts, strict=True)}
    if "SKILL.md" not in files:
        raise invalid("files[]: SKILL.md is missing at the root of the skill's directory")
    return top, files


def _described(content: bytes, directory: str | None) -> tuple[str, str]:
    front = _front_matter(content)
    name, description = front.get("name", directory), front.get("description")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9-]{1,64}", name):
        raise invalid("SKILL.md: name must have 1 to 64 lower-case letters, digits and hyphens")
    if "anthropic" in name or "claude" in name:
        raise invalid("SKILL.md: name must not contain the reserved words 'anthropic' and 'claude'")
    if not isinstance(description, str) or not 1 <= len(description.strip()) <= 1024:
        raise invalid("SKILL.md: description must have 1 to 1024 characters")
    if _TAG.search(description):
        raise invalid("SKILL.md: description must not contain XML tags")
    return name, description


def _front_matter(content: bytes) -> dict[str, Any]:
    import yaml

    try:
        match = _FRONT_MATTER.match(content.decode("utf-8-sig"))
        front = yaml.safe_load(match.group(1)) if match else None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
        raise invalid("SKILL.md: the YAML front matter cannot be read") from None
    if not isinstance(front, dict):
        raise invalid("SKILL.md: must start with YAML front matter")
    return front
