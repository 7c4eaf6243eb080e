"""Reading ``<stage>.values.yaml``: what differs between stages that share their definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.files import document
from pulumi_managed_agents.files.location import shown
from pulumi_managed_agents.files.names import SKILL_FILE, nfc, suffix_of, untemplated
from pulumi_managed_agents.files.node import FieldPath, Node, field_name
from pulumi_managed_agents.files.source_files import sha256
from pulumi_managed_agents.stage.definition import Values
from pulumi_managed_agents.stage.discovery import resource_name
from pulumi_managed_agents.words import suggestion_or_list, suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.stage.findings import Findings

DRIFTING = {"skill": {"files"}, "vault": {"display_name", "metadata"}}
"""Kinds of whose definition other fields can drift than its file has."""


def cannot_drift(kind: str, path: str) -> str:
    """Why it says nothing to ignore drift of this dotted path, or an empty string."""
    from pulumi_managed_agents.kinds import MODELS

    if kind == "file":
        return "an uploaded file never changes, so nothing of it can drift"
    field = path.split(".", maxsplit=1)[0]
    fields = DRIFTING.get(kind) or MODELS[kind].model_fields.keys() - {"type"}
    if field in fields:
        return ""
    return f"{kind.replace('_', ' ')}s have no field '{field}' that could drift{suggestion_or_list(field, fields)}"


@dataclass(frozen=True)
class Override:
    """What the values file says about one resource: fields to merge, and earlier names."""

    fields: Node
    was: tuple[str, ...] = ()


class Keys:
    """Finds the resource a key of the values file means: its file below the stage folder, with or without suffix.

    `names` maps the paths of files (and skill directories) to resource names.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {untemplated(path): name for path, name in names.items()}
        self._names |= {name: name for name in names.values()}
        self._paths = names.keys()

    def name(self, key: str) -> str | None:
        """Return the resource name, or None for a key that means nothing."""
        path = key.removeprefix("./").removesuffix(f"/{SKILL_FILE}").rstrip("/")
        return self._names.get(untemplated(path))

    def unknown(self, key: str) -> str:
        """Return the message about a key that means nothing."""
        known = self._paths if suffix_of(key) else set(self._names.values())
        return "no such definition in the stage" + suggestion_or_some(key, known)


@dataclass(frozen=True)
class ValuesFile:
    """A values file as read; an absent or unreadable one is empty."""

    root: Node
    findings: Findings
    text: str = ""

    def variables(self) -> dict[str, Any]:
        """Return `values` as templates see them."""
        return {key: node.plain() for key, node in self._section("values").items()}

    def overrides(self, keys: Keys) -> dict[str, Override]:
        """Return the overrides by resource name; unknown, repeated and unusable ones become findings."""
        by_name: dict[str, Override] = {}
        for key, node in self._section("overrides").items():
            name, path = keys.name(key), ("overrides", key)
            if name is None:
                self._say(path, keys.unknown(key))
            elif name in by_name:
                self._say(path, f"{name} is overridden twice; merge them")
            elif isinstance(node.value, dict):
                fields = {field: change for field, change in node.value.items() if field != "was"}
                was = self._was(name, node.value.get("was"), (*path, "was"), keys)
                by_name[name] = Override(Node(fields, node.file, node.line), was)
        return by_name

    def settings(self, keys: Keys, kinds: Mapping[str, str]) -> Values:
        """Return what the file says beside overrides; unknown resources become findings, unknown fields warnings.

        `kinds` are those of all resources by name: credentials and uploaded files have no definition file.
        """
        ignored: dict[str, tuple[str, ...]] = {}
        for key, node in self._section("drift", "ignore").items():
            name, path = keys.name(key) or (key if key in kinds else None), ("drift", "ignore", key)
            if name is None:
                self._say(path, keys.unknown(key))
            elif isinstance(node.value, list):
                entries = [entry for entry in node.value if isinstance(entry.value, str)]
                ignored[name] = tuple(entry.value for entry in entries)
                wrong = [(entry, cannot_drift(kinds[name], entry.value)) for entry in entries if name in kinds]
                warnings = (
                    Finding(entry.file, entry.line, field_name(path), why, "warning") for entry, why in wrong if why
                )
                self.findings.note(*warnings)
        caps = {key: node.plain() for key, node in self._section("smoke").items()}
        digest = sha256(nfc(self.text).encode()) if self.text else ""
        return Values(self.root.file, self.variables(), ignored, caps, digest)

    def allowed_secrets(self) -> dict[str, list[str]]:
        """Return the fingerprints of lines that look secret and are not, by file below the stage folder."""
        return {
            key.removeprefix("./"): [entry.value for entry in node.value if isinstance(entry.value, str)]
            for key, node in self._section("allowed_secrets").items()
            if isinstance(node.value, list)
        }

    def _was(self, name: str, node: Node | None, path: FieldPath, keys: Keys) -> tuple[str, ...]:
        entries = [] if node is None else node.value if isinstance(node.value, list) else [node]
        earlier = [resource_name(entry.value.removeprefix("./")) for entry in entries if isinstance(entry.value, str)]
        for old in earlier:
            if keys.name(old):
                what = "is its name already" if old == name else "is still there; `was` names what moved away"
                self._say(path, f"{old} {what}")
        return tuple(earlier)

    def _section(self, *path: str) -> dict[str, Node]:
        """Return the mapping at `path`, empty if there is none: wrong types are for the models to find."""
        node: Node | None = self.root
        for step in path:
            node = node.child(step) if node else None
        return node.value if node and isinstance(node.value, dict) else {}

    def _say(self, path: FieldPath, message: str) -> None:
        self.findings.at(self.root)(path, message)


def read_values(location: Location, findings: Findings) -> ValuesFile:
    """Read and check the values file of a stage, if it has one."""
    path = location.values_path
    file, text = shown(path, location.project_dir), ""
    root = Node({}, file, 0)
    if path.exists():
        with findings:
            text = document.read_text(path, file)
            root = document.parse(text, path.name, file).root if text.strip() else root
            findings.check("values", root.plain(), root)
    elif (other := path.with_suffix(".yml")).exists():
        message = f"not read: the values file of the stage is {path.name}"
        findings.note(Finding(shown(other, location.project_dir), 0, "", message, "warning"))
    return ValuesFile(root, findings, text)
