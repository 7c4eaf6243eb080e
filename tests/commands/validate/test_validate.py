"""Findings for programs: JSON, and annotations that GitHub shows beside the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.validate.validate import annotation, checked, rendered
from pulumi_managed_agents.errors import Finding, InputError, Refused
from tests.commands.report_schemas import valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.errors import ManagedAgentsError

WARNING = Finding("stacks/dev/b.md", 3, "color", "unknown field", "warning")
ERROR = Finding("stacks/dev/a.md", 2, "model", "is required")


def results(*ones: Finding | str, error: ManagedAgentsError | None = None) -> Iterator[Finding | str]:
    yield from ones
    if error:
        raise error


def test_findings_of_every_stage_come_together() -> None:
    """Those that were told and those of the error, in the order of files and lines."""
    found = checked(results(WARNING, "stacks/dev: fine", error=InputError([ERROR])))
    assert (found.findings, found.notes) == ((ERROR, WARNING), ("stacks/dev: fine",))
    content = valid("validate", rendered(found, "json"))
    assert (content["ok"], [one["line"] for one in content["findings"]], content["error"]) == (False, [2, 3], "")


def test_text_leaves_to_the_error_what_is_its_own() -> None:
    """An error's findings are shown with it, once."""
    assert rendered(checked(results(WARNING, "fine", error=InputError([ERROR]))), "text") == f"{WARNING}\nfine\n"


def test_a_refusal_is_in_the_json() -> None:
    """A program sees why, although no line of a file is at fault."""
    content = valid("validate", rendered(checked(results("fine", error=Refused("no receipt"))), "json"))
    assert (content["ok"], content["findings"], content["error"]) == (False, [], "no receipt")


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        pytest.param(ERROR, "::error file=stacks/dev/a.md,line=2,title=model::is required", id="error"),
        pytest.param(WARNING, "::warning file=stacks/dev/b.md,line=3,title=color::unknown field", id="warning"),
        pytest.param(Finding("a,b.md", 0, "", "100%\nno"), "::error file=a%2Cb.md,line=1::100%25%0Ano", id="escaped"),
    ],
)
def test_an_annotation_is_a_workflow_command(finding: Finding, line: str) -> None:
    """One line each, in which no value ends a property or the line."""
    assert annotation(finding) == line
