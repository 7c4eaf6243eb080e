"""Smoke test results as JUnit XML, which CI systems show test by test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from pulumi_managed_agents.engine.stage_results import taken_over, test_results, tests_of
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from pulumi_managed_agents.engine.events import RunOutcome

    Record = Mapping[str, Any]
    Records = Mapping[str, Record]

# XML 1.0 has no way to write these characters, not even escaped.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    from_earlier = f", {len(earlier)} of them from earlier runs" if earlier else ""
    return f"wrote {file}: {counted(len(results), 'smoke test')}{from_earlier}"


def junit(stage: str, results: Records, agents: Mapping[str, str], earlier: Collection[str] = frozenset()) -> str:
    """One case per test, by name; `agents` names the agent that each test is about.

    The tests of `earlier` runs, whose results still hold, are a separate suite, so that counts and time of the
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


def _suite(title: str, stage: str, results: Records, agents: Mapping[str, str]) -> ET.Element:
    red = [test for test in results.values() if not test.get("passed")]
    # A failure is an assertion that does not hold; an error is a test that could not be judged.
    errors = sum(not test.get("conclusive", True) for test in red)
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
    return f"{sum(float(result.get('seconds') or 0) for result in results):.3f}"


def _xml(text: str) -> str:
    """The text without what no XML may hold, such as escape sequences of a terminal."""
    return NOT_XML.sub("�", text)
