"""Relative paths in bodies become references to the resources they name.

Only at the places where the API wants an id; ids and vendor skills written there stay as they are.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.names import SUFFIXES, TEMPLATE_SUFFIX, nfc
from pulumi_managed_agents.kinds.registry import ID_PREFIXES
from pulumi_managed_agents.reconcile.leaves import replaced
from pulumi_managed_agents.stage.definition import ID_KEYS, TYPES, Reference, Shape
from pulumi_managed_agents.words import suggestion_or_some, with_article

if TYPE_CHECKING:
    from pulumi_managed_agents.files.node import FieldPath
    from pulumi_managed_agents.kinds.names import Kind

_URLS = ("https://", "http://", "github.com/")


class ReferencePlace(NamedTuple):
    """A place in a body that takes an id; ``*`` in its path is every entry of a list.

    With `or_file` the path of any file in the stage folder may be there as well: it will be uploaded.
    """

    path: tuple[str, ...]
    kind: Kind
    shape: Shape
    or_file: bool = False


PLACES: dict[str, tuple[ReferencePlace, ...]] = {
    "agent": (
        ReferencePlace(("skills", "*"), "skill", "skill"),
        ReferencePlace(("multiagent", "agents", "*"), "agent", "agent"),
        ReferencePlace(("multiagent", "subagents", "predefined_agents", "*"), "agent", "agent"),
        ReferencePlace(("multiagent", "workflows", "predefined_agents", "*"), "agent", "agent"),
    ),
    "deployment": (
        ReferencePlace(("agent",), "agent", "agent"),
        ReferencePlace(("environment_id",), "environment", "id"),
        ReferencePlace(("vault_ids", "*"), "vault", "id"),
        ReferencePlace(("resources", "*"), "memory_store", "memory_store", or_file=True),
        ReferencePlace(("initial_events", "*", "rubric"), "file", "file", or_file=True),
        ReferencePlace(("initial_events", "*", "content", "*", "source"), "file", "file", or_file=True),
    ),
    "smoke": (
        ReferencePlace(("agent",), "agent", "agent"),
        ReferencePlace(("environment",), "environment", "id"),
        ReferencePlace(("vaults", "*"), "vault", "id"),
        ReferencePlace(("memory_stores", "*"), "memory_store", "memory_store"),
        ReferencePlace(("send", "*", "source"), "file", "file", or_file=True),
        ReferencePlace(("steps", "*", "send", "*", "source"), "file", "file", or_file=True),
        ReferencePlace(("outcome", "rubric"), "file", "file", or_file=True),
    ),
}


@dataclass(frozen=True)
class Target:
    """A definition that can be referred to."""

    name: str
    kind: Kind | None


@dataclass(frozen=True)
class Index:
    """The definitions of a stage by path below its folder.

    `aliases` are further paths that name them; `exists` says whether there is any other file or folder, `is_file`
    whether there is any other file. `skill_at` finds the skill that a URL names, or raises `InputError`.
    """

    targets: Mapping[str, Target]
    aliases: Mapping[str, Target]
    exists: Callable[[str], bool]
    is_file: Callable[[str], bool] = lambda _: False
    skill_at: Callable[[str], Target] | None = None

    def find(self, relative: str) -> Target | None:
        """Return the definition at a path, which may leave out ``.j2``."""
        targets = self.targets
        return targets.get(relative) or targets.get(relative + TEMPLATE_SUFFIX) or self.aliases.get(relative)


Say = Callable[["FieldPath", str], None]


def resolve(body: dict[str, Any], kind: str, relative: str, index: Index, say: Say) -> dict[str, Any]:
    """Return the body of the file at `relative` with references in place of paths; `say` takes what is wrong."""
    for place in PLACES.get(kind, ()):
        body = replaced(body, place.path, (), _Resolver(place, posixpath.dirname(relative), index, say))
    return body


class _Resolver:
    """Resolves what is written at one place, relative to one file."""

    def __init__(self, place: ReferencePlace, folder: str, index: Index, say: Say) -> None:
        self._place = place
        self._folder = folder
        self._index = index
        self._say = say

    def __call__(self, value: Any, path: FieldPath) -> Any:
        if isinstance(value, str) and value and self._place.kind != "file":  # a rubric as text is no path
            return self._text(value, path)
        if isinstance(value, dict):
            return self._object(value, path)
        return value

    def _text(self, text: str, path: FieldPath) -> Any:
        kind = self._place.kind
        if not text.endswith(SUFFIXES):
            if text.startswith(ID_PREFIXES[kind]):
                return _by_id(text, self._place.shape)
            if self._place.or_file and text.startswith(ID_PREFIXES["file"]):
                return _by_id(text, "file")
        if not self._is_path(text):
            example = ID_PREFIXES[kind] + "…"
            near = suggestion_or_some(f"../{kind}s/{text}.md", self._spellings(kind))
            self._say(path, f"{text!r} is neither a relative path nor an id ({example}){near}")
            return text
        target = self._target(text, path)
        return self._reference(target) if target else text

    def _object(self, value: dict[str, Any], path: FieldPath) -> Any:
        id_keys = (ID_KEYS.get(self._place.shape, ""), ID_KEYS["file"] if self._place.or_file else "")
        key = next((key for key in ("path", *id_keys) if self._holds_path(value, key)), None)
        if key is None:
            self._check_file_id(value, path)
            return value
        target = self._target(value[key], (*path, key))
        if target is None:
            return value
        reference = self._reference(target)
        self._check_company(value, path, reference.kind, reference.shape)
        extra = {name: entry for name, entry in value.items() if name not in (key, "type", "version")}
        return replace(reference, version=value.get("version"), extra=extra)

    def _reference(self, target: Target) -> Reference:
        """Return the reference to a target of the kind that belongs here, or to a file."""
        if target.kind == "file":
            return Reference(target.name, "file", "file")
        return Reference(target.name, self._place.kind, self._place.shape)

    def _check_file_id(self, value: dict[str, Any], path: FieldPath) -> None:
        """Say where neither an id of a file nor the path of one stands."""
        text = value.get(ID_KEYS["file"])
        if self._place.or_file and isinstance(text, str) and text and not text.startswith(ID_PREFIXES["file"]):
            self._say((*path, ID_KEYS["file"]), f"{text!r} is neither the path of a file here nor an id (file_…)")

    def _check_company(self, value: dict[str, Any], path: FieldPath, kind: Kind, shape: Shape) -> None:
        """Say what cannot be beside a path."""
        expected = TYPES.get(shape)
        if expected is None and len(value) > 1:
            self._say(path, "only the id goes here, so nothing can be kept beside `path`")
        elif value.get("type", expected) != expected:
            self._say((*path, "type"), f"has to be {expected} for {with_article(kind)}, or left out")

    def _holds_path(self, value: dict[str, Any], key: str) -> bool:
        text = value.get(key)
        if not isinstance(text, str) or not text:
            return False
        return key == "path" or (self._is_path if key == ID_KEYS["file"] else _looks_like_path)(text)

    def _is_path(self, text: str) -> bool:
        return _looks_like_path(text) or self._index.exists(posixpath.join(self._folder, text))

    def _target(self, text: str, path: FieldPath) -> Target | None:
        """Return what a path names, or say why it names nothing that belongs here."""
        kind = self._place.kind
        if text.startswith(_URLS):
            return self._at_url(text, path)
        if "\\" in text or text.startswith(("/", "~")):
            self._say(path, f"{text!r} has to be relative to this file, with `/` between its parts")
            return None
        relative = nfc(posixpath.normpath(posixpath.join(self._folder, text)))
        if relative == ".." or relative.startswith("../"):
            self._say(path, f"{text!r} leaves the stage folder; what a stage refers to is inside it")
            return None
        target = self._index.find(relative)
        if target is None and self._place.or_file and self._index.is_file(relative):
            return Target(relative, "file")
        if target is None:
            what = "exists but is not a definition" if self._index.exists(relative) else "does not exist"
            near = "" if kind == "file" else suggestion_or_some(text, self._spellings(kind))
            self._say(path, f"{text!r} {what}{near}")
        elif target.kind not in (kind, None):
            self._say(path, f"{text!r} is {with_article(target.kind)}; {with_article(kind)} belongs here")
        else:
            return target
        return None

    def _at_url(self, text: str, path: FieldPath) -> Target | None:
        if self._place.kind != "skill" or self._index.skill_at is None:
            self._say(path, "a URL is no relative path")
            return None
        try:
            return self._index.skill_at(text)
        except InputError as error:
            self._say(path, str(error))
            return None

    def _spellings(self, kind: Kind) -> list[str]:
        """Return every target of a kind as this file would write it."""
        paths = (path for path, target in self._index.targets.items() if target.kind == kind)
        relative = (posixpath.relpath(path, self._folder or ".") for path in paths)
        return [path if path.startswith("../") else f"./{path}" for path in relative]


def _by_id(id: str, shape: Shape) -> Any:
    """Return what the API wants for an id that is alone; what takes an agent's id alone takes it as text."""
    return id if shape in ("id", "agent") else {"type": TYPES[shape], ID_KEYS[shape]: id}


def _looks_like_path(text: str) -> bool:
    return (
        text.startswith(("./", "../", "/", "~", ".\\", "..\\", *_URLS))
        or text.endswith((*SUFFIXES, TEMPLATE_SUFFIX))
        or text in (".", "..")
    )
