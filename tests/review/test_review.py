"""From steps and plan records to a review: actions, versions, causes, who moves with whom."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.context import DeclaredInputs
from pulumi_managed_agents.reconcile.plan_rows import rows
from pulumi_managed_agents.reconcile.plan_text import forecast, notes
from pulumi_managed_agents.reconcile.wording import PENDING
from pulumi_managed_agents.release.serving import Serving
from pulumi_managed_agents.review import phrases
from pulumi_managed_agents.review.json import as_json, schemas, write_schemas
from pulumi_managed_agents.review.markdown import markdown
from pulumi_managed_agents.review.plan_files import (
    DueTest,
    LastResult,
    Plans,
    TestsRecord,
    collect,
    prepare_to_save,
    save,
)
from pulumi_managed_agents.review.review import EngineStep, Review, stage_review
from pulumi_managed_agents.review.text import text
from tests.review.plans import live_of, new, planned
from tests.review.report_schema import report_schema

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.plan import Plan

Body = dict[str, Any]
SCHEMAS = Path(__file__).parents[2] / "schemas"
TOOLSET = "agent_toolset_20260401"
AGENT: Body = {"name": "Triage", "model": "claude-sonnet-5-5", "system": "Sort the inbox.", "description": "Sorts."}
SKILL = {"name": "pr-summary", "digest": "sha256:" + "a" * 64}


def secret(token: str) -> Body:
    return {"auth": {"type": "static_bearer", "mcp_server_url": "https://mcp.example.com/sse", "token": token}}


def cloning(**repository: Any) -> Body:
    shop = {"type": "github_repository", "url": "https://github.com/acme/shop"}
    return {"name": "Nightly", "agent": "agent_a", "resources": [{**shop, **repository}]}


def using(*skills: tuple[str, str]) -> Body:
    return {**AGENT, "skills": [{"type": "custom", "skill_id": id, "version": version} for id, version in skills]}


def following(name: str, *more: tuple[str, str], **fields: Any) -> Plan:
    """An agent whose skill moves in the same up, as a preview knows it."""
    after = {**using(("skills/pr-summary", PENDING), *more), **fields}
    declared = DeclaredInputs(after, frozenset({"skills"}), names={"skill_1": "skills/pr-summary"})
    before = using(("skill_1", "skver_1"))
    return planned("agent", name, before, {**before, **fields}, declared=declared)


def reviewed(record: Plan, op: str = "update") -> Plan:
    """The review of a single resource."""
    (one,) = stage_review("dev", [EngineStep(op, record.kind, record.name)], Plans((record,))).resources
    return one


def rows_of(record: Plan, op: str = "update") -> list[tuple[str, str, str]]:
    return [(row.label, row.text, row.cause) for row in rows(reviewed(record, op))]


def test_a_record_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    """Nothing is lost between the provider's process and the command line."""
    record = planned("agent", "agents/triage", AGENT, {**AGENT, "system": "Other."})
    standing = (LastResult("sorts", "agents/triage", passed=True, at="2026-01-02T03:04:05+00:00", cost_usd=0.01),)
    tests = TestsRecord((DueTest("answers", "agents/triage", "new", 0.25),), 3, 1.0, standing=standing)
    save(record, tmp_path)
    save(tests, tmp_path)
    assert collect(tmp_path) == Plans((record,), tests)


@pytest.mark.parametrize("is_saved", [True, False])
def test_what_stays_as_it_is_is_told_whole_to_a_saved_plan_alone(tmp_path: Path, *, is_saved: bool) -> None:
    """Of hundreds of long prompts that nobody changed no review shows anything; what somebody changed it shows."""
    same = planned("agent", "agents/desk", AGENT, AGENT)
    left = planned("agent", "agents/triage", AGENT, AGENT, live={**AGENT, "system": "Other."}, versions=(7, 8))
    ignored = replace(left, decision="same", left=left.changes, changes=())
    if is_saved:
        prepare_to_save(tmp_path, "salt")
    for plan in (same, ignored):
        save(plan, tmp_path)
    assert collect(tmp_path).resources == (same if is_saved else replace(same, desired={}), ignored)


def test_what_was_decided_counts_more_than_what_was_checked(tmp_path: Path) -> None:
    """A replacement is checked once more after it was decided; that must not make it look new."""
    decided = planned("agent", "agents/triage", AGENT, {**AGENT, "system": "Other."})
    new_one = new("agent", "agents/triage", AGENT)
    for plan, phase in ((new_one, "check"), (decided, "diff"), (new_one, "check")):
        save(plan, tmp_path, phase)  # type: ignore[arg-type]  # one of the two
    assert collect(tmp_path).resources == (decided,)


@pytest.mark.parametrize(
    ("record", "rows"),
    [
        pytest.param(
            planned("agent", "a", AGENT, {**AGENT, "description": "Sorts mail."}),
            [("description", '"Sorts." → "Sorts mail."', "edit")],
            id="edit",
        ),
        pytest.param(
            planned("agent", "a", AGENT, AGENT, live={**AGENT, "description": "By hand."}, versions=(7, 9)),
            [("description", '"Sorts." → "By hand."', "drift: will be put back")],
            id="drift",
        ),
        pytest.param(
            planned(
                "agent",
                "a",
                AGENT,
                {**AGENT, "description": "Mine."},
                live={**AGENT, "description": "Theirs."},
                versions=(7, 9),
            ),
            [("description", 'was "Sorts.", the file says "Mine.", live is "Theirs."', "conflict")],
            id="conflict",
        ),
        pytest.param(
            planned(
                "agent",
                "a",
                AGENT,
                {**AGENT, "description": "New."},
                live={**AGENT, "description": "New."},
                versions=(7, 8),
            ),
            [("description", '"Sorts." → "New."', "edit: live already")],
            id="taken over",
        ),
        pytest.param(
            following("a"),
            [
                (
                    "skills.skills/pr-summary.version",
                    f"skver_1 → {PENDING}",
                    "new version of skills/pr-summary",
                )
            ],
            id="new version of what it uses",
        ),
        pytest.param(
            planned("agent", "a", AGENT, {**AGENT, "tools": [{"type": TOOLSET}]}),
            [
                (
                    "tools.built-in",
                    "added (bash, edit, glob, grep, read, web_fetch, web_search, write (always_allow))",
                    "edit",
                )
            ],
            id="a new tool set is one row",
        ),
        pytest.param(
            planned(
                "agent",
                "a",
                {**AGENT, "tools": [{"type": TOOLSET}]},
                {**AGENT, "tools": [{"type": TOOLSET, "default_config": {"enabled": False}}]},
            ),
            [
                (
                    "tools.{bash, edit, glob, grep, read, web_fetch, web_search, write}.enabled",
                    "true → false",
                    "edit",
                )
            ],
            id="tools that change alike are one row",
        ),
        pytest.param(
            planned(
                "environment",
                "a",
                {"name": "x", "config": {"type": "cloud", "packages": {"pip": ["ruff", "pytest"]}}},
                {"name": "x", "config": {"type": "cloud", "packages": {"pip": ["mypy", "pytest"]}}},
            ),
            [("config.packages.pip", "+mypy, -ruff", "edit")],
            id="a list by its members",
        ),
        pytest.param(
            planned("skill", "a", SKILL, {**SKILL, "digest": "sha256:" + "b" * 64}, versions=("skver_1", "skver_1")),
            [("files", "sha256:aaaaaaa → sha256:bbbbbbb", "edit")],
            id="files of a skill",
        ),
        pytest.param(
            planned("credential", "a", secret("one"), secret("two")),
            [("auth.token", "another secret", "edit")],
            id="another secret",
        ),
        pytest.param(
            planned("deployment", "a", cloning(), cloning(authorization_token="t")),
            [("resources.https://github.com/acme/shop.authorization_token", "a secret, where there was none", "edit")],
            id="a first secret",
        ),
    ],
)
def test_a_change_is_a_row_with_its_cause(record: Plan, rows: list[tuple[str, str, str]]) -> None:
    """One line per field, entry or group of tools, saying who wants it."""
    assert rows_of(record) == rows


@pytest.mark.parametrize(
    ("record", "op", "versions"),
    [
        pytest.param(planned("agent", "a", AGENT, {**AGENT, "system": "x"}), "update", "v7 → v8", id="update"),
        pytest.param(
            planned("agent", "a", AGENT, {**AGENT, "system": "x"}, versions=(7, 9)),
            "update",
            "v9 → v10 (recorded v7)",
            id="after somebody else's version",
        ),
        pytest.param(
            planned(
                "agent", "a", AGENT, {**AGENT, "description": "x"}, live={**AGENT, "description": "x"}, versions=(7, 8)
            ),
            "update",
            "v8 (recorded v7)",
            id="taken over, nothing is sent",
        ),
        pytest.param(following("a"), "update", "v7 → v8", id="follows"),
        pytest.param(new("agent", "a", AGENT), "create", "v1", id="new agent"),
        pytest.param(new("environment", "a", {"name": "x"}), "create", "", id="no versions"),
        pytest.param(
            planned("skill", "a", SKILL, {**SKILL, "digest": "sha256:b"}, versions=("skver_1", "skver_1")),
            "update",
            "skver_1 → new",
            id="versions that the API makes up",
        ),
    ],
)
def test_the_version_after_the_up_is_reported(record: Plan, op: str, versions: str) -> None:
    """People who pin versions see what an up will make of them."""
    assert forecast(reviewed(record, op)) == versions


def test_a_skill_that_is_made_in_the_same_up_is_an_addition() -> None:
    """Its id is not known yet; that an agent gets it is."""
    record = following("agents/a", ("skills/extra", PENDING))
    assert ("skills.skills/extra", "added", "edit") in rows_of(record)
    widened = stage_review("dev", [EngineStep("update", "agent", "agents/a")], Plans((record,))).capability
    assert [one.text for one in widened] == ["gets the skill skills/extra"]


def test_who_only_follows_a_new_version_stands_in_one_line() -> None:
    """Twenty agents that take a new skill are one fact, not twenty."""
    followers = [following(f"agents/{number:02}") for number in range(20)]
    other = following("agents/other", system="Edited as well.")
    skill = planned("skill", "skills/pr-summary", SKILL, {**SKILL, "digest": "x"}, versions=("skver_1", "skver_1"))
    records = (*followers, other, skill)
    review = stage_review("dev", [EngineStep("update", one.kind, one.name) for one in records], Plans(records))
    (fan_out,) = review.fan_out
    assert (fan_out.kind, fan_out.name, fan_out.reach) == ("skill", "skills/pr-summary", "21 agents")
    assert [one.name for one in review.resources if not one.only_follows] == ["agents/other", "skills/pr-summary"]


def test_a_skill_reaches_rosters_and_deployments_through_agents() -> None:
    """What moves is reported with everybody downstream, in one line over all the steps between."""
    member = following("agents/member")
    pinned = {"type": "agent", "id": "agent_1", "version": 1}
    roster = {**AGENT, "multiagent": {"type": "coordinator", "agents": [pinned]}}
    later = {**roster, "multiagent": {"type": "coordinator", "agents": [_pinned("agents/member")]}}
    names = {"agent_1": "agents/member"}
    lead = planned(
        "agent", "agents/lead", roster, later, declared=DeclaredInputs(later, frozenset({"multiagent"}), names=names)
    )
    deployed = {"name": "Nightly", "agent": pinned}
    nightly = planned(
        "deployment",
        "deployments/nightly",
        deployed,
        deployed,
        declared=DeclaredInputs({**deployed, "agent": _pinned("agents/member")}, frozenset({"agent"}), names=names),
    )
    skill = planned("skill", "skills/pr-summary", SKILL, {**SKILL, "digest": "x"}, versions=("skver_1", "skver_1"))
    records = (member, lead, nightly, skill)
    review = stage_review("dev", [EngineStep("update", one.kind, one.name) for one in records], Plans(records))
    assert [(one.name, one.reach) for one in review.fan_out] == [
        ("skills/pr-summary", "1 agent, 1 coordinator, 1 deployment")
    ]
    message = phrases.fan_out(review.fan_out[0])
    assert message.startswith("a new version of skill skills/pr-summary reaches 1 agent, 1 coordinator, 1 deployment: ")


def _pinned(name: str) -> Body:
    """A reference whose version is not known before the up."""
    return {"type": "agent", "id": name, "version": PENDING}


@pytest.mark.parametrize(
    ("kind", "setting", "note"),
    [
        pytest.param("agent", "archive", "archived for ever", id="agent"),
        pytest.param(
            "environment",
            "archive",
            "deleted, or archived for ever instead if sessions refer to it",
            id="environment",
        ),
        pytest.param("agent", "retain", "no longer managed; it is left alone (onRemoval: retain)", id="retained"),
    ],
)
def test_a_removal_says_what_becomes_of_the_object(kind: str, setting: str, note: str) -> None:
    """The engine's steps know deletions; what they mean depends on kind and configuration."""
    review = stage_review("dev", [EngineStep("delete", kind, "x", "3")], Plans(), on_removal=setting)
    assert [(one.decision, notes(one)) for one in review.resources] == [("delete", (note,))]


def test_a_stopped_preview_still_tells_what_was_decided() -> None:
    """The engine ends at a conflict; what the provider had decided until then is not lost."""
    conflict = planned("agent", "a", AGENT, {**AGENT, "system": "x"}, live={**AGENT, "system": "y"}, versions=(7, 8))
    update = planned("agent", "b", AGENT, {**AGENT, "system": "x"})
    unseen = new("agent", "c", AGENT)
    review = stage_review("prod", [], Plans((conflict, update, unseen)), ending="conflict", errors=notes(conflict))
    assert [(one.decision, one.name) for one in review.resources] == [
        ("conflict", "a"),
        ("update", "b"),
        ("create", "c"),
    ]


def test_a_refused_drift_shows_its_fields() -> None:
    """Where drift is refused the reviewer must see what it is."""
    rules = Policy(on_drift="fail")
    record = planned("agent", "a", AGENT, AGENT, live={**AGENT, "system": "y"}, versions=(7, 8), rules=rules)
    assert [(one.decision, one.changes[0].cause, one.changes[0].live) for one in [record]] == [
        ("refused", "drift", "y")
    ]


def test_a_secret_field_is_named_and_not_kept() -> None:
    """Neither the value before nor the value after reaches a record."""
    before, after = ({**AGENT, "system": f"canary-{side}"} for side in ("before", "after"))
    live = {**before, "system": "canary-live"}
    record = planned("agent", "a", before, after, live=live, hidden=frozenset({"system"}), rules=ACCEPTING)
    assert "canary" not in json.dumps(asdict(record))
    assert record.hidden == ("system",)
    assert [change.path for change in record.changes] == [("system",)]


ACCEPTING = Policy(accepted=frozenset({"a@7"}))


def test_the_tests_that_run_are_counted_with_what_they_cost() -> None:
    """Their sum is what an up may spend."""
    due = (DueTest("a", "agents/x", "new", 0.25), DueTest("b", "agents/x", "failed last time", 0.5))
    review = stage_review("dev", [], Plans((), TestsRecord(due, 5, 1.0)))
    assert (len(review.tests.due), review.tests.total, review.tests.most_usd) == (2, 5, 0.75)


def test_what_tests_said_last_stands_beside_what_will_run() -> None:
    """Failed ones with their reason, passed ones in a row; a stage that stays as it is needs neither."""
    failed = LastResult("b", "agents/x", passed=False, at="2026-01-03T04:05:06+00:00", failure="step 1: no\n" * 40)
    passed = [LastResult(name, "agents/x", True, "2026-01-02T03:04:05+00:00", 0.01) for name in ("a", "c")]
    record = TestsRecord((DueTest("b", "agents/x", "failed last time", 0.5),), 3, standing=(failed, *passed))
    results = phrases.last_results(stage_review("dev", [], Plans((), record)))
    assert results[0].startswith("failed 2026-01-03 04:05 UTC: b: step 1: no")
    assert len(results[0]) < 250
    assert results[1:] == ["passed 2026-01-02 03:04 UTC: a, c ($0.02)"]
    assert phrases.last_results(stage_review("dev", [], Plans((), replace(record, due=())))) == []


def test_a_version_that_is_held_back_is_reported_in_every_form(tmp_path: Path) -> None:
    """Who reviews the next change learns that the last one does not serve, and why, whatever they read."""
    held = Serving("agents/x", 3, 5, "red", ("answers",), "2026-01-02T03:04:05+00:00")
    save(TestsRecord(total=1, held=(held,)), tmp_path)
    review = Review((stage_review("dev", [], collect(tmp_path)),))
    assert review.stages[0].tests.held == (held,)
    reason = "agents/x serves 3, newest 5: held back by smoke test answers"
    assert reason in str(text(review, 80))
    assert reason in markdown(review)
    written = json.loads(as_json(review))
    assert written["stages"][0]["tests"]["held"][0]["by"] == ["answers"]
    assert list(Draft202012Validator(report_schema("review")).iter_errors(written)) == []


def test_json_keeps_the_schema_that_is_committed(tmp_path: Path) -> None:
    """Programs that read a review can rely on its form; `managed-agents schema` writes it."""
    schema = report_schema("review")
    for file in write_schemas(tmp_path, schemas()):
        assert file.read_text("utf-8") == (SCHEMAS / file.name).read_text("utf-8")
    Draft202012Validator.check_schema(schema)
    records = (following("agents/a"), new("agent", "agents/b", AGENT))
    turns = [
        EngineStep("update", "agent", "agents/a"),
        EngineStep("create", "agent", "agents/b"),
        EngineStep("delete", "agent", "c", "3"),
    ]
    review = Review((stage_review("dev", turns, Plans(records, TestsRecord((DueTest("t", "a", "new", 0.1),), 1))),))
    assert list(Draft202012Validator(schema).iter_errors(json.loads(as_json(review)))) == []


def test_the_builder_of_these_tests_is_no_fiction() -> None:
    """A body held against the live object it became shows no change."""
    assert planned("agent", "a", AGENT, AGENT).changes == ()
    assert FACTS["agent"].effective(live_of(AGENT, 1), AGENT, "x_1")["model"]["id"] == AGENT["model"]
