"""What a validation found, as JSON for other programs and as annotations for GitHub Actions. Pure functions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.results import as_json
from pulumi_managed_agents.errors import Finding, InputError, ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Checked:
    """Findings in the order of files and lines, what else was said, and the error that a command ends with."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    error: ManagedAgentsError | None = None


def checked(told: Iterable[Finding | str]) -> Checked:
    """Gather what a validation tells, up to its end or its error; an error's own findings are among them."""
    findings: list[Finding] = []
    notes: list[str] = []
    error: ManagedAgentsError | None = None
    try:
        for one in told:
            (findings if isinstance(one, Finding) else notes).append(one)  # type: ignore[arg-type]  # each to its own
    except ManagedAgentsError as stopped:
        error = stopped
        findings += stopped.findings if isinstance(stopped, InputError) else ()
    return Checked(tuple(sorted(findings)), tuple(notes), error)


def written(found: Checked, form: str) -> str:
    """The findings in one of the forms ``text``, ``json`` and ``github``."""
    if form == "json":
        return as_json(_record(found))
    if form == "github":
        return "".join(f"{line}\n" for line in [*map(annotation, found.findings), *found.notes])
    own = found.error.findings if isinstance(found.error, InputError) else ()
    return "".join(f"{line}\n" for line in [*(one for one in found.findings if one not in own), *found.notes])


def _record(found: Checked) -> dict[str, object]:
    error = "" if found.error is None or any(one.severity == "error" for one in found.findings) else str(found.error)
    findings = [asdict(one) for one in found.findings]
    return {"ok": found.error is None, "findings": findings, "notes": list(found.notes), "error": error}


def annotation(finding: Finding) -> str:
    """A workflow command: ``::error file=F,line=N,title=FIELD::message``."""
    properties = {"file": finding.file, "line": str(finding.line or 1), "title": finding.field}
    named = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{finding.severity} {named}::{_data(finding.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
