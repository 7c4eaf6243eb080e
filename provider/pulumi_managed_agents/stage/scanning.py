"""Holding a stage's files to `exposure`: read once more as they are, since comments are lost with parsing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.stage import document
from pulumi_managed_agents.stage.exposure import exposures, exposures_in_document, field_at
from pulumi_managed_agents.stage.layout import nfc
from pulumi_managed_agents.stage.node import field_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.stage.bundle import Bundle
    from pulumi_managed_agents.stage.definition import Definition
    from pulumi_managed_agents.stage.exposure import Exposure
    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.location import Location
    from pulumi_managed_agents.stage.node import Node
    from pulumi_managed_agents.stage.reading import File
    from pulumi_managed_agents.stage.values import ValuesFile

ADVICE = "take it out, and change it where it is valid. If it is none, end the line with `# pragma: allowlist secret`"


class Scan:
    """Looks for secrets in the files of one stage, except those in `allowed`: fingerprints of lines by file."""

    def __init__(self, allowed: Mapping[str, Iterable[str]] | None = None) -> None:
        self._allowed = {file: set(fingerprints) for file, fingerprints in (allowed or {}).items()}
        self._met: set[tuple[str, str]] = set()

    def document(self, path: Path, key: str, root: Node) -> list[Finding]:
        """Return what is exposed in a definition, smoke test or values file; `key` is its path below the stage."""
        try:
            text = document.read_text(path, root.file)
        except InputError:  # has been said
            return []
        return [
            self._finding(one, root.file, key, field_at(root, one.line))
            for one in self._open(exposures_in_document(text, root), key)
        ]

    def skill(self, bundle: Bundle, key: str = "") -> list[Finding]:
        """Return what is exposed in the text files of a skill; `key` is its directory below the stage."""
        return [
            self._finding(one, f"{bundle.directory}/{name}", f"{key}/{name}")
            for name, content in bundle.read()
            for one in self._open(exposures(_text(content), name), f"{key}/{name}")
        ]

    def upload(self, definition: Definition, path: Path) -> list[Finding]:
        """Return what is exposed in a file that is uploaded as it is; its name is its path below the stage."""
        try:
            content = path.read_bytes()
        except OSError:  # has been said, or is when it is uploaded
            return []
        found = self._open(exposures(_text(content), path.name), definition.name)
        return [self._finding(one, definition.file, definition.name) for one in found]

    def unmet(self) -> Iterable[tuple[str, str]]:
        """Return each allowance, as file and fingerprint, for which there was no use."""
        given = {(file, one) for file, fingerprints in self._allowed.items() for one in fingerprints}
        return sorted(given - self._met)

    def _open(self, found: Iterable[Exposure], key: str) -> list[Exposure]:
        """Return what is not allowed, once for each line."""
        by_line = {one.line: one for one in found}.values()
        self._met |= {(key, one.fingerprint) for one in by_line}
        return [one for one in by_line if one.fingerprint not in self._allowed.get(key, ())]

    def _finding(self, one: Exposure, shown: str, key: str, field: str = "") -> Finding:
        allowance = f"put `allowed_secrets: {{{key}: [{one.fingerprint}]}}` into the values file"
        otherwise = f", or {allowance}"
        if not one.shape:
            message = f"too much to look through for secrets, from here on nobody has; if you know it, {allowance}"
            return Finding(shown, one.line, field, message, "warning")
        return Finding(shown, one.line, field, f"looks like a secret ({one.shape}); {ADVICE}{otherwise}")


def scan(
    files: Iterable[File], made: Mapping[str, Definition], values: ValuesFile, location: Location, findings: Findings
) -> None:
    """Note every secret that stands in a file of the stage, and allowances that allow nothing."""
    found = Scan(values.allowed_secrets())
    findings.note(*found.document(location.values_path, location.values_path.name, values.root))
    for file in files:
        key, definition = nfc(file.source.relative), made.get(file.name)
        if file.kind == "skill" and definition and definition.bundle:
            with findings:  # its files may change while they are read
                findings.note(*found.skill(definition.bundle, key))
        elif file.kind != "skill" and file.body:
            findings.note(*found.document(file.source.path, key, file.body))
    for definition in made.values():
        if definition.kind == "file":
            findings.note(*found.upload(definition, location.folder / definition.name))
    for name, fingerprint in found.unmet():
        path = ("allowed_secrets", name)
        message = f"nothing in {name} has the fingerprint {fingerprint} any more; remove it"
        findings.note(Finding(*values.root.place(path), field_name(path), message, "warning"))


def _text(content: bytes) -> str:
    """Return the text of a file, or nothing for one that holds something else."""
    try:
        return "" if b"\0" in content else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
