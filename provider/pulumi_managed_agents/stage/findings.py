"""Collecting what is wrong with a stage while going on, so that everything is reported at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.node import FieldPath, Node, field_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass
class Findings:
    """Everything found so far; a finding is kept once."""

    _noted: set[Finding] = field(default_factory=set)

    def note(self, *findings: Finding) -> None:
        """Keep findings."""
        self._noted.update(findings)

    def __enter__(self) -> None:
        """Begin a block that goes on after it where an `InputError` is raised: what it says is kept."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, InputError):
            self.note(*error.findings)
        return isinstance(error, InputError)

    def at(self, source: Node) -> Callable[[FieldPath, str], None]:
        """Return a function that notes an error at a field of a document."""

        def say(path: FieldPath, message: str) -> None:
            self.note(Finding(*source.place(path), field_name(path), message))

        return say

    def check(self, kind: str, body: Mapping[str, Any], source: Node) -> None:
        """Note what the definition models say about a body as the user wrote it."""
        from pulumi_managed_agents.kinds import problems

        for problem in problems(kind, body):
            place = source.place(problem.path)
            self.note(Finding(*place, field_name(problem.path), problem.message, problem.severity))

    def settle(self, *, strict: bool) -> tuple[Finding, ...]:
        """Return the warnings in order, or raise `InputError` with everything if there is an error."""
        findings = sorted(replace(finding, severity="error") if strict else finding for finding in self._noted)
        if any(finding.severity == "error" for finding in findings):
            raise InputError(findings)
        return tuple(findings)
