"""Where the result of a command goes, and in which form: the terminal, a pipe, or one or more files."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from xml.etree import ElementTree as ET

from pulumi_managed_agents.commands.summary import DONE
from pulumi_managed_agents.engine.events import plain, subject_of, taken_over, test_results, tests_of
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.engine.events import ResourceStep, RunOutcome
    from pulumi_managed_agents.review.drift import DriftReport
    from pulumi_managed_agents.review.review import Review
    from pulumi_managed_agents.review.style import Page


def written(review: Review, form: str, width: int) -> str | Page:
    """A review as text, JSON or Markdown."""
    if form == "json":
        from pulumi_managed_agents.review.json import as_json

        return as_json(review)
    if form == "markdown":
        from pulumi_managed_agents.review.markdown import markdown

        return markdown(review, artifact=_run_page(os.environ))
    from pulumi_managed_agents.review.text import text

    return text(review, width)


def drift_written(report: DriftReport, form: str, width: int) -> str | Page:
    """A report of drift as text, JSON or Markdown."""
    if form == "json":
        from pulumi_managed_agents.review.json import as_json

        return as_json(report)
    if form == "markdown":
        from pulumi_managed_agents.review.markdown import drift_markdown

        return drift_markdown(report, artifact=_run_page(os.environ))
    from pulumi_managed_agents.review.text import drift_text

    return drift_text(report, width)


def _run_page(environment: Mapping[str, str]) -> str:
    """The page of the GitHub Actions run that this is a part of, or an empty text."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from pulumi_managed_agents.engine.events import RunOutcome

    Records = Mapping[str, Mapping[str, Any]]


def report_up(file: Path, stage: str, outcome: RunOutcome) -> str:
    """Write the results that a stage records after an up; a line that says so."""
    tests = tests_of(outcome.steps).get("tests")
    results, earlier = test_results(outcome.steps), taken_over(outcome.steps)
    return write_report(file, stage, tests if isinstance(tests, dict) else {}, results, earlier)


def write_report(
    file: Path, stage: str, tests: Records, results: Records, earlier: Collection[str] = frozenset()
) -> str:
    """Write results as JUnit XML, those of `earlier` runs apart; a line that says so."""
    agents = {name: str(test.get("agent", "")) for name, test in tests.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(junit(stage, results, agents, earlier), encoding="utf-8")
    taken = f", {len(earlier)} of them from earlier runs" if earlier else ""
    return f"wrote {file}: {counted(len(results), 'smoke test')}{taken}"


def up_result(stage: str, outcome: RunOutcome, *, writes: int | None, seconds: float) -> dict[str, Any]:
    """An up: every resource and what was done with it, every test and its result; `writes` None is not known.

    A test that is `taken_over` did not run now: its result is that of an earlier run.
    """
    resources = [row for step in outcome.steps if (row := _resource(step))]
    tests, earlier = test_results(outcome.steps), taken_over(outcome.steps)
    return {
        "stage": stage,
        "ok": outcome.ok,
        "seconds": round(seconds, 3),
        "write_requests": writes,
        "resources": resources,
        "tests": [{**test, "taken_over": test["name"] in earlier} for test in _tests(tests)],
        "errors": [plain(error) for error in outcome.errors],
    }


def _resource(step: ResourceStep) -> dict[str, Any] | None:
    subject = subject_of(step)
    if subject is None or step.op not in DONE:
        return None
    action = "failed" if step.error else DONE[step.op]
    told = {"kind": subject.kind, "name": subject.name, "action": action, "id": step.id, "version": subject.version}
    return {**told, "error": step.error} if step.error else told


def smoke_result(stage: str, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A run of smoke tests."""
    return {"stage": stage, "ok": all(one.get("passed") for one in results.values()), "tests": _tests(results)}


def _tests(results: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, **result} for name, result in results.items()]


def as_json(result: Mapping[str, Any]) -> str:
    """A result as it is written."""
    return json.dumps(result, indent=2, ensure_ascii=False) + "\n"


if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Record = Mapping[str, Any]

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(
    stage: str, results: Mapping[str, Record], agents: Mapping[str, str], earlier: Collection[str] = frozenset()
) -> str:
    """One case per test, by name; `agents` names the agent that each test is about.

    The tests of `earlier` runs, whose results still hold, are a suite of their own, so that counts and time of the
    first suite are those of this run.
    """
    suites = ET.Element("testsuites")
    now = {name: result for name, result in results.items() if name not in earlier}
    suites.append(_suite(f"smoke.{stage}", stage, now, agents))
    if earlier:
        before = {name: results[name] for name in earlier}
        suites.append(_suite(f"smoke.{stage}, results of earlier runs", stage, before, agents))
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _suite(title: str, stage: str, results: Mapping[str, Record], agents: Mapping[str, str]) -> ET.Element:
    red = [one for one in results.values() if not one.get("passed")]
    errors = sum(not one.get("conclusive", True) for one in red)
    counts = {"tests": len(results), "failures": len(red) - errors, "errors": errors, "skipped": 0}
    numbers = {name: str(count) for name, count in counts.items()}
    suite = ET.Element("testsuite", {"name": title, **numbers, "time": _seconds(*results.values())})
    for name, result in sorted(results.items()):
        suite.append(_case(stage, name, result, agents.get(name, "")))
    return suite


def _case(stage: str, name: str, result: Record, agent: str) -> ET.Element:
    place = ".".join(filter(None, ("smoke", stage, agent.replace("/", "."))))
    case = ET.Element("testcase", {"classname": _xml(place), "name": _xml(name), "time": _seconds(result)})
    if not result.get("passed"):
        kind = "failure" if result.get("conclusive", True) else "error"
        lines = [_xml(str(line)) for line in result.get("failures") or ("failed",)]
        what = ET.SubElement(case, kind, {"message": lines[0], "type": str(result.get("stop_reason") or "assertion")})
        what.text = "\n".join(lines)
    ET.SubElement(case, "system-out").text = _xml("\n".join(_facts(result)))
    return case


def _facts(result: Record) -> list[str]:
    cost = result.get("cost_usd")
    facts = {
        "reply": result.get("reply"),
        "tools": ", ".join(result.get("tools") or ()),
        "finished": result.get("finished_at"),
        "cost": "" if cost is None else f"${cost:.4f}",
        "session": result.get("session_id"),
        "transcript": result.get("transcript"),
    }
    return [f"{name}: {value}" for name, value in facts.items() if value]


def _seconds(*results: Record) -> str:
    return f"{sum(float(one.get('seconds') or 0) for one in results):.3f}"


def _xml(text: str) -> str:
    """The text without what no XML may hold, such as escape sequences of a terminal."""
    return NOT_XML.sub("�", text)


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.commands.console import Console
    from pulumi_managed_agents.review.style import Page

    Render = Callable[[str, int], str | Page]
    Show = Callable[[Any], None]
    Say = Callable[[str], None]

LINE = 100
"""The width of a text that goes into a file."""
SUFFIXES = {".json": "json", ".md": "markdown", ".markdown": "markdown", ".txt": "text"}


@dataclass(frozen=True)
class Report:
    """One form of a result; `file` None is standard output."""

    form: str
    file: Path | None = None


def reports(files: Sequence[Path], form: str | None, forms: Sequence[str]) -> tuple[Report, ...]:
    """What was asked for: one report per file in the form of its suffix, else in `form`; or one on standard output.

    Raises:
        InputError: a file's suffix names none of the command's forms, and no `form` is given.
    """
    if not files:
        return (Report(form or "text"),)
    return tuple(Report(_by_suffix(file, forms) or form or _refused(file, forms), file) for file in files)


def _by_suffix(file: Path, forms: Sequence[str]) -> str:
    form = SUFFIXES.get(file.suffix.lower(), "")
    return form if form in forms else ""


def _refused(file: Path, forms: Sequence[str]) -> NoReturn:
    known = ", ".join(suffix for suffix, one in SUFFIXES.items() if one in forms)
    raise InputError(f"--output {file}: its suffix tells no format (known: {known}); say it with --output-format")


def is_shown(asked: Iterable[Report]) -> bool:
    """Whether people see the text on the terminal."""
    return any(report.file is None and report.form == "text" for report in asked)


def keeps_standard_output(asked: Iterable[Report]) -> bool:
    """Whether standard output is for a program, so that progress goes to standard error."""
    return any(report.file is None and report.form != "text" for report in asked)


def deliver(asked: Iterable[Report], render: Render, *, show: Show, say: Say, width: int = LINE) -> None:
    """Write every report.

    `render` is given a form and the width of its lines, `show` the text for a terminal that is `width` wide, `say` one
    line about each file.
    """
    for report in asked:
        if report.file:
            report.file.parent.mkdir(parents=True, exist_ok=True)
            report.file.write_text(str(render(report.form, LINE)), encoding="utf-8")
            say(f"wrote {report.file}")
        elif report.form == "text":
            show(render("text", width))
        else:
            sys.stdout.write(str(render(report.form, LINE)))
            sys.stdout.flush()


def deliver_on(console: Console, asked: Iterable[Report], render: Render) -> None:
    """Write every report, the text in colours."""
    deliver(asked, render, show=console.page, say=console.line, width=console.width)


def deliver_result(console: Console, asked: Iterable[Report], result: Callable[[], Mapping[str, Any]]) -> None:
    """Write what came of a run wherever JSON was asked for; people saw it as it came."""
    deliver_on(console, (report for report in asked if report.form == "json"), lambda *_: as_json(result()))
