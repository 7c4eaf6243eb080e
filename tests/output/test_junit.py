from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pulumi_managed_agents.output.junit import junit
from pulumi_managed_agents.smoke import SmokeResult

# What the common schema (Jenkins, Surefire) asks of each element.
REQUIRED: dict[str, set[str]] = {
    "testsuites": set(),
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "system-out": set(),
}
ORDER = ("failure", "error", "system-out")

RED = {"stop_reason": "end_turn", "failures": ('step 1: reply should contain "<a>", got "\x1b[31mb & c"', "second")}


def suite(**results: dict[str, Any]) -> ET.Element:
    records = {name: SmokeResult(name, **fields).as_record() for name, fields in results.items()}
    [found] = ET.fromstring(junit("dev", records, {"good": "agents/triage"}))  # noqa: S314 - our own text
    return found


def test_results_are_a_suite_that_readers_of_junit_take() -> None:
    """Every element has the attributes that the schema requires, and its children in the schema's order."""
    found = suite(good={"passed": True}, bad={"passed": False, **RED}, stopped={"passed": False, "conclusive": False})
    for element in found.iter():
        assert set(element.keys()) >= REQUIRED[element.tag]
    for case in found:
        places = [ORDER.index(child.tag) for child in case]
        assert places == sorted(places)


def test_counts_and_time_are_those_of_the_tests() -> None:
    """An assertion that fails is a failure; a run that says nothing about the agent is an error."""
    found = suite(
        good={"passed": True, "seconds": 1.5},
        bad={"passed": False, "seconds": 2.25, **RED},
        stopped={"passed": False, "conclusive": False},
    )
    counts = {name: found.attrib[name] for name in ("tests", "failures", "errors", "skipped", "time")}
    assert counts == {"tests": "3", "failures": "1", "errors": "1", "skipped": "0", "time": "3.750"}


def test_a_case_says_what_was_tested_and_what_failed() -> None:
    """Class and name lead to the agent and the test; a failure holds every line; what no XML may hold is replaced."""
    bad, good = suite(good={"passed": True, "session_id": "sesn_1"}, bad={"passed": False, **RED})
    assert (good.attrib["classname"], good.attrib["name"]) == ("smoke.dev.agents.triage", "good")
    assert good.findtext("system-out") == "session: sesn_1"
    failure = bad.find("failure")
    assert failure is not None
    first = 'step 1: reply should contain "<a>", got "\ufffd[31mb & c"'
    assert (failure.attrib, failure.text) == ({"message": first, "type": "end_turn"}, f"{first}\nsecond")


@pytest.mark.parametrize("name", ["ok", "a&b<c>", "ünïcode"])
def test_any_name_survives(name: str) -> None:
    """Names are data."""
    assert suite(**{name: {"passed": True}})[0].attrib["name"] == name
