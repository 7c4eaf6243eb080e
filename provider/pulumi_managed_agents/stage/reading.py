"""From found files to bodies: templates rendered, text parsed, kinds settled, prose in its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.stage import document
from pulumi_managed_agents.stage.layout import FILE_KINDS, SKILL_FILE, TEMPLATE_SUFFIX, nfc, resource_name
from pulumi_managed_agents.stage.node import Node

if TYPE_CHECKING:
    from pulumi_managed_agents.definitions.kind import Kind
    from pulumi_managed_agents.stage.discovery import Source
    from pulumi_managed_agents.stage.document import Document
    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.location import Location
    from pulumi_managed_agents.stage.templates import Templates


@dataclass(frozen=True, slots=True)
class File:
    """A definition, skill or smoke test as read.

    `source` says where it was found, `shown` is the path findings name, `body` is None if it could not be read.
    A smoke test has no kind.
    """

    source: Source
    shown: str
    name: str
    kind: Kind | None
    body: Node | None


class Reader:
    """Reads the files of one stage; what is wrong goes to `findings`, and the file has no body then."""

    def __init__(self, location: Location, templates: Templates, findings: Findings) -> None:
        self._location = location
        self._templates = templates
        self._findings = findings

    def definition(self, source: Source) -> File | None:
        """Read a definition file; None if it turns out to name no kind, so that it is somebody else's."""
        shown = self._location.shown(source.relative)
        kind, body = source.kind, None
        with self._findings:
            parsed = self._parse(source, shown)
            kind, fields = _settle_kind(parsed.root, kind)
            if kind is None:
                return None
            body = document.fill(document.Document(fields, parsed.prose), kind)
        return File(source, shown, resource_name(source.relative), kind, body)

    def smoke(self, source: Source) -> File:
        """Read a smoke test."""
        shown = self._location.shown(source.relative)
        body = None
        with self._findings:
            body = self._parse(source, shown).root
        return File(source, shown, resource_name(source.relative), None, body)

    def skill(self, source: Source) -> File:
        """Read the front matter of a skill directory's ``SKILL.md``."""
        shown = self._location.shown(f"{source.relative}/{SKILL_FILE}")
        body = None
        with self._findings:
            text = document.read_text(source.path / SKILL_FILE, shown)
            body = document.parse(text, SKILL_FILE, shown).root
        return File(source, shown, nfc(source.relative), "skill", body)

    def _parse(self, source: Source, shown: str) -> Document:
        text = document.read_text(source.path, shown)
        if not source.relative.endswith(TEMPLATE_SUFFIX):
            return document.parse(text, source.relative, shown)
        rendered, line_of = self._templates.render(source.relative, text)
        return document.parse(rendered, source.relative, shown, line_of)


def _settle_kind(fields: Node, kind: Kind | None) -> tuple[Kind | None, Node]:
    """Take the kind from a top-level `type` that names one; that field is then ours and not the API's."""
    written = fields.value.get("type")
    named = next((one for one in FILE_KINDS if written is not None and written.value == one), None)
    if named is None:
        return kind, fields
    return named, Node({key: node for key, node in fields.value.items() if key != "type"}, fields.file, fields.line)
