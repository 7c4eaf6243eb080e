"""From files to definitions and smoke tests: overrides merged, bodies checked, references resolved."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.stage.definition import Definition, Reference, SmokeFile
from pulumi_managed_agents.stage.node import Node
from pulumi_managed_agents.stage.overrides import merge
from pulumi_managed_agents.stage.references import Index, resolve
from pulumi_managed_agents.stage.values import Override

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.definitions.kind import Kind
    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.location import Location
    from pulumi_managed_agents.stage.reading import File

_SKILL_FIELDS = ("display_name",)
"""What the API takes for a skill beside its files."""


@dataclass(frozen=True)
class Maker:
    """Makes the values of one stage from its files; what is wrong goes to `findings`."""

    location: Location
    index: Index
    overrides: Mapping[str, Override]
    findings: Findings

    def definition(self, file: File, kind: Kind, body: Node) -> Definition:
        """Make the definition of a file; a skill's comes from its directory."""
        if kind == "skill":
            return self._skill(file, body)
        merged = self._merged(file, kind, body)
        resolved = self._checked(file, kind, merged)
        was = self._override(file).was
        return Definition(kind, file.name, file.shown, resolved, was, source=merged, files=file.digests)

    def smoke(self, file: File, body: Node) -> SmokeFile:
        """Make a smoke test."""
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

    def _skill(self, file: File, front_matter: Node) -> Definition:
        self.findings.check("skill", front_matter.plain(), front_matter)
        override = self._override(file)
        for field in override.fields.value.keys() - set(_SKILL_FIELDS):
            message = f"a skill's {_SKILL_FIELDS[0]} can be overridden; everything else stands in its files"
            self.findings.at(override.fields)((field,), message)
        source = merge(front_matter, override.fields, "skill")
        body = {field: value for field, value in source.plain().items() if field in _SKILL_FIELDS}
        return Definition("skill", file.name, file.shown, body, override.was, file.bundle, source, files=file.digests)

    def _merged(self, file: File, kind: str, body: Node) -> Node:
        with self.findings:
            return merge(body, self._override(file).fields, kind)
        return body

    def _checked(self, file: File, kind: str, body: Node) -> dict[str, Any]:
        plain = body.plain()
        self.findings.check(kind, plain, body)
        return resolve(plain, kind, file.source.relative, self.index, self.findings.at(body))

    def _override(self, file: File) -> Override:
        return self.overrides.get(file.name) or Override(Node({}, file.shown, 0))


def _target(value: Any) -> str:
    return value.target if isinstance(value, Reference) else str(value or "")


def text_digest(body: Mapping[str, Any]) -> str:
    """Return ``sha256:…`` over a body in canonical JSON and NFC, references by the names of their targets."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_written)
    return f"sha256:{hashlib.sha256(unicodedata.normalize('NFC', text).encode()).hexdigest()}"


def _written(reference: Reference) -> dict[str, Any]:
    return {"path": reference.target, "version": reference.version, **reference.extra}
