"""From files to definitions and smoke tests: overrides merged, bodies checked, references resolved.

A vault's file becomes several definitions. A skill that a Python program declares is read here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.files import document
from pulumi_managed_agents.files.names import SKILL_FILE
from pulumi_managed_agents.files.node import Node
from pulumi_managed_agents.kinds.registry import ENTRIES
from pulumi_managed_agents.kinds.skill.bundle import Bundle, collect
from pulumi_managed_agents.stage.definition import Definition, Reference, SmokeFile, text_for_digest
from pulumi_managed_agents.stage.findings import Findings
from pulumi_managed_agents.stage.overrides import merge
from pulumi_managed_agents.stage.references import Index, resolve
from pulumi_managed_agents.stage.secret_scan import Scan
from pulumi_managed_agents.stage.values import Override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.kinds.names import Kind
    from pulumi_managed_agents.stage.reader import DefinitionFile

CREDENTIALS = "credentials"
LONGEST_NAME = 120
_SKILL_FIELDS = ("display_name",)
"""What the API takes for a skill beside its files."""


@dataclass(frozen=True)
class Builder:
    """Builds the definitions and smoke tests of one stage; what is wrong goes to `findings`."""

    location: Location
    index: Index
    overrides: Mapping[str, Override]
    findings: Findings

    def definition(self, file: DefinitionFile, kind: Kind, body: Node) -> Definition:
        """Return the definition in a file; a skill's comes from its directory."""
        if kind == "skill":
            return self._skill(file, body)
        merged = self._merged(file, kind, body)
        resolved = self._checked(file, kind, merged)
        was = self._override(file).was
        return Definition(kind, file.name, file.shown, resolved, was, source=merged, files=file.digests)

    def smoke(self, file: DefinitionFile, body: Node) -> SmokeFile:
        """Return the smoke test in a file."""
        merged = self._merged(file, "smoke", body)
        resolved = self._checked(file, "smoke", merged)
        agent, environment = resolved.get("agent"), resolved.get("environment")
        if isinstance(agent, str):
            self.findings.at(merged)(("agent",), "a smoke test runs an agent of the stage; write its relative path")
        name = file.name.rpartition("/")[2]
        if self._override(file).was:
            self.findings.at(self._override(file).fields)(
                ("was",), "a smoke test leaves nothing behind under an old name"
            )
        names = (_target(agent), _target(environment))
        digest = text_digest(resolved)
        return SmokeFile(name, file.shown, resolved, *names, digest, source=merged, files=file.digests)

    def _skill(self, file: DefinitionFile, front_matter: Node) -> Definition:
        self.findings.check("skill", front_matter.plain(), front_matter)
        override = self._override(file)
        for field in override.fields.value.keys() - set(_SKILL_FIELDS):
            message = f"a skill's {_SKILL_FIELDS[0]} can be overridden; everything else is in its files"
            self.findings.at(override.fields)((field,), message)
        source = merge(front_matter, override.fields, ENTRIES["skill"])
        body = {field: value for field, value in source.plain().items() if field in _SKILL_FIELDS}
        return Definition("skill", file.name, file.shown, body, override.was, file.bundle, source, files=file.digests)

    def _merged(self, file: DefinitionFile, kind: str, body: Node) -> Node:
        with self.findings:
            return merge(body, self._override(file).fields, ENTRIES[kind])
        return body

    def _checked(self, file: DefinitionFile, kind: str, body: Node) -> dict[str, Any]:
        plain = body.plain()
        self.findings.check(kind, plain, body)
        return resolve(plain, kind, file.source.relative, self.index, self.findings.at(body))

    def _override(self, file: DefinitionFile) -> Override:
        return self.overrides.get(file.name) or Override(Node({}, file.shown, 0))


def _target(value: Any) -> str:
    return value.target if isinstance(value, Reference) else str(value or "")


def text_digest(body: Mapping[str, Any]) -> str:
    """Return ``sha256:…`` over a body in canonical JSON and NFC, references by the names of their targets."""
    return f"sha256:{sha256(text_for_digest(body)).hexdigest()}"


def with_credentials(vault: Definition) -> Iterator[Definition]:
    """Yield the vault without its credentials, then each credential; invalid entries are skipped."""
    plain = {key: value for key, value in vault.body.items() if key != CREDENTIALS}
    yield Definition("vault", vault.name, vault.file, plain, vault.was, source=vault.source, files=vault.files)
    entries = vault.body.get(CREDENTIALS)
    for number, body in enumerate(entries if isinstance(entries, list) else ()):
        key = key_of(body.get("auth")) if isinstance(body, dict) else ""
        if key:
            yield _credential(vault, body, key, number)


def _credential(vault: Definition, body: dict[str, Any], key: str, number: int) -> Definition:
    whole = {"vault_id": Reference(vault.name, "vault", "id"), **body}
    was = tuple(f"{earlier}/{key}" for earlier in vault.was)
    entries = vault.source.child(CREDENTIALS) or vault.source
    source = entries.child(number) or Node({}, *vault.place((CREDENTIALS, number)))
    within = (CREDENTIALS, number)
    name, files = f"{vault.name}/{key}", vault.files
    return Definition("credential", name, vault.file, whole, was, source=source, within=within, files=files)


def key_of(auth: Any) -> str:
    """Return the part of a credential's name below its vault's: ``CRM_TOKEN``, ``mcp.example.com/sse``."""
    fields = auth if isinstance(auth, dict) else {}
    key = str(fields.get("secret_name") or fields.get("mcp_server_url") or "")
    # Pulumi keeps two colons for itself.
    name = key.removeprefix("https://").rstrip("/").replace("::", ":")
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…{sha256(key.encode()).hexdigest()[:8]}"


def read_skill(directory: Path) -> Bundle:
    """Read, check and digest the skill in `directory`, a path relative to the program.

    Raises `InputError` with every finding, each with file and line.
    """
    shown = directory.as_posix()
    file = f"{shown}/{SKILL_FILE}"
    findings = Findings()
    with findings:
        main = document.read_bytes(directory / SKILL_FILE, file)
        front_matter = document.parse(document.decode(main, file), SKILL_FILE, file).root
        findings.check("skill", front_matter.plain(), front_matter)
    findings.settle(strict=False)
    name, description = (str(front_matter.plain().get(field, "")) for field in ("name", "description"))
    contents = collect(directory, shown, Path.cwd(), {SKILL_FILE: main})
    findings.note(*Scan().skill(contents, shown, shown))
    findings.settle(strict=False)
    return Bundle.of(contents, shown, name, description)
