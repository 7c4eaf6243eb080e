"""The drift report: what somebody else changed, whatever the files and the stage's policy make of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.reconcile.compare import Change
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.review.capability import gained
from pulumi_managed_agents.review.drift import DriftReport, StageDrift, how, stage_drift
from pulumi_managed_agents.review.json import as_json
from pulumi_managed_agents.review.markdown import DRIFT_MARKER, drift_markdown
from pulumi_managed_agents.review.plan_files import Plans
from pulumi_managed_agents.review.text import drift_text
from tests.review.plans import planned
from tests.review.report_schema import report_schema

Body = dict[str, Any]
AGENT: Body = {"name": "Triage", "model": "claude-sonnet-5-5", "description": "Sorts.", "system": "Sort."}
BY_HAND: Body = {**AGENT, "description": "By hand."}
TOOLS: Body = {**AGENT, "tools": [{"type": "agent_toolset_20260401", "default_config": {"enabled": False}}]}
ALL_ON: Body = {**AGENT, "tools": [{"type": "agent_toolset_20260401"}]}


def found(*records: Plan) -> list[Plan]:
    return list(stage_drift("prod", Plans(records)).drifted)


@pytest.mark.parametrize("on_drift", ["heal", "fail", "ignore"])
def test_drift_is_reported_whatever_the_stage_makes_of_it(on_drift: Any) -> None:
    """Put back, refused or ignored: the object is not as it was applied."""
    (one,) = found(planned("agent", "a", AGENT, AGENT, live=BY_HAND, versions=(7, 9), rules=Policy(on_drift)))
    assert (how(one), one.recorded_version, one.live_version) == ("changed", "7", "9")
    assert [(change.path, change.recorded, change.live) for change in one.outside] == [
        (("description",), "Sorts.", "By hand.")
    ]


def test_what_the_files_change_is_no_drift() -> None:
    """An edit waits for its up; nobody did anything behind Pulumi's back."""
    assert found(planned("agent", "a", AGENT, {**AGENT, "system": "Sort well."})) == []


def test_only_the_fields_from_outside_are_reported() -> None:
    """Beside somebody else's change the file's own is left out; on the same field the two are a conflict."""
    edited = {**AGENT, "system": "Sort well."}
    (one,) = found(planned("agent", "a", AGENT, edited, live=BY_HAND, versions=(7, 8)))
    assert [change.path for change in one.outside] == [("description",)]
    (one,) = found(planned("agent", "a", AGENT, {**AGENT, "description": "Mine."}, live=BY_HAND, versions=(7, 8)))
    assert (how(one), [change.cause for change in one.outside]) == ("conflict", ["conflict"])


def test_power_that_somebody_gave_is_named() -> None:
    """What an agent may do beyond what was applied stands first; what it lost does not."""
    (more,) = found(planned("agent", "a", TOOLS, TOOLS, live=ALL_ON, versions=(1, 2)))
    assert {one.rule for one in gained(more)} == {"tool-enabled"}
    (lost,) = found(planned("agent", "a", ALL_ON, ALL_ON, live=TOOLS, versions=(1, 2)))
    assert gained(lost) == ()


def test_the_most_urgent_comes_first() -> None:
    """Conflicts, then what is gone, then what was changed."""
    changed = planned("agent", "a", AGENT, AGENT, live=BY_HAND, versions=(1, 2))
    gone = [
        replace(changed, name="b", changes=(), vanished="archived"),
        replace(changed, name="c", changes=(), vanished="deleted"),
    ]
    conflict = planned("agent", "d", AGENT, {**AGENT, "description": "Mine."}, live=BY_HAND, versions=(1, 2))
    assert [one.name for one in found(changed, *gone, conflict)] == ["d", "c", "b", "a"]


def test_what_was_not_looked_at_is_not_counted() -> None:
    """A resource that is only declared has nothing live to compare."""
    assert stage_drift("prod", Plans((Plan("agent", "new", decision="create"),))).looked_at == 0


REPORT = DriftReport(
    (
        stage_drift(
            "prod",
            Plans(
                (
                    replace(
                        planned("agent", "agents/a", TOOLS, TOOLS, live=ALL_ON, versions=(7, 9)),
                        live_at="2026-11-20T10:00:00.123Z",
                    ),
                )
            ),
        ),
        StageDrift("dev", looked_at=3),
    )
)


def test_the_text_says_what_when_and_between_which_versions() -> None:
    """One line per object, its power and fields below it, and what to do about it."""
    shown = str(drift_text(REPORT, 120))
    assert "Stage prod: 1 of 1 object changed outside" in shown
    assert (
        "  ~ agent agents/a (stacks/dev/agents/a.md)\n"
        "      more power: may use bash, which was off; it never asks (always_allow)\n"
    ) in shown
    assert "was changed outside Pulumi (version 7 → 9, last changed 2026-11-20 10:00:00 UTC)" in shown
    assert "more power: may use bash, which was off; it never asks (always_allow)" in shown
    assert "Stage dev: no drift in 3 objects" in shown
    assert "Take changes that you want to keep into the files with `managed-agents pull STAGE [NAME…]`." in " ".join(
        shown.split()
    )


def test_a_clean_report_is_one_line_per_stage() -> None:
    """No drift, no advice."""
    clean = DriftReport((StageDrift("dev", looked_at=1),))
    assert str(drift_text(clean)) == "Stage dev: no drift in 1 object\n"
    assert drift_markdown(clean).splitlines()[1:] == [
        "## ✅ Agents: no drift",
        "",
        "### `dev`: no drift in 1 object",
    ]


def test_a_stage_that_could_not_be_looked_at_is_not_called_clean() -> None:
    """A failed preview says so, with its errors."""
    failed = DriftReport((StageDrift("dev", complete=False, errors=("no credential",)),))
    assert str(drift_text(failed)).startswith("Stage dev: not looked at, since the preview failed\n  error: no cred")
    assert drift_markdown(failed).splitlines()[1] == "## ⚠️ Agents: not all could be looked at"
    assert str(drift_text(DriftReport((StageDrift("dev", deployed=False),)))) == "Stage dev: nothing is deployed yet\n"
    half = DriftReport((StageDrift("dev", complete=False, looked_at=2),))
    assert "the preview failed, so this may not be all" in str(drift_text(half))


def test_json_keeps_its_schema() -> None:
    """Programs that read a report can rely on its form."""
    validator = Draft202012Validator(report_schema("drift"))
    assert list(validator.iter_errors(json.loads(as_json(REPORT)))) == []


@given(st.lists(st.text(max_size=2000), max_size=30), st.integers(1_500, 4_000))
def test_an_issue_fits_whatever_it_is_about(texts: list[str], limit: int) -> None:
    """Blocks are left out whole, and counted."""
    drifted = tuple(
        Plan("agent", text[:30], decision="update", changes=(Change(("system",), "drift", text, text, text[::-1]),))
        for text in texts
    )
    written = drift_markdown(DriftReport((StageDrift("prod", drifted=drifted),)), limit=limit)
    assert len(written) <= limit
    assert written.startswith(DRIFT_MARKER)


def test_an_answer_from_before_our_own_write_is_a_note_and_no_drift() -> None:
    """Text and Markdown say it in a line, JSON in `notes`; nothing has drifted."""
    behind = planned("agent", "a", AGENT, AGENT, live=BY_HAND, versions=(7, 6))
    stage = stage_drift("prod", Plans((behind,)))
    report = DriftReport((stage,))
    assert (stage.drifted, report.is_clean) == ((), True)
    note = "the API still answers with version 6, which is earlier than what was recorded (version 7)"
    assert note in " ".join(str(drift_text(report)).split())
    assert note in drift_markdown(report).replace("\\", "")
    assert note in json.loads(as_json(report))["stages"][0]["notes"][0]
