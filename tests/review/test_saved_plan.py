"""Saved plans: what is written is what is read, and whatever differs from a fresh plan is named."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.reconcile.fingerprint import slow_digest
from pulumi_managed_agents.review.json import as_tree
from pulumi_managed_agents.review.plan_files import DueTest, Plans, TestsRecord
from pulumi_managed_agents.review.plan_moves import moved_live, moves, was_applied
from pulumi_managed_agents.review.review import EngineStep, stage_review
from pulumi_managed_agents.review.saved_plan import Surroundings, age, read, saved_plan, with_digest
from tests.review.plans import new, planned, vanished
from tests.review.report_schema import report_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.review.saved_plan import Tree

AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
AGENT = {"name": "Triage", "model": "claude-haiku-5-5", "system": "Sort the mail."}
BOX = {"name": "box", "config": {"type": "cloud"}}
FILES = {"stacks/dev/agents/a.md": "sha256:1", "stacks/dev.values.yaml": "sha256:2"}
TEST = DueTest("greets", "agents/a", "its agent or environment changes", 0.5)
SURROUNDINGS = Surroundings(
    engine="the Pulumi CLI",
    workspace="wrkspc_1",
    api="https://api.example.com",
    settings={"onDrift": "heal"},
    sealed={"managed-agents:secrets": "#1", "managed-agents:apiKey": "#2"},
    salt="5a",
)
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:one"}
BUCKET = "urn:pulumi:dev::mine::aws:s3/bucket:Bucket::logs"
ENGINE_PLAN: dict[str, Any] = {
    "manifest": {"time": "2026-11-28T12:00:00Z"},
    "config": {"aws:region": "eu-west-1", "aws:secretKey": {"secure": "v1:one"}, "managed-agents:onDrift": "heal"},
    "resourcePlans": {
        BUCKET: {
            "steps": ["update"],
            "seed": "one",
            "goal": {
                "inputDiff": {"adds": {"password": SECRET, "size": 3}},
                "dependencies": ["a", "b"],
                "propertyDependencies": {"size": ["a", "b"]},
            },
        },
        "urn:pulumi:dev::mine::pulumi-python:dynamic/managedagents:Release::release": {"steps": ["update"]},
    },
}


def edited(**fields: Any) -> Plan:
    """The plan of the agent whose prompt was edited."""
    return planned("agent", "agents/a", AGENT, {**AGENT, "system": "Sort it.", **fields})


def unchanged(kind: str, name: str, body: dict[str, Any], **facts: Any) -> Plan:
    """The plan of a resource that stays as it is."""
    return replace(planned(kind, name, body, body), live_version="", **facts)


def saved(*plans: Plan, rests_on: Surroundings = SURROUNDINGS, due: tuple[DueTest, ...] = (TEST,), **more: Any) -> Tree:
    """A stage's plan as it is written and read back."""
    resources = plans or (edited(), unchanged("environment", "environments/box", BOX, live_at="2026-11-01T00:00:00Z"))
    steps = [EngineStep(one.decision, one.kind, one.name, one.recorded_version) for one in resources]
    removed = [EngineStep("delete", "agent", "agents/old", "3")]
    secrets = {"auth.token of credential vaults/v/x": "#3"}
    plan = Plans(resources, TestsRecord(due, 1), files=FILES, secrets=secrets)
    review = stage_review("dev", [*steps, *removed], plan, **more)
    whole = saved_plan("mine", review, plan, rests_on, made_by="1.2.3", at=AT, engine_plan=copy.deepcopy(ENGINE_PLAN))
    written = json.dumps(with_digest(json.loads(json.dumps(as_tree(whole)))))
    return read(written.encode(), "plan.json")


def test_what_is_written_keeps_the_schema_and_is_read_as_it_was() -> None:
    """The form is promised to programs; what is gone for ever and the gate's word are in it."""
    plan = saved(rests_on=replace(SURROUNDINGS, settings={"verifiedIn": "staging"}))
    schema = report_schema("plan")
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(plan)) == []
    assert plan["gate"] == "passed (managed-agents:verifiedIn is 'staging')"
    assert plan["gone_for_ever"] == ["agent agents/old: archived for ever"]
    assert moves(plan, plan) == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda text: text[: len(text) // 2], "only a part of one", id="truncated"),
        pytest.param(lambda _: "", "only a part of one", id="empty"),
        pytest.param(lambda _: "[" * 100_000, "only a part of one", id="nested too deeply"),
        pytest.param(lambda _: "\xff\xfe", "only a part of one", id="no text"),
        pytest.param(lambda _: "[1]", "plan.json: no saved plan", id="a list"),
        pytest.param(lambda _: '{"version": 3, "deployment": {}}', "plan.json: no saved plan", id="a state"),
        pytest.param(
            lambda text: text.replace('"schema_version": 1', '"schema_version": 2'),
            "in the form of managed-agents 1.2.3, which this version cannot read",
            id="of a later version",
        ),
        pytest.param(lambda text: text.replace("Sort it.", "Sell it."), "was changed after it had been", id="edited"),
        pytest.param(lambda text: forged(text, seen=[{"kind": 1}]), "not in the form of a saved plan", id="forged"),
        pytest.param(lambda text: forged(text, saved_at="soon"), "not in the form of a saved plan", id="no time"),
        pytest.param(
            lambda text: forged(text, rests_on={**json.loads(text)["rests_on"], "api": "http://["}),
            "not in the form of a saved plan",
            id="no address",
        ),
    ],
)
def test_what_is_no_whole_plan_is_bad_input_in_one_line(change: Callable[[str], str], message: str) -> None:
    """A damaged, foreign or later file is never compared, and the message says how to get a good one."""
    content = change(json.dumps(saved())).encode("latin-1")
    with pytest.raises(InputError, match=message) as caught:
        read(content, "plan.json")
    assert "\n" not in str(caught.value)
    assert "preview STAGE --save-plan FILE" in str(caught.value)


def forged(text: str, **fields: Any) -> str:
    """A plan with other fields and the right digest."""
    return json.dumps(with_digest({**json.loads(text), **fields}))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every leaf."""
    if isinstance(value, (dict, list)):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, entry in entries for leaf in leaves(entry, (*path, key))]
    return [path]


def with_leaf(tree: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    """A copy with another leaf at a path."""
    changed = copy.deepcopy(tree)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = leaf
    return changed


@given(st.data())
def test_no_leaf_of_a_file_can_be_changed_unnoticed(data: st.DataObject) -> None:
    """A reviewer can trust that what is applied is what the file said when it was written."""
    plan = saved()
    path = data.draw(st.sampled_from(leaves(plan)))
    with pytest.raises(InputError):
        read(json.dumps(with_leaf(plan, path, {"other": True})).encode(), "plan.json")


NOT_COMPARED = frozenset(
    {"saved_at", "made_by", "digest", "gate", "format", "schema_version", "salt", "project", "stage"}
)
TOLD_BY_OTHERS = frozenset(
    {
        "capability",
        "fan_out",
        "gone",
        "gone_for_ever",
        "wholesale",
        "compared",
        "unchanged",
        "complete",
        "standing",
        "coverage",
        "proof",
        "moves",
    }
)
"""What follows from plans that are compared, is about earlier runs, or is never saved (`compared`)."""


def decides(path: tuple[Any, ...]) -> bool:
    """Whether a leaf says what an up would do, or what that rests on."""
    words = [*path, ""]
    if path[0] == "engine_plan":
        foreign = "config" in path and "managed-agents:onDrift" not in path
        return foreign or ("resourcePlans" in path and "seed" not in path and "ciphertext" not in path)
    if {*path} & TOLD_BY_OTHERS or path[0] in NOT_COMPARED or path[-1] == "salt":
        return False
    if words[0:2] == ["review", "tests"]:
        return path[-1] == "cap_usd" or ("due" in path and path[-1] in {"name", "most_usd"})
    return path[-1] not in {"live_at", "at"} and path[:2] != ("review", "errors") and path[:2] != ("review", "stage")


@given(st.data())
def test_whatever_decides_what_an_up_does_is_named_when_it_moves(data: st.DataObject) -> None:
    """No leaf of the plan of an up is passed over: each one that differs makes a line."""
    plan = saved()
    path = data.draw(st.sampled_from([one for one in leaves(plan) if decides(one)]))
    old: Any = plan
    for step in path:
        old = old[step]
    other: Any = old + 1 if isinstance(old, (int, float)) and not isinstance(old, bool) else f"{old}x"
    if path[-1] == "api":
        other = "https://other.example.com"
    assert moves(plan, with_leaf(plan, path, other)) != ()


def surrounded(**fields: Any) -> Tree:
    return saved(rests_on=replace(SURROUNDINGS, **fields))


def other_files(**files: str) -> Tree:
    return {**saved(), "files": files}


def other_engine_plan(change: Callable[[dict[str, Any]], Any], **fields: Any) -> Tree:
    """The plan with another engine's plan for the bucket."""
    plan = saved()
    change(plan["engine_plan"]["resourcePlans"])
    return {**plan, **fields}


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        pytest.param(
            surrounded(engine="the trial engine"),
            ["it was made with the Pulumi CLI, and this is the trial engine"],
            id="engine",
        ),
        pytest.param(surrounded(workspace="w2"), ["the workspace is w2, not wrkspc_1"], id="workspace"),
        pytest.param(
            surrounded(workspace="\x1b[2J"),
            ["the workspace is \\u001b[2J, not wrkspc_1"],
            id="what would move a terminal's cursor",
        ),
        pytest.param(
            surrounded(api="http://127.0.0.1:1"),
            ["the API is at 127.0.0.1:1, not at api.example.com"],
            id="address",
        ),
        pytest.param(
            surrounded(settings={"onDrift": "fail", "minAge": "2d"}),
            ["managed-agents:minAge is 2d, which was not set", "managed-agents:onDrift is fail, not heal"],
            id="settings",
        ),
        pytest.param(
            surrounded(settings={}), ["managed-agents:onDrift is no longer set, it was heal"], id="setting gone"
        ),
        pytest.param(
            surrounded(sealed={"managed-agents:secrets": "#9", "managed-agents:authToken": "#3"}),
            [
                "managed-agents:apiKey is no longer set",
                "managed-agents:authToken is set now",
                "managed-agents:secrets was set to another value",
            ],
            id="encrypted settings",
        ),
        pytest.param(
            {**saved(), "secrets": {"auth.token of credential vaults/v/x": "#4"}},
            ["auth.token of credential vaults/v/x is another secret"],
            id="a resource's secret",
        ),
        pytest.param(
            {**saved(), "files": {"stacks/dev/agents/a.md": "sha256:9", "stacks/dev/agents/b.md": "sha256:3"}},
            [
                "stacks/dev.values.yaml was removed",
                "stacks/dev/agents/a.md was changed",
                "stacks/dev/agents/b.md is new",
            ],
            id="files",
        ),
        pytest.param(
            saved(edited(), unchanged("environment", "environments/box", BOX, live_at="2026-11-20T10:00:00Z")),
            ["environment environments/box was changed outside Pulumi (2026-11-20 10:00:00 UTC)"],
            id="time of an object without versions",
        ),
        pytest.param(
            saved(
                planned("agent", "agents/a", AGENT, {**AGENT, "system": "Sort it."}, versions=(7, 8)),
                unchanged("environment", "environments/box", BOX, live_at="2026-11-01T00:00:00Z"),
            ),
            ["agent agents/a is live at v8, not at v7"],
            id="live version",
        ),
        pytest.param(
            saved(
                edited(description="New."),
                unchanged("environment", "environments/box", BOX, live_at="2026-11-01T00:00:00Z"),
            ),
            ["agent agents/a differs from the plan in description"],
            id="another field",
        ),
        pytest.param(
            saved(
                vanished("agent", "agents/a", AGENT),
                unchanged("environment", "environments/box", BOX, live_at="2026-11-01T00:00:00Z"),
            ),
            ["agent agents/a is to be replaced; in the plan it is to be updated"],
            id="vanished",
        ),
        pytest.param(
            saved(
                edited(),
                unchanged("environment", "environments/box", BOX, live_at="2026-11-01T00:00:00Z"),
                new("agent", "agents/b", AGENT),
            ),
            ["agent agents/b is to be made, and is not in the plan"],
            id="new",
        ),
        pytest.param(
            saved(due=(replace(TEST, most_usd=2.0), replace(TEST, name="sorts", reason="new"))),
            ["smoke test greets may cost $2.00, not $0.50", "smoke test sorts is due: new"],
            id="tests",
        ),
        pytest.param(saved(due=()), ["smoke test greets is not due any more"], id="test not due"),
        pytest.param(
            saved(ending="conflict", errors=["agents/a was changed\non both sides"]),
            ["an up would stop now: agents/a was changed on both sides"],
            id="an up would stop",
        ),
        pytest.param(
            other_engine_plan(lambda plans: plans[BUCKET].update(steps=["create-replacement", "delete-replaced"])),
            ["aws:s3/bucket:Bucket logs in Pulumi's own plan: create-replacement, delete-replaced, not update"],
            id="the engine's steps",
        ),
        pytest.param(
            {
                **saved(),
                "engine_plan": {**ENGINE_PLAN, "config": {"aws:region": "eu-west-2", "aws:profile": "x"}},
            },
            ["aws:profile is set now", "aws:region was set to another value", "aws:secretKey is no longer set"],
            id="settings of other packages",
        ),
        pytest.param(
            other_engine_plan(lambda plans: plans.pop(BUCKET)),
            ["aws:s3/bucket:Bucket logs in Pulumi's own plan: nothing, not update"],
            id="no longer in the engine's plan",
        ),
        pytest.param(
            other_engine_plan(lambda plans: plans[BUCKET]["goal"].update(inputDiff={})),
            ["aws:s3/bucket:Bucket logs in Pulumi's own plan: update with other values or options"],
            id="the engine's values",
        ),
    ],
)
def test_everything_that_moved_is_named(now: Tree, lines: list[str]) -> None:
    """A refusal says what to look at, one line each, and nothing twice."""
    assert [line for line in moves(saved(), now) if "Release" not in line] == lines


def test_what_differs_each_time_is_no_move() -> None:
    """Random seeds, ciphers, the order of dependencies and an emulator's port are another in every preview."""
    before = surrounded(api="http://127.0.0.1:1")
    now = surrounded(api="http://localhost:2")
    now["saved_at"], now["made_by"] = "2027-01-01T00:00:00+00:00", "9.9"
    now["engine_plan"]["manifest"]["time"] = "later"
    bucket = now["engine_plan"]["resourcePlans"][BUCKET]
    bucket["seed"] = "two"
    bucket["goal"]["dependencies"] = ["b", "a"]
    bucket["goal"]["propertyDependencies"] = {"size": ["b", "a"]}
    bucket["goal"]["inputDiff"]["adds"]["password"] = {**SECRET, "ciphertext": "v1:two"}
    assert moves(before, now) == ()


def test_our_own_bookkeeping_is_not_named_beside_what_moved_it() -> None:
    """The release follows every change; alone it is named, as it then moved for a reason of its own."""
    release = next(urn for urn in ENGINE_PLAN["resourcePlans"] if urn.endswith("release"))
    alone = other_engine_plan(lambda plans: plans[release].update(steps=["same"]))
    follows = other_engine_plan(lambda plans: plans[release].update(steps=["same"]), files={})
    assert len(moves(saved(), alone)) == 1
    assert not any("Release" in line for line in moves(saved(), follows))


def test_a_plan_that_was_applied_is_known_by_what_is_left_to_do() -> None:
    """Where nothing of it is left and nothing else moved, it was applied; where some is left, that is named."""
    done = (unchanged("agent", "agents/a", {**AGENT, "system": "Sort it."}), unchanged("environment", "b", BOX))
    after = saved(*done, due=())
    after["review"]["resources"] = []
    assert was_applied(saved(), after)
    assert not was_applied(after, after)
    assert not was_applied(saved(), saved())
    assert not was_applied(saved(), {**after, "files": {}})
    assert not was_applied(saved(), {**after, "rests_on": {**after["rests_on"], "workspace": "w2"}})
    assert not was_applied(saved(), {**after, "review": {**after["review"], "ending": "conflict"}})
    tests_alone = {**after, "review": {**after["review"], "tests": saved()["review"]["tests"]}}
    assert was_applied(tests_alone, after)
    assert not was_applied(tests_alone, tests_alone)


def test_between_check_and_write_a_live_object_may_not_move() -> None:
    """The version that was reviewed is the one that is written to; drift that is new stops as well."""
    same = edited()
    assert moved_live(same, same) == ""
    newer = planned("agent", "agents/a", AGENT, {**AGENT, "system": "Sort it."}, versions=(7, 8))
    assert moved_live(same, newer) == "agent 'agents/a' was changed outside Pulumi (v7 → v8)"
    drifted = planned("environment", "b", BOX, BOX, live={**BOX, "description": "By hand"})
    assert moved_live(unchanged("environment", "b", BOX), vanished("environment", "b", BOX))
    assert moved_live(drifted, drifted) == ""


def test_a_secret_is_known_by_a_fingerprint_with_a_salt() -> None:
    """Two plans tell nothing of each other's secrets, and none tells the secret."""
    assert slow_digest("s3cret", "a") == slow_digest("s3cret", "a")
    assert len({slow_digest("s3cret", "a"), slow_digest("s3cret", "b"), slow_digest("other", "a")}) == 3
    assert "s3cret" not in slow_digest("s3cret", "a")


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        pytest.param(timedelta(seconds=59), "less than a minute ago", id="now"),
        pytest.param(timedelta(seconds=-5), "less than a minute ago", id="another clock"),
        pytest.param(timedelta(minutes=1), "1 minute ago", id="minute"),
        pytest.param(timedelta(hours=2, minutes=59), "2 hours ago", id="hours"),
        pytest.param(timedelta(days=40), "40 days ago", id="days"),
    ],
)
def test_a_plan_has_no_expiry_but_an_age(passed: timedelta, words: str) -> None:
    """How old a plan is stands beside it; only what moved makes it void."""
    assert age(saved()["saved_at"], AT + passed) == words
