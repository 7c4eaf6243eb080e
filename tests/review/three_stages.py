"""A review of three stages, as a team would see it: something of everything that a comment has to tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.reconcile.file_diff import file_diff
from pulumi_managed_agents.review.plan_files import DueTest, LastResult, Plans, TestsRecord
from pulumi_managed_agents.review.review import EngineStep, Review, StageReview, stage_review
from tests.review.plans import new, planned

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.plan import Plan

Body = dict[str, Any]

PROMPT = "\n".join(["You sort the inbox.", *(f"Rule {number}: stay polite." for number in range(1, 30))])
TOOLSET: Body = {"type": "agent_toolset_20260401"}
BEFORE: Body = {
    "name": "Triage",
    "model": "claude-haiku-5-5",
    "system": PROMPT + "\nNever send mail without a human's consent.",
    "tools": [{**TOOLSET, "configs": [{"name": "bash", "permission_policy": {"type": "always_ask"}}]}],
}
AFTER: Body = {
    **BEFORE,
    "model": "claude-sonnet-5-5",
    "system": PROMPT.replace("Rule 7: stay polite.", "Rule 7: stay polite and short."),
    "tools": [{**TOOLSET, "configs": [{"name": "bash", "permission_policy": {"type": "always_allow"}}]}],
}
GATE = "agents/triage.md: agents/triage: staging has not proved it; run `managed-agents promote staging prod`"


def skill() -> Plan:
    """A skill of which a text and a picture change."""
    found = planned("skill", "skills/reply", {"name": "reply", "digest": "sha256:a"}, {"name": "reply", "digest": "b"})
    (change,) = found.changes
    diff = file_diff(
        {"SKILL.md": b"---\nname: reply\n---\nAnswer in the customer's words.\n", "logo.png": b"\x89PNG\x00old"},
        {"SKILL.md": b"---\nname: reply\n---\nAnswer in plain words.\n", "logo.png": b"\x89PNG\x00newer"},
    )
    items = ("SKILL.md changed", "logo.png changed")
    return replace(found, changes=(replace(change, items=items, diff=diff),))


def stage(name: str, *, drifted: bool = False, gate: bool = False) -> StageReview:
    """The same edits on each stage; one has drifted, one stands behind a gate."""
    description = {"description": "Sorts."}
    by_hand = planned(
        "agent",
        "agents/mailer",
        {"name": "Mailer", "model": "claude-haiku-5-5", **description},
        {"name": "Mailer", "model": "claude-haiku-5-5", **description},
        live={"name": "Mailer", "model": "claude-haiku-5-5", "description": "Sorts fast."},
        versions=(7, 9),
        rules=Policy("fail"),
    )
    plans = (
        planned("agent", "agents/triage", BEFORE, AFTER),
        skill(),
        new("environment", "environments/sandbox", {"name": "sandbox", "config": {"type": "cloud"}}),
        *([by_hand] if drifted else []),
    )
    steps = [EngineStep("create" if plan.decision == "create" else "update", plan.kind, plan.name) for plan in plans]
    tests = TestsRecord(
        (DueTest("triage", "agents/triage", "it, its agent or its environment changed", 0.2),),
        3,
        5.0,
        "1 of 2 agents tested",
        (LastResult("greets", "agents/mailer", False, "2026-11-28T10:00:00Z", 0.01, "the answer holds 'hello'"),),
    )
    return stage_review(
        name,
        [*steps, EngineStep("delete", "agent", "agents/old", "3"), EngineStep("same", "vault", "vaults/team")],
        Plans(plans, tests, refusals=(GATE,) if gate else ()),
        ending="refused" if gate or drifted else "planned",
        errors=(GATE,) if gate else (),
    )


def three_stages() -> Review:
    """Dev as planned, staging with something changed by hand, prod behind its gate."""
    return Review((stage("dev"), stage("staging", drifted=True), stage("prod", gate=True)))
