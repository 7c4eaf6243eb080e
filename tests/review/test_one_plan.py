"""One plan, one telling: the provider's line, the text, the Markdown and the JSON say the same of every situation."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.dynamic.provider import plan_recorder
from pulumi_managed_agents.reconcile.plan_text import sentence
from pulumi_managed_agents.review.drift import DriftReport, stage_drift
from pulumi_managed_agents.review.json import as_json
from pulumi_managed_agents.review.markdown import drift_markdown, markdown
from pulumi_managed_agents.review.plan_files import REVIEWED_PLANS, VARIABLE, Plans, save
from pulumi_managed_agents.review.review import EngineStep, Review, stage_review
from pulumi_managed_agents.review.text import drift_text, text
from tests.review.plans import new, planned, vanished

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.reconcile.plan import Plan

Body = dict[str, Any]
AGENT: Body = {"name": "Triage", "model": "claude-sonnet-5-5", "system": "Sort the inbox.", "description": "Sorts."}
BY_HAND: Body = {**AGENT, "description": "By hand."}
TOOLS: Body = {**AGENT, "tools": [{"type": "agent_toolset_20260401", "default_config": {"enabled": False}}]}
BASH_ON: Body = {**AGENT, "tools": [{**TOOLS["tools"][0], "configs": [{"name": "bash", "enabled": True}]}]}
WIDTH = 400
HAPPENED = "was changed outside Pulumi (version 7 → 9)"


def credential(server: str) -> Body:
    return {"auth": {"type": "static_bearer", "mcp_server_url": server, "token": "canary"}}


@dataclass(frozen=True)
class Situation:
    """A plan and what everybody is to say of it.

    Attributes:
        plan: The plan.
        action: What is decided.
        fields: By field, from which value to which.
        outside: What somebody else did, which is what the provider's line is about; empty where nobody did.
        outcome: What becomes of it, or of the resource.
        more: What else people must read.
    """

    plan: Plan
    action: str
    fields: tuple[tuple[str, str, str], ...] = ()
    outside: str = ""
    outcome: str = ""
    more: tuple[str, ...] = ()


DRIFT = (("description", '"Sorts."', '"By hand."'),)
SITUATIONS = {
    "edit": Situation(
        planned("agent", "agents/a", AGENT, BY_HAND), "update", DRIFT, more=("v7 → v8", "stacks/dev/agents/a.md")
    ),
    "drift that is healed": Situation(
        planned("agent", "agents/a", AGENT, AGENT, live=BY_HAND, versions=(7, 9)),
        "update",
        DRIFT,
        HAPPENED,
        "will be put back",
        ("v9 → v10 (recorded v7)",),
    ),
    "drift of a tool that is healed": Situation(
        planned("agent", "agents/a", TOOLS, TOOLS, live=BASH_ON, versions=(7, 9)),
        "update",
        (("tools.bash.enabled", "false", "true"),),
        HAPPENED,
        "will be put back",
    ),
    "drift that stops": Situation(
        planned("agent", "agents/a", AGENT, AGENT, live=BY_HAND, rules=Policy("fail"), versions=(7, 9)),
        "refused",
        DRIFT,
        HAPPENED,
        "managed-agents:onDrift is 'fail'; take it over or undo it",
    ),
    "drift that is left": Situation(
        planned("agent", "agents/a", AGENT, AGENT, live=BY_HAND, rules=Policy("ignore"), versions=(7, 9)),
        "same",
        DRIFT,
        HAPPENED,
        "is left as it is (onDrift: ignore)",
    ),
    "drift that is left beside an edit": Situation(
        planned(
            "agent", "agents/a", AGENT, {**AGENT, "name": "New."}, live=BY_HAND, rules=Policy("ignore"), versions=(7, 9)
        ),
        "update",
        (*DRIFT, ("name", "Triage", '"New."')),
        HAPPENED,
        "is left as it is (onDrift: ignore)",
    ),
    "drift beside an edit": Situation(
        planned("agent", "agents/a", AGENT, {**AGENT, "name": "New."}, live=BY_HAND, versions=(7, 9)),
        "update",
        (*DRIFT, ("name", "Triage", '"New."')),
        HAPPENED,
        "will be put back",
    ),
    "conflict": Situation(
        planned("agent", "agents/a", AGENT, {**AGENT, "description": "Mine."}, live=BY_HAND, versions=(7, 9)),
        "conflict",
        (("description", 'was "Sorts.", the file says "Mine."', 'live is "By hand."'),),
        "was changed both in its file and outside Pulumi (version 7 → 9)",
        'managed-agents:acceptConflicts: ["agents/a@9"]',
    ),
    "archived, created again": Situation(
        vanished("agent", "agents/a", AGENT),
        "replace",
        outside="was archived outside Pulumi (2026-11-20 10:00:00 UTC)",
        outcome="a new one will be made",
    ),
    "archived, which stops": Situation(
        vanished("agent", "agents/a", AGENT, Policy("fail")),
        "refused",
        outside="was archived outside Pulumi (2026-11-20 10:00:00 UTC)",
        outcome="managed-agents:onDrift is 'fail'; 'heal' makes a new one",
    ),
    "archived, which is left so": Situation(
        vanished("agent", "agents/a", AGENT, Policy("ignore")),
        "same",
        outside="was archived outside Pulumi (2026-11-20 10:00:00 UTC)",
        outcome="is left so (onDrift: ignore)",
    ),
    "replacement": Situation(
        planned("credential", "vaults/crm/key", credential("https://a.com/sse"), credential("https://b.com/sse")),
        "replace",
        (("auth.mcp_server_url", "https://a.com/sse", "https://b.com/sse"),),
        outcome="the old one is deleted",
    ),
    "removal": Situation(
        replace(new("agent", "agents/a", AGENT), decision="delete"), "delete", outcome="archived for ever"
    ),
    "creation": Situation(new("agent", "agents/a", AGENT), "create", more=("v1", "stacks/dev/agents/a.md")),
    "adoption": Situation(
        new("agent", "agents/a", AGENT, adopts="agent_9"), "create", outcome="takes over agent_9, which exists"
    ),
    "held back until there is a proof": Situation(
        replace(new("deployment", "deployments/d", {"name": "d"}), decision="same", waits="waits: no proof"),
        "same",
        outcome="waits: no proof",
    ),
}
situations = pytest.mark.parametrize("one", [pytest.param(one, id=name) for name, one in SITUATIONS.items()])
outside = pytest.mark.parametrize(
    "one", [pytest.param(one, id=name) for name, one in SITUATIONS.items() if one.outside]
)


def review_of(one: Situation) -> Review:
    """The review of a stage with this resource only, as an engine would carry it out."""
    plan = one.plan
    op = "update" if plan.stops else one.action
    plans = () if one.action == "delete" else (plan,)
    return Review((stage_review("dev", [EngineStep(op, plan.kind, plan.name)], Plans(plans)),))


def of_markdown(comment: str) -> str:
    """What people read of it."""
    return html.unescape(comment).replace("\\", "")


def read(one: Situation, message: str) -> None:
    """Every fact stands there, no field is reported the other way round, and no line twice."""
    for field, before, after in one.fields:
        lines = [line for line in message.splitlines() if line.startswith(field) or f" {field} " in line]
        assert [line for line in lines if before in line.partition(after)[0] and after in line], (field, message)
        assert f"{after} → {before}" not in message
    for fact in (one.outside, one.outcome, *one.more):  # wherever a line is broken
        assert fact in " ".join(message.split()), message
    output = [line.strip() for line in message.splitlines() if line.strip() and "```" not in line]
    details = [line for line in output if line.startswith(tuple(field for field, *_ in one.fields) or ("\0",))]
    assert len(details) == len(set(details))


@situations
def test_the_text_says_it(one: Situation) -> None:
    """A person at a terminal reads every fact."""
    read(one, str(text(review_of(one), WIDTH)))


@situations
def test_the_markdown_says_it(one: Situation) -> None:
    """So does one who reads the comment on the pull request."""
    read(one, of_markdown(markdown(review_of(one))))


@situations
def test_the_json_says_it(one: Situation) -> None:
    """A program finds the decision, and of each field both ends in the direction of its cause."""
    (stage,) = json.loads(as_json(review_of(one)))["stages"]
    rows: list[Body] = [*stage["resources"], *stage["left"]]
    assert len(rows) == 1
    found = rows[0]
    assert found["action"] == one.action
    spelled = {"tools.agent_toolset_20260401.bash.enabled": "tools.bash.enabled"}
    ends = {}
    for change in [*found["changes"], *found["left"]]:
        place = ".".join(change["path"])
        ends[spelled.get(place, place)] = [change["recorded"], change["desired"], change["live"]]
        assert (change in found["left"]) == (change["cause"] == "drift" and "is left" in one.outcome)
    assert ends.keys() == {field for field, *_ in one.fields}
    for field, before, after in one.fields:
        values = [json.dumps(value) if not isinstance(value, str) else value for value in ends[field]]
        assert [value for value in values if value in before]
        assert [value for value in values if value in after]
    assert bool(found["vanished"]) == ("archived outside" in one.outside)
    assert (found["lost"] != "") == (one.action in {"replace", "delete"} and not found["vanished"])


@outside
def test_the_providers_line_says_it(one: Situation) -> None:
    """A plain `pulumi preview` tells what somebody else did, on one line, in the same words."""
    line = sentence(one.plan)
    assert "\n" not in line
    drifted = replace(one, fields=one.fields[:1], more=())
    read(drifted, line[0] + line[1:].replace("Take", "take"))
    assert line.startswith(f"agent 'agents/a' (stacks/dev/agents/a.md) {one.outside}")


@pytest.mark.parametrize("one", [pytest.param(one, id=name) for name, one in SITUATIONS.items() if not one.outside])
def test_the_provider_says_nothing_where_nobody_else_did_anything(one: Situation) -> None:
    """The engine shows by itself what the files change."""
    assert sentence(one.plan) == ""


@outside
def test_the_report_of_drift_says_it(one: Situation) -> None:
    """What somebody else did is reported alike, with what becomes of it, and without what the file changes."""
    report = DriftReport((stage_drift("dev", Plans((one.plan,))),))
    drifted = replace(one, fields=one.fields[:1], more=())
    read(drifted, str(drift_text(report, WIDTH)))
    read(drifted, of_markdown(drift_markdown(report)))
    (found,) = json.loads(as_json(report))["stages"][0]["drifted"]
    assert [change["path"][0] for change in found["changes"]] == [
        field.partition(".")[0] for field, *_ in drifted.fields
    ]


@outside
def test_a_line_is_reported_once(one: Situation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not beside a review, nor again by the up after it, unless it is another by then."""
    assert plan_recorder.report(one.plan) == (sentence(one.plan),)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert plan_recorder.report(one.plan) == ()
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv(REVIEWED_PLANS, str(tmp_path))
    assert plan_recorder.report(one.plan) == ()
    later = replace(one.plan, live_at="2026-11-21T10:00:00Z", recorded_at="")
    assert plan_recorder.report(later) == (sentence(later),)
    save(later, tmp_path)
    assert plan_recorder.report(later) == ()
