"""Where the result of a command goes, and in which form: the terminal, a pipe, or one or more files."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.words import harmless, harmless_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from _typeshed import DataclassInstance

    from pulumi_managed_agents.output.console import Console
    from pulumi_managed_agents.review.style import Page

    Render = Callable[[str, int], str | Page]
    Show = Callable[[Any], None]
    Say = Callable[[str], None]

FILE_WIDTH = 100
"""The width of a text that goes into a file."""
SUFFIXES = {".json": "json", ".md": "markdown", ".markdown": "markdown", ".txt": "text"}


@dataclass(frozen=True)
class Report:
    """One form of a result; `file` None is standard output."""

    form: str
    file: Path | None = None


R = TypeVar("R", bound="DataclassInstance")


@dataclass(frozen=True)
class CommandResult(Generic[R]):
    """A result as lines for people, and as a record for programs."""

    lines: tuple[str, ...]
    record: R

    def rendered(self, form: str) -> str:
        """It in one of the forms ``text`` and ``json``."""
        if form == "text":
            return "".join(f"{line}\n" for line in self.lines)
        from pulumi_managed_agents.review.json import as_json as record_as_json

        return record_as_json(self.record)


def reports_for(files: Sequence[Path], form: str | None, forms: Sequence[str]) -> tuple[Report, ...]:
    """The reports to write: one per file in the form of its suffix, else in `form`; or one on standard output.

    Without a form there it is the first of those that the command has.

    Raises:
        InputError: a file's suffix names none of the command's forms, and no `form` is given.
    """
    if not files:
        return (Report(form or forms[0]),)
    by_suffix = {suffix: of_suffix for suffix, of_suffix in SUFFIXES.items() if of_suffix in forms}
    reports = []
    for file in files:
        file_form = by_suffix.get(file.suffix.lower()) or form
        if file_form is None:
            known = ", ".join(by_suffix)
            raise InputError(
                f"--output {file}: its suffix names no format (known: {known}); choose one with --output-format"
            )
        reports.append(Report(file_form, file))
    return tuple(reports)


def is_shown(reports: Iterable[Report]) -> bool:
    """Whether people see the text on the terminal."""
    return any(report.file is None and report.form == "text" for report in reports)


def keeps_standard_output(reports: Iterable[Report]) -> bool:
    """Whether standard output is for a program, so that progress goes to standard error."""
    return any(report.file is None and report.form != "text" for report in reports)


def deliver(reports: Iterable[Report], render: Render, *, show: Show, say: Say, width: int = FILE_WIDTH) -> None:
    """Write every report.

    `render` is given a form and the width of its lines, `show` the text for a terminal that is `width` wide, `say` one
    line about each file.
    """
    for report in reports:
        if report.file:
            report.file.parent.mkdir(parents=True, exist_ok=True)
            report.file.write_text(_safe(render, report.form), encoding="utf-8")
            say(f"wrote {report.file}")
        elif report.form == "text":
            show(render("text", width))
        else:
            sys.stdout.write(_safe(render, report.form))
            sys.stdout.flush()


def _safe(render: Render, form: str) -> str:
    """A report for a file or a pipe, from which no terminal or CI system takes a command later."""
    text = str(render(form, FILE_WIDTH))
    return harmless_json(text) if form == "json" else harmless(text)


def deliver_on(console: Console, reports: Iterable[Report], render: Render) -> None:
    """Write every report, the text in colours."""
    deliver(reports, render, show=console.page, say=console.line, width=console.width)


def deliver_result(console: Console, reports: Iterable[Report], result: Callable[[], Mapping[str, Any]]) -> None:
    """Write what came of a run as JSON, if a report asks for it; people saw it as it came."""
    deliver_on(console, (report for report in reports if report.form == "json"), lambda *_: json_text(result()))


def json_text(result: Mapping[str, Any]) -> str:
    """A result as it is written."""
    return json.dumps(result, indent=2, ensure_ascii=False) + "\n"


def run_page(environment: Mapping[str, str]) -> str:
    """The page of the GitHub Actions run that this is a part of, or an empty string."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""
