"""What a stage folder becomes: frozen values the rest of the package works with. Nothing here reads a file."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pulumi_managed_agents.files.names import nfc
from pulumi_managed_agents.files.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.errors import Finding
    from pulumi_managed_agents.kinds.names import Kind
    from pulumi_managed_agents.kinds.skill.bundle import Bundle


Shape = Literal["id", "agent", "skill", "memory_store", "file"]
"""How the API wants a reference written: the bare id, or an object around it."""

ID_KEYS: dict[Shape, str] = {"agent": "id", "skill": "skill_id", "memory_store": "memory_store_id", "file": "file_id"}
"""The key of the id in each shape that is an object."""

TYPES: dict[Shape, str] = {"agent": "agent", "skill": "custom", "memory_store": "memory_store", "file": "file"}
"""The `type` of each shape that is an object."""

VERSIONED: tuple[Shape, ...] = ("agent", "skill")
"""The shapes that pin a version."""


@dataclass(frozen=True)
class Reference:
    """A reference in a body, where the API wants the id of another resource of the stage.

    `target` is that resource's name; `version` the one the user holds back to, else None; `extra` are the other
    keys written beside the path (``access`` of a memory store).
    """

    target: str
    kind: Kind
    shape: Shape
    version: int | str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def value(self, id: Any, version: Any = None) -> Any:
        """Return what the API is sent: the target's `id`, pinned to `version` unless the user holds another back.

        Both may be Pulumi outputs. A version of None is left out.
        """
        if self.shape == "id":
            return id
        pinned = version if self.version is None else self.version
        pin = {"version": pinned} if pinned is not None and self.shape in VERSIONED else {}
        return {"type": TYPES[self.shape], ID_KEYS[self.shape]: id, **pin, **self.extra}


def text_for_digest(body: Any) -> bytes:
    """A body as one text for all of its spellings: canonical JSON in NFC, references by the names of their targets."""
    # Receipts hold digests of this text, so it must never change.
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_by_name)
    return nfc(text).encode()


def _by_name(reference: Reference) -> dict[str, Any]:
    return {"path": reference.target, "version": reference.version, **reference.extra}


@dataclass(frozen=True)
class Definition:
    """One resource as the files say it should be.

    `name` is the path below the stage folder without suffixes, `file` is relative to the project, `body` is the
    create request with `Reference` objects where ids of other resources belong, `was` are earlier names, `within` is
    where in its file it stands, if it shares that with others.
    A skill has a `bundle` and a nearly empty body (``display_name`` at most). A credential comes from its vault's file,
    and a file from the path that a deployment names.
    `files` are the files it was read from, by path below the stage folder: the SHA-256 of each one's content, of text
    with LF as line end and in NFC, of a skill's files and of uploads as they are. A skill that is fetched has its URL
    as its file, and that with the digest of all its files as its `files`.
    """

    kind: Kind
    name: str
    file: str
    body: dict[str, Any]
    was: tuple[str, ...] = ()
    bundle: Bundle | None = None
    source: Node = field(default_factory=lambda: Node({}, "", 0), repr=False, compare=False)
    within: tuple[str | int, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)

    def line(self, path: Iterable[str | int] = ()) -> int:
        """Return the line of a field, or of its nearest parent that is written down."""
        return self.place(path)[1]

    def place(self, path: Iterable[str | int] = ()) -> tuple[str, int]:
        """Return file and line of a field; the file is the values file where an override set the field."""
        return self.source.place(path)

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every reference in the body, in the order written."""
        return tuple(reference for _, reference in references_in(self.body))


@dataclass(frozen=True)
class SmokeFile:
    """One smoke test file: `name` is its stem, `agent` and `environment` are resource names.

    `environment` is an id as written where the stage does not manage it. `body` holds `Reference` objects in
    place of paths. `digest` covers the test's own text, not what it refers to. `files` are as those of a definition.
    """

    name: str
    file: str
    body: dict[str, Any]
    agent: str
    environment: str
    digest: str
    source: Node = field(default_factory=lambda: Node({}, "", 0), repr=False, compare=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)

    def place(self, path: Iterable[str | int] = ()) -> tuple[str, int]:
        """Return file and line of a field; the file is the values file where an override set the field."""
        return self.source.place(path)


@dataclass(frozen=True)
class Values:
    """What ``<stage>.values.yaml`` says, overrides aside (they are merged into the definitions).

    `values` are for templates, `drift_ignore` maps resource names to field names, `smoke` holds the caps. `digest` is
    the SHA-256 of the file's text; empty if there is no file.
    """

    file: str
    values: Mapping[str, Any] = field(default_factory=dict)
    drift_ignore: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    smoke: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True)
class Stage:
    """A loaded stage: `definitions` in dependency order (then by name), `folder` relative to the project."""

    name: str
    folder: str
    definitions: tuple[Definition, ...]
    smoke: tuple[SmokeFile, ...]
    values: Values
    warnings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    """What nobody has looked at, a line each."""

    @cached_property
    def files(self) -> dict[str, str]:
        """The SHA-256 of every file that the stage was read from, values file included, by its path in the project."""
        read_from = [*(part.files for part in self.definitions), *(part.files for part in self.smoke)]
        below = {path: sha256 for files in read_from for path, sha256 in files.items()}
        read = {
            path if is_url(path) else posixpath.normpath(f"{self.folder}/{path}"): sha256
            for path, sha256 in below.items()
        }
        return {**read, **({self.values.file: self.values.digest} if self.values.digest else {})}

    @cached_property
    def users(self) -> dict[str, list[str]]:
        """Who follows whom: by name, those that refer to it and do not hold it back at a version."""
        by_target: dict[str, list[str]] = {}
        for definition in self.definitions:
            followed = {
                reference.target for _, reference in references_in(definition.body) if reference.version is None
            }
            for target in followed:
                by_target.setdefault(target, []).append(definition.name)
        return by_target

    @cached_property
    def roles(self) -> dict[str, str]:
        """The kind of each definition by name; an agent that names others is a ``roster``."""
        return {definition.name: _role(definition) for definition in self.definitions}


def is_url(path: str) -> bool:
    """Whether a path among those of a stage's files is the URL of a skill that is fetched."""
    return "://" in path


def _role(definition: Definition) -> str:
    names_agents = definition.kind == "agent" and any(
        reference.kind == "agent" for _, reference in references_in(definition.body)
    )
    return "coordinator" if names_agents else definition.kind


def references_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Reference]]:
    """Yield every reference inside a body with its path."""
    if isinstance(value, Reference):
        yield path, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from references_in(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from references_in(entry, (*path, index))


class Applied(Protocol):
    """Something that was applied: a Pulumi resource, or the record of one. Kinds without versions have none."""

    @property
    def id(self) -> Any:
        """The API's id, or an Output of it."""


def resolved(value: Any, applied: Mapping[str, Applied]) -> Any:
    """A body with every reference replaced by the id and version of the resource of that name in `applied`."""
    if isinstance(value, Reference):
        target = applied[value.target]
        return value.value(target.id, getattr(target, "version", None))
    if isinstance(value, dict):
        return {key: resolved(item, applied) for key, item in value.items()}
    return [resolved(item, applied) for item in value] if isinstance(value, list) else value


def properties(definition: Definition, applied: Mapping[str, Applied]) -> dict[str, Any]:
    """The body of a definition with references to what was `applied`; a skill's says where and what its files are."""
    declared: dict[str, Any] = resolved(definition.body, applied)
    bundle = definition.bundle
    if bundle is None:
        return declared
    return {**declared, "directory": bundle.directory, "digest": bundle.digest, "name": bundle.name}
