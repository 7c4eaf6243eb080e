"""From found files to bodies: text parsed, templates rendered, kinds settled, prose in its field.

Secrets in a text, and the clash markers of a `pull` that nobody has settled, become findings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files import document
from pulumi_managed_agents.files.names import SKILL_FILE, TEMPLATE_SUFFIX, nfc
from pulumi_managed_agents.files.node import Node
from pulumi_managed_agents.files.templates import joined_lines
from pulumi_managed_agents.kinds.skill.bundle import Bundle, collect
from pulumi_managed_agents.reconcile.merged_text import FILE_MARKER, LIVE_MARKER, MIDDLE_MARKER
from pulumi_managed_agents.stage.discovery import FILE_KINDS, default_name, resource_name
from pulumi_managed_agents.words import with_article

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.files.document import Document
    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.files.source_files import SourceFile, SourceFiles
    from pulumi_managed_agents.files.templates import Templates
    from pulumi_managed_agents.kinds.names import Kind
    from pulumi_managed_agents.stage.discovery import Source
    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.secret_scan import Scan


PROSE_FIELDS = {"agent": "system", "environment": "description", "memory_store": "description"}
"""By kind the field that the text of a Markdown file fills; a deployment's is its first message."""

TEMPLATE_MARK = re.compile(r"\{\{[^}]|\{%")
NO_TEMPLATE = f"`{{{{ … }}}}` and `{{% … %}}` are read in files whose name ends in {TEMPLATE_SUFFIX}"
NAMED_BY_PLACE: tuple[Kind, ...] = ("agent", "environment", "memory_store", "deployment")
"""The kinds whose files may leave out `name`."""


def fill(document: Document, kind: str) -> Node:
    """Return the body with the prose in the field it fills for this kind; raises `InputError` if both are there."""
    prose, root = document.prose, document.root
    if prose is None:
        return root
    field = "initial_events" if kind == "deployment" else PROSE_FIELDS.get(kind)
    if field is None:
        message = f"{with_article(kind)} has no text; remove the prose below the front matter"
        raise InputError([Finding(prose.file, prose.line, "", message)])
    if field in root.value:
        message = f"written twice: here as prose and in line {root.value[field].line} as a field; keep one"
        raise InputError([Finding(prose.file, prose.line, field, message)])
    value = _first_message(prose) if kind == "deployment" else prose
    return Node({**root.value, field: value}, root.file, root.line)


def _first_message(prose: Node) -> Node:
    def at_prose(value: object) -> Node:
        return Node(value, prose.file, prose.line)

    text = at_prose({"type": at_prose("text"), "text": prose})
    message = at_prose({"type": at_prose("user.message"), "content": at_prose([text])})
    return at_prose([message])


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """A definition, skill or smoke test as read.

    `source` says where it was found, `shown` is the path findings name, `body` is None if it could not be read.
    `digests` are the SHA-256 of all files it was read from, by path below the stage folder. A smoke test has no kind.
    """

    source: Source
    shown: str
    name: str
    kind: Kind | None
    body: Node | None
    bundle: Bundle | None = None
    digests: Mapping[str, str] = field(default_factory=dict)


class Reader:
    """Reads the files of one stage; what is wrong goes to `findings`, and the file has no body then."""

    def __init__(
        self, location: Location, files: SourceFiles, templates: Templates, scan: Scan, findings: Findings
    ) -> None:
        self._location = location
        self._files = files
        self._templates = templates
        self._scan = scan
        self._findings = findings

    def definition(self, source: Source) -> DefinitionFile | None:
        """Read a definition file; None if it turns out to name no kind, so that it is somebody else's."""
        shown = self._location.shown(source.relative)
        kind, body, digests = source.kind, None, {}
        with self._findings:
            file = self._files.document(source.path, source.relative, shown)
            parsed = self._parse(file, source.relative)
            kind, fields = _settle_kind(parsed.root, kind)
            if kind is None:
                return None
            body = _named(fill(document.Document(fields, parsed.prose), kind), kind, source.relative)
            digests = self._scanned(file, body)
        return DefinitionFile(source, shown, resource_name(source.relative), kind, body, digests=digests)

    def smoke(self, source: Source) -> DefinitionFile:
        """Read a smoke test."""
        shown = self._location.shown(source.relative)
        body, digests = None, {}
        with self._findings:
            file = self._files.document(source.path, source.relative, shown)
            body = self._parse(file, source.relative).root
            digests = self._scanned(file, body)
        return DefinitionFile(source, shown, resource_name(source.relative), None, body, digests=digests)

    def skill(self, source: Source) -> DefinitionFile:
        """Read a skill's directory: the front matter of its ``SKILL.md``, and all of its files as a bundle."""
        relative = f"{source.relative}/{SKILL_FILE}"
        shown = self._location.shown(relative)
        body, bundle = None, None
        with self._findings:
            main = self._files.document(source.path / SKILL_FILE, relative, shown)
            body = document.parse(main.text, SKILL_FILE, shown).root
            bundle = self._bundle(source, main, body)
        key = nfc(source.relative)
        digests = {f"{key}/{name}": sha256 for name, sha256 in bundle.sha256.items()} if bundle else {}
        for path, sha256 in digests.items():
            # A deployment may name one of these files as well; it is not read a second time.
            self._files.note(path, sha256)
        return DefinitionFile(source, shown, key, "skill", body, bundle, digests)

    def _bundle(self, source: Source, main: SourceFile, front_matter: Node) -> Bundle:
        directory = self._location.shown(source.relative)
        contents = collect(source.path, directory, self._location.folder, {SKILL_FILE: main.data})
        self._findings.note(*self._scan.skill(contents, directory, nfc(source.relative)))
        for file, content in contents:
            if FILE_MARKER.encode() in content:
                self._findings.note(*clash_markers(content.decode("utf-8", "replace"), f"{directory}/{file}"))
        name, description = (str(front_matter.plain().get(field, "")) for field in ("name", "description"))
        return Bundle.of(contents, directory, name, description)

    def _parse(self, file: SourceFile, relative: str) -> Document:
        if not relative.endswith(TEMPLATE_SUFFIX):
            try:
                return document.parse(file.text, relative, file.shown)
            except InputError as error:
                raise (_with_cure(error, NO_TEMPLATE) if TEMPLATE_MARK.search(file.text) else error) from None
        self._findings.note(*joined_lines(file.shown, file.text))
        rendered, line_of = self._templates.render(relative, file.text)
        return document.parse(rendered, relative, file.shown, line_of)

    def _scanned(self, file: SourceFile, body: Node) -> dict[str, str]:
        """Note what is exposed in a document and in what it includes; the digests of these files by their paths."""
        self._findings.note(*clash_markers(file.text, file.shown))
        self._findings.note(*self._scan.document(file.text, file.path, body))
        sources = self._templates.sources(file)
        for source in sources[1:]:
            self._findings.note(*self._scan.attachment(source.data, source.path, source.path, source.shown))
        return {source.path: source.text_sha256 for source in sources}


def _with_cure(error: InputError, cure: str) -> InputError:
    return InputError([replace(finding, message=f"{finding.message}; {cure}") for finding in error.findings])


def _named(body: Node, kind: Kind, relative: str) -> Node:
    """Return the body with the name that its place gives it, where it may leave its own out and does."""
    if kind not in NAMED_BY_PLACE or "name" in body.value:
        return body
    name = Node(default_name(relative), body.file, body.line)
    return Node({"name": name, **body.value}, body.file, body.line)


def _settle_kind(fields: Node, kind: Kind | None) -> tuple[Kind | None, Node]:
    """Take the kind from a top-level `type` that names one; that field is then ours and not the API's."""
    written = fields.value.get("type")
    named = next((known for known in FILE_KINDS if written is not None and written.value == known), None)
    if named is None:
        return kind, fields
    return named, Node({key: node for key, node in fields.value.items() if key != "type"}, fields.file, fields.line)


MESSAGE = f"a clash that `pull` has marked: keep one side, or write what holds, and delete the lines {FILE_MARKER!r}, "
MESSAGE += f"{MIDDLE_MARKER!r} and {LIVE_MARKER!r}"


def clash_markers(text: str, shown: str) -> Iterator[Finding]:
    """A finding for each clash in the text of a file, at the line where it begins."""
    begins = 0
    for number, line in enumerate(text.split("\n"), 1):
        marker = line.strip()
        if marker == FILE_MARKER:
            begins = number
        elif marker == LIVE_MARKER and begins:
            yield Finding(shown, begins, "", MESSAGE)
            begins = 0
