"""`managed-agents validate`: check stages without an engine, a key or a network."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.validate.uncommitted_moves import uncommitted_moves
from pulumi_managed_agents.config.policy import policy
from pulumi_managed_agents.engine.project import command_line, must_be_stage
from pulumi_managed_agents.errors import Finding, InputError, ManagedAgentsError, Refused
from pulumi_managed_agents.release import judgement as gate_judgement
from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.release.ledger import available_receipts
from pulumi_managed_agents.release.rollback import rolled_back
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.smoke.side_effects import side_effects_must_be_accepted
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.release.judgement import Judgement
    from pulumi_managed_agents.stage import Stage


def validate_stages(root: Path, names: Sequence[str], *, strict: bool) -> Iterator[Finding | str]:
    """Check the named stages, or all; the warnings, and a line per stage.

    Raises:
        InputError: holds every error of every stage, and the warnings beside them; or there is no project.
        Refused: all files are well formed, but a gate refuses what they say.
    """
    from pulumi_managed_agents.engine.project import read_project, stages

    errors: list[Finding] = []
    refused: list[Finding] = []
    for name in names:
        must_be_stage(root, name)
    known = names or stages(root)
    if not known:
        yield f"{read_project(root, 'dev').name}: no stages in {root / 'stacks'}, so there is nothing to check"
    for name in known:
        project = read_project(root, name)
        config = project.own_config
        try:
            project.must_have_known_settings()
            stage = project.load(strict=strict, sessions=True)
            side_effects_must_be_accepted(stage, config)
            judged = judge(stage, root, project.name, config)
        except InputError as error:
            if not error.findings:
                raise
            errors += error.findings
            continue
        moved = uncommitted_moves(root, stage)
        if strict and moved:
            errors += [replace(finding, severity="error") for finding in moved]
            continue
        yield from (*stage.warnings, *moved)
        yield from filter(None, [project.unseen])
        parts = counted(len(stage.definitions), "resource"), counted(len(stage.smoke), "smoke test")
        yield f"{stage.folder}: {' and '.join(parts)}, well formed"
        yield from stage.notes
        yield from judged.known
        refused += judged.refusals
    if errors:
        raise InputError(errors)
    if refused:
        raise Refused("a gate refuses this:\n" + "\n".join(map(str, sorted(refused))))


def judge(stage: Stage, root: Path, project: str, config: Mapping[str, str]) -> Judgement:
    """What the stage's gate says, by the receipts that are in files; another stage's state is not asked."""
    stage_gate = gate(config, project)
    policy(config)
    rolled_back(config)
    receipts = available_receipts(root, stage.name, config, os.environ) if stage_gate.verified_in else []
    stage_roots = roots(stage, untested=bool(stage_gate.verified_in))
    typed = partial(command_line, emulator=False)
    return gate_judgement.judge(stage, stage_roots, receipts, stage_gate, datetime.now(UTC), typed)


@dataclass(frozen=True)
class Checked:
    """Findings in the order of files and lines, other notes, and the error that the command ends with."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    error: ManagedAgentsError | None = None


def checked(results: Iterable[Finding | str]) -> Checked:
    """Gather what a validation yields, up to its end or its error; an error's own findings are among them."""
    findings: list[Finding] = []
    notes: list[str] = []
    error: ManagedAgentsError | None = None
    try:
        for result in results:
            if isinstance(result, Finding):
                findings.append(result)
            else:
                notes.append(result)
    except ManagedAgentsError as stopped:
        error = stopped
        findings += stopped.findings if isinstance(stopped, InputError) else ()
    return Checked(tuple(sorted(findings)), tuple(notes), error)


def rendered(checked_files: Checked, form: str) -> str:
    """The findings in one of the forms ``text``, ``json`` and ``github``."""
    if form == "json":
        from pulumi_managed_agents.review.json import as_json

        return as_json(_record(checked_files))
    if form == "github":
        return "".join(f"{line}\n" for line in [*map(annotation, checked_files.findings), *checked_files.notes])
    own = checked_files.error.findings if isinstance(checked_files.error, InputError) else ()
    return "".join(
        f"{line}\n"
        for line in [*(finding for finding in checked_files.findings if finding not in own), *checked_files.notes]
    )


@dataclass(frozen=True)
class ValidationReport:
    """A check of files.

    Attributes:
        ok: Whether nothing is wrong, also by the gates.
        findings: Every error and warning, in the order of files and lines.
        notes: What else is to be said: each stage that is well formed, what no test covers, what a gate knows.
        error: What stopped the command where that is no finding in a file, as a gate that refuses; or empty.
    """

    ok: bool
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    error: str


def _record(checked_files: Checked) -> ValidationReport:
    error = (
        ""
        if checked_files.error is None or any(finding.severity == "error" for finding in checked_files.findings)
        else str(checked_files.error)
    )
    return ValidationReport(checked_files.error is None, checked_files.findings, checked_files.notes, error)


def annotation(finding: Finding) -> str:
    """A workflow command: ``::error file=F,line=N,title=FIELD::message``."""
    properties = {"file": finding.file, "line": str(finding.line or 1), "title": finding.field}
    named = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{finding.severity} {named}::{_data(finding.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
