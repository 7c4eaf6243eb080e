"""Holding a stage's files to `exposure`: as they were read, since comments are lost with parsing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.stage.exposure import exposures, exposures_in_document, field_at
from pulumi_managed_agents.stage.node import field_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.stage.bundle import Contents
    from pulumi_managed_agents.stage.exposure import Exposure
    from pulumi_managed_agents.stage.node import Node
    from pulumi_managed_agents.stage.values import ValuesFile

ADVICE = "take it out, and change it where it is valid. If it is none, end the line with `# pragma: allowlist secret`"


class Scan:
    """Looks for secrets in the files of one stage, except those in `allowed`: fingerprints of lines by file."""

    def __init__(self, allowed: Mapping[str, Iterable[str]] | None = None) -> None:
        self._allowed = {file: set(fingerprints) for file, fingerprints in (allowed or {}).items()}
        self._met: set[tuple[str, str]] = set()

    def document(self, text: str, key: str, root: Node) -> list[Finding]:
        """Return what is exposed in a definition, smoke test or values file; `key` is its path below the stage."""
        return [
            self._finding(one, root.file, key, field_at(root, one.line))
            for one in self._open(exposures_in_document(text, root), key)
        ]

    def attachment(self, content: bytes, name: str, key: str, shown: str) -> list[Finding]:
        """Return what is exposed in a text that is no document of ours, such as a file that is uploaded as it is."""
        return [self._finding(one, shown, key) for one in self._open(exposures(_text(content), name), key)]

    def skill(self, contents: Contents, directory: str, key: str) -> list[Finding]:
        """Return what is exposed in the text files of a skill; `key` is its directory below the stage."""
        return [
            finding
            for name, content in contents
            for finding in self.attachment(content, name, f"{key}/{name}", f"{directory}/{name}")
        ]

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


def unmet(scan: Scan, values: ValuesFile) -> Iterator[Finding]:
    """Yield a warning for each allowance of the values file that allows nothing."""
    for name, fingerprint in scan.unmet():
        path = ("allowed_secrets", name)
        message = f"nothing in {name} has the fingerprint {fingerprint} any more; remove it"
        yield Finding(*values.root.place(path), field_name(path), message, "warning")


def _text(content: bytes) -> str:
    """Return the text of a file, or nothing for one that holds something else."""
    try:
        return "" if b"\0" in content else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
