"""``stacks/<stage>.promotion.json``: what was last promoted into a stage, from where; the base of the next one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Origin:
    """Where a root came from: the stage, the digest of its definitions, when (ISO, UTC), and the commit of that.

    `files` maps the paths of its closure, below the stage folder, to the digests of their contents.
    """

    stage: str
    digest: str
    time: str
    commit: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def same_as(self, other: Origin | None) -> bool:
        """Whether the other says the same, time and commit aside."""
        return other is not None and self == replace(other, time=self.time, commit=self.commit)


Origins = dict[str, Origin]


def path_of(root: Path, stage: str) -> Path:
    """Where a stage's origins are kept."""
    return root / "stacks" / f"{stage}.promotion.json"


def read_origins(path: Path) -> Origins:
    """The origins by root; none if there is no file. Raises `InputError` for a file that is not one of ours."""
    if not path.exists():
        return {}
    try:
        return {name: _origin(entry) for name, entry in read_json(path, path.name).items()}
    except (InputError, TypeError, KeyError, AttributeError):
        raise InputError(
            f"{path.name}: this is not what `promote` writes; restore it from git, or delete it (the next promotion "
            "then takes git's history for the base)"
        ) from None


def as_text(origins: Mapping[str, Origin]) -> str:
    """The file's text, in an order that makes small diffs."""
    entries = {name: _entry(origin) for name, origin in origins.items()}
    return json.dumps(entries, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def came_from(root: Path, stage: str) -> str:
    """The stage that a stage was last promoted from, or empty."""
    return next((origin.stage for origin in read_origins(path_of(root, stage)).values() if origin.stage != stage), "")


def base_of(origins: Mapping[str, Origin]) -> dict[str, str]:
    """The digest of each file as it was last promoted; of a file of several roots the newest."""
    return {
        path: digest
        for origin in sorted(origins.values(), key=lambda origin: origin.time)
        for path, digest in origin.files.items()
    }


def _origin(entry: Mapping[str, Any]) -> Origin:
    files = {str(path): str(digest) for path, digest in entry["files"].items()}
    return Origin(entry["from"], entry["digest"], entry["time"], entry.get("commit", ""), files)


def _entry(origin: Origin) -> dict[str, Any]:
    entry = asdict(origin)
    return {"from": entry.pop("stage"), **{key: value for key, value in entry.items() if value}}
