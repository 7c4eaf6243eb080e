"""The status of stages: what serves, proven by what, held back, changed outside, ahead or behind, and what to type."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pulumi_managed_agents.release.receipt import Receipt
from pulumi_managed_agents.release.rollback import Released
from pulumi_managed_agents.review.drift import StageDrift, stage_drift
from pulumi_managed_agents.review.json import as_json, schemas
from pulumi_managed_agents.review.markdown import STATUS_MARKER, status_markdown
from pulumi_managed_agents.review.plan_files import Plans
from pulumi_managed_agents.review.stage_state import RecordedResource, StageState
from pulumi_managed_agents.review.status import (
    RootStatus,
    StageStatus,
    StatusReport,
    stage_status,
)
from pulumi_managed_agents.review.status_advice import with_advice
from pulumi_managed_agents.review.status_text import status_text
from tests.review.plans import planned, vanished
from tests.review.report_schema import report_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.reconcile.plan import Plan

Record = dict[str, Any]
EARLY, LATE = "2026-05-01T12:00:00+00:00", "2026-05-02T12:00:00+00:00"
A, NIGHTLY = "agents/a", "deployments/nightly"
AGENT = {"name": "A", "model": "claude-haiku-5-5", "system": "Sort."}
BY_HAND = {**AGENT, "system": "BY HAND"}


def receipt(version: int, since: str = EARLY, root: str = A, **changes: Any) -> Receipt:
    """A receipt for a version of agent a, whose content is called by that version."""
    made = Receipt(root, f"content-{version}", "shop", "dev", {"answers": "0" * 64}, cost_usd=0.02)
    return replace(made, versions={A: {"id": "agent_a", "version": version}}, finished_at=since, since=since, **changes)


def state(stage: str = "prod", **changes: Any) -> StageState:
    """A stage whose agent serves its version 3, which is proven; a deployment runs it."""
    fields: Record = {
        "serves": 3,
        "newest": 3,
        "receipts": (receipt(3), receipt(3, root=NIGHTLY)),
        "content": "content-3",
        "tests": {"answers": {"agent": A}},
        "results": {"answers": {"passed": True, "finished_at": EARLY, "cost_usd": 0.02}},
        "runs": None,
        "rolled_back": {},
        **changes,
    }
    pin = {"id": "agent_a", "version": fields["serves"]}
    pins = {A: pin} if fields["serves"] else {}
    runs = fields["runs"] or fields["serves"]
    return StageState(
        stage,
        (
            RecordedResource("agent", A, "agent_a", "stacks/prod/agents/a.md", fields["newest"]),
            RecordedResource("deployment", NIGHTLY, "depl_a", agent=A, agent_version=runs),
            RecordedResource("environment", "environments/box", "env_a"),
        ),
        "wrkspc_a",
        Released(pins, {A: fields["newest"]}, fields["receipts"]),
        {
            "agents": {A: {"id": "agent_a", "version": fields["newest"]}},
            "tests": fields["tests"],
            "results": fields["results"],
            "pins": pins,
            "rolled_back": fields["rolled_back"],
            "served": {A: [{**pin, "since": LATE, "commit": ""}]},
        },
        {A: fields["content"], NIGHTLY: fields["content"]},
    )


RED = {"answers": {"passed": False, "finished_at": LATE, "cost_usd": 0.03, "failures": ["step 1: no 'yes'"]}}
HELD: Record = {"newest": 5, "content": "content-5", "results": RED}
BACK: Record = {
    "newest": 5,
    "content": "content-5",
    "rolled_back": {A: {"from": 5, "to": 3}},
    "receipts": (receipt(5, LATE), receipt(3)),
}
NEWER: Record = {"serves": 5, "newest": 5, "content": "content-5", "receipts": (receipt(5, LATE), receipt(3))}


def advised(status: StageStatus) -> StageStatus:
    return with_advice(status, "managed-agents {}".format)


def agent_of(status: StageStatus) -> RootStatus:
    return next(root for root in status.roots if root.name == A)


def drift_of(*plans: Plan) -> StageDrift:
    return stage_drift("prod", Plans(plans))


def changed(name: str = A, live: Record = BY_HAND) -> Plan:
    return planned("agent", name, AGENT, AGENT, live=live, versions=(3, 4))


@pytest.mark.parametrize(
    ("recorded", "verdict", "shown", "message"),
    [
        pytest.param(state(), "proven", "3       2026-05-02 12:00  answers, $0.02", "", id="proven"),
        pytest.param(
            state(tests={}, results={}, receipts=()),
            "none",
            "3       2026-05-02 12:00  no smoke test",
            "",
            id="no tests",
        ),
        pytest.param(state(receipts=()), "none", "3       2026-05-02 12:00  no receipt", "", id="no receipt"),
        pytest.param(
            state(receipts=(receipt(3, edited=True),)),
            "edited",
            "3       2026-05-02 12:00  nothing",
            "its receipt was edited after it was made",
            id="edited receipt",
        ),
        pytest.param(
            state(receipts=(receipt(3, failed=("answers",), reason="answers: no"),), results=RED),
            "failed",
            "3       2026-05-02 12:00  FAILED since",
            "what serves has lost its proof: answers: no",
            id="red since it serves",
        ),
        pytest.param(
            state(**HELD),
            "proven",
            "3 of 5  2026-05-02 12:00  answers, $0.02",
            "serves 3, newest 5: held back by smoke test answers\n"
            "smoke test answers failed 2026-05-02 12:00 UTC ($0.03): step 1: no 'yes'",
            id="held back",
        ),
        pytest.param(
            state(**BACK),
            "proven",
            "3 of 5  2026-05-02 12:00  answers, $0.02",
            "serves 3, newest 5: rolled back 2026-05-02 12:00 UTC",
            id="rolled back",
        ),
        pytest.param(
            state(**{**HELD, "serves": None, "receipts": ()}),
            "none",
            "none of 5  -            -",
            "serves nothing, newest 5: held back by smoke test answers",
            id="never proven",
        ),
    ],
)
def test_one_look_tells_what_serves_and_what_proves_it(
    recorded: StageState, verdict: str, shown: str, message: str
) -> None:
    """Version, since when, by which test and for how much; and what is wrong, right below it."""
    status = stage_status(recorded)
    assert agent_of(status).proof.verdict == verdict
    lines = [str(line) for line in status_text(StatusReport((status,)), 80)]
    assert any(" ".join(line.split()) == " ".join(f"{A} {shown}".split()) for line in lines)
    rendered_text = "\n".join(line.strip() for line in lines)
    assert all(line in rendered_text for line in message.splitlines())


def test_what_was_never_deployed_has_a_row_that_says_so() -> None:
    """Nothing is made up about it, and what to type is said."""
    status = advised(stage_status(StageState("prod"), before=state("staging")))
    assert (status.condition, status.roots, status.missing) == ("never deployed", (), (A, NIGHTLY))
    assert [step.command for step in status.next] == [
        "managed-agents promote staging prod",
        "managed-agents up prod",
    ]
    shown = str(status_text(StatusReport((status, stage_status(state("staging")))), 80))
    assert "Nothing was ever deployed." in shown
    cells = [line.split() for line in shown.splitlines()[:3]]
    assert cells == [["prod", "staging"], [A, "-", "3"], [NIGHTLY, "-", "3"]]


@pytest.mark.parametrize(
    ("here", "there", "content"),
    [
        pytest.param(state(), state("staging"), "equal", id="equal"),
        pytest.param(state(), state("staging", **NEWER), "behind", id="the stage before went on"),
        pytest.param(state(**NEWER), state("staging"), "ahead", id="this stage went on"),
        pytest.param(
            state(serves=7, newest=7, content="content-7", receipts=(receipt(7),)),
            state("staging"),
            "differs",
            id="neither has proved the other's",
        ),
        pytest.param(state(), state("staging", **HELD), "equal", id="what is held back does not count"),
        pytest.param(state(), state("staging", **BACK), "equal", id="nor what was rolled back"),
        pytest.param(state(**NEWER), state("staging", **BACK), "ahead", id="the stage before went back"),
        pytest.param(state(**BACK), state("staging", **NEWER), "behind", id="this stage went back"),
        pytest.param(state(receipts=(), newest=5, results=RED), state("staging"), "", id="not known"),
    ],
)
def test_content_is_held_against_that_of_the_stage_before(here: StageState, there: StageState, content: str) -> None:
    """By the digest of what serves on either, and by what each of them has proved."""
    assert agent_of(stage_status(here, before=there)).content == content


def test_what_only_one_of_two_stages_has_is_named() -> None:
    """A new agent that waits for its promotion is as much a difference as an edited one."""
    bare = replace(state("staging"), resources=(), released=Released(), tests={})
    assert {root.content for root in stage_status(state(), before=bare).roots} == {"only here"}
    assert stage_status(replace(state(), resources=()), before=state("staging")).missing == (A, NIGHTLY)


@pytest.mark.parametrize(
    ("plan", "how", "message"),
    [
        pytest.param(changed(), "changed", "changed outside Pulumi (live version 4)", id="changed"),
        pytest.param(vanished("agent", A, AGENT), "archived", "archived outside Pulumi", id="archived"),
        pytest.param(
            planned("agent", A, AGENT, {**AGENT, "system": "Sort well."}, live=BY_HAND, versions=(3, 4)),
            "conflict",
            "changed outside Pulumi, and in its file to something else (live version 4)",
            id="conflict",
        ),
    ],
)
def test_what_somebody_else_did_stands_at_the_agent(plan: Plan, how: str, message: str) -> None:
    """In a word in the board and the JSON, in a line below the agent; details are those of `drift`."""
    status = advised(stage_status(state(), drift_of(plan), 0))
    assert agent_of(status).outside == how
    report = StatusReport((status, stage_status(state("staging"))))
    shown = " ".join(str(status_text(report, 80)).split())
    assert message in shown
    assert f"{A} 3 {how} outside 3" in shown
    assert [step.command for step in status.next] == ["managed-agents drift prod"]
    assert report.is_drifted


def test_a_live_version_that_nobody_here_made_is_reported() -> None:
    """Also where it differs in no field that is compared."""
    quiet = StatusReport((stage_status(state(), drift_of(), live_versions={A: "3"}),))
    assert "is live" not in str(status_text(quiet, 80)).replace("what is live", "")
    later = StatusReport((stage_status(state(), drift_of(), live_versions={A: "4"}),))
    assert "version 4 is live, later than the last applied" in str(status_text(later, 80))


def test_other_resources_are_counted_and_named_only_where_somebody_changed_them() -> None:
    """An environment has no version to look at, but what was done to it takes effect at once."""
    box = planned(
        "environment", "environments/box", {"name": "box"}, {"name": "box"}, live={"name": "theirs"}, versions=(1, 2)
    )
    quiet = str(status_text(StatusReport((stage_status(state(), drift_of()),)), 80))
    assert "Also 1 environment." in quiet
    assert "environments/box" not in quiet
    shown = str(status_text(StatusReport((stage_status(state(), drift_of(box)),)), 80))
    assert "environment environments/box: changed outside Pulumi" in shown
    assert "Compared with what is live: 1 of 1 object changed outside." in shown


def test_what_lost_its_proof_comes_before_all_else() -> None:
    """The way back is the first thing to type; of a version that is only new it is the last."""
    lost = {**NEWER, "receipts": (receipt(5, LATE, failed=("answers",), reason="no"), receipt(3)), "results": RED}
    first, *_ = advised(stage_status(state(**lost), drift_of(changed()), 1)).next
    assert first.command == "managed-agents rollback prod --pins"
    *_, last = advised(stage_status(state(**NEWER), drift_of(changed()), 1)).next
    assert last.command == "managed-agents rollback prod --pins"


@pytest.mark.parametrize(
    ("status", "commands"),
    [
        pytest.param(stage_status(state()), [], id="all is well"),
        pytest.param(stage_status(state(**NEWER)), ["rollback prod --pins"], id="there is a way back"),
        pytest.param(stage_status(state(**HELD)), ["up prod"], id="red"),
        pytest.param(stage_status(state(**BACK)), [f"rollback prod --only {A} --only {NIGHTLY}"], id="rolled back"),
        pytest.param(stage_status(state(), drift_of(), 2), ["preview prod"], id="edited"),
        pytest.param(stage_status(state(), before=state("staging", **NEWER)), ["promote staging prod"], id="behind"),
        pytest.param(
            stage_status(state(), drift_of(), 1, before=state("staging", **NEWER)), ["preview prod"], id="promoted"
        ),
        pytest.param(
            stage_status(replace(state(**NEWER), released=Released({}, {A: 5}, NEWER["receipts"]))),
            [],
            id="nothing serves by the release",
        ),
        pytest.param(
            stage_status(state(serves=7, newest=7, content="content-7", receipts=(receipt(7),)), before=state("test")),
            ["compare test prod"],
            id="differs",
        ),
        pytest.param(StageStatus("prod", "not known"), [], id="not known"),
    ],
)
def test_the_next_command_is_the_one_that_helps(status: StageStatus, commands: list[str]) -> None:
    """At night nobody wants to look it up."""
    assert [step.command.removeprefix("managed-agents ") for step in advised(status).next][: len(commands)] == commands


def test_a_hotfix_is_taken_back_to_where_it_belongs() -> None:
    """What is ahead of the stage before would be lost with the next promotion."""
    proven = (*NEWER["receipts"], receipt(5, LATE, root=NIGHTLY), receipt(3, root=NIGHTLY))
    status = advised(stage_status(state(**{**NEWER, "receipts": proven}), before=state("staging")))
    back = f"managed-agents promote staging prod --backport --only {A} --only {NIGHTLY}"
    assert back in [step.command for step in status.next]


def test_stages_of_the_same_files_have_nothing_to_take_back() -> None:
    """There only proof is handed over, also where the files are newer than what is deployed."""
    dev, prod = (replace(state(name), folder="agents") for name in ("dev", "prod"))
    newer = replace(state("dev", **NEWER), folder="agents")
    behind = advised(stage_status(prod, drift_of(), 1, before=newer))
    assert "managed-agents promote dev prod" in [step.command for step in behind.next]
    ahead = advised(stage_status(replace(newer, stage="prod"), before=dev))
    assert not any("--backport" in step.command for step in ahead.next)


def test_a_deployment_that_its_file_holds_at_a_version_says_so() -> None:
    """It does not follow what the agent serves."""
    status = stage_status(state(**{**NEWER, "runs": 3}))
    nightly = next(root for root in status.roots if root.name == NIGHTLY)
    assert (nightly.serving.serves, nightly.serving.newest, nightly.serving.why) == (3, 5, "file")
    assert "serves 3, newest 5: its file names that version" in str(status_text(StatusReport((status,)), 80))
    held = stage_status(state(**{**NEWER, "runs": 3}), before=state("staging", **{**NEWER, "runs": 3}))
    assert {root.content for root in held.roots} == {"equal"}


def test_a_python_program_shows_the_versions_it_applied() -> None:
    """It itself exports what serves, so nothing is held back and nothing proven."""
    made = replace(state(), tests={}, digests={}, released=Released(applied={A: 3}), has_release=False)
    status = stage_status(made)
    assert (agent_of(status).serving.serves, agent_of(status).proof.verdict, status.released) == (3, "none", False)
    shown = str(status_text(StatusReport((status, status)), 80))
    assert "itself exports what serves" in shown
    cells = {cell.strip() for line in shown.splitlines() for cell in line.split("  ")}
    assert not {"since (UTC)", "not proven"} & cells


def test_what_is_not_known_is_said() -> None:
    """An unreachable API is no reason to show nothing, and no drift is no claim."""
    status = stage_status(state(), unknown=["not compared with what is live: the API did not answer"])
    assert (status.drift, agent_of(status).outside) == (None, "")
    shown = str(status_text(StatusReport((status,)), 80))
    assert "Not compared with what is live: the API did not answer" in shown
    assert not StatusReport((StageStatus("prod", "not known"),)).is_known


REPORT = StatusReport(
    tuple(
        map(
            advised,
            (
                stage_status(state("dev", **HELD), drift_of(changed()), 1),
                stage_status(state("staging", **BACK), before=state("dev", **NEWER)),
                StageStatus("prod", "not known", unknown=("its state cannot be read: no such bucket",)),
                stage_status(StageState("later"), before=state("staging")),
            ),
        )
    )
)


def test_json_keeps_its_schema() -> None:
    """Programs that read a status can rely on its form."""
    written = json.loads(as_json(REPORT))
    assert list(Draft202012Validator(report_schema("status")).iter_errors(written)) == []
    committed = Path(__file__).parents[2] / "schemas/status.schema.json"
    assert json.loads(committed.read_text("utf-8")) == report_schema("status")
    held = next(root for root in written["stages"][0]["roots"] if root["name"] == A)["serving"]
    assert (held["serves"], held["newest"], held["why"], held["by"]) == (3, 5, "red", ["answers"])


def test_markdown_has_a_board_and_a_part_for_each_stage() -> None:
    """A page shows all stages side by side, and nothing in it becomes markup."""
    shown = status_markdown(REPORT)
    assert shown.startswith(STATUS_MARKER)
    assert f"| {A} | 3 changed outside | 3 rolled back | ? | - |" in shown
    assert f"| {A} | 3 of 5 | 2026-05-02 12:00 | answers, \\$0.02 |" in shown
    assert "- Also 1 environment.\n- Compared with what is live: 1 of 1 object changed outside.\n" in shown
    assert "- `managed-agents drift dev` shows what was changed outside, field by field" in shown
    odd = replace(state(), resources=(RecordedResource("agent", A), RecordedResource("skill", "<b>|x", "s")))
    assert "<b>" not in status_markdown(StatusReport((stage_status(odd),)))


def test_schemas_of_reports_describe_every_field_in_whole_sentences() -> None:
    """What a docstring says on several lines is not cut after the first."""
    for schema in schemas().values():
        for definition in (schema, *schema["$defs"].values()):
            described = [field["description"] for field in definition.get("properties", {}).values()]
            assert all(text.endswith(".") for text in described), described


@pytest.mark.parametrize("render", [lambda report: str(status_text(report, 80)), status_markdown])
def test_control_characters_reach_no_terminal(render: Callable[[StatusReport], str]) -> None:
    """Names, failures and errors come from outside."""
    evil = "\x1b[2Jx\u202e"
    results = {"answers": {"passed": False, "failures": [evil], "finished_at": LATE}}
    recorded = replace(state(**{**HELD, "results": results}), workspace=evil)
    assert not {"\x1b", "\u202e"} & set(render(StatusReport((stage_status(recorded, unknown=[evil]),))))


WORD = st.from_regex(r"[a-z][a-z-]{0,14}", fullmatch=True)
PATH = st.lists(WORD, min_size=1, max_size=3).map("/".join)


@given(
    st.lists(st.tuples(PATH, st.integers(1, 20_000), st.integers(0, 5), st.lists(WORD, max_size=4)), max_size=6),
    st.lists(WORD, min_size=1, max_size=5, unique=True),
    st.text("ab \n", max_size=300),
)
def test_lines_fit_a_terminal_of_80_columns(
    agents: list[tuple[str, int, int, list[str]]], stages: list[str], failure: str
) -> None:
    """However many stages and however long their names: nothing is longer, and no word is broken."""
    names = {f"agents/{name}": (version, behind, tests) for name, version, behind, tests in agents}
    applied = {name: version + behind for name, (version, behind, _) in names.items()}
    pins = {name: {"id": name, "version": version} for name, (version, _, _) in names.items()}
    record = {
        "agents": {name: {"id": name, "version": version} for name, version in applied.items()},
        "tests": {f"{name}-{test}": {"agent": name} for name, (_, _, tests) in names.items() for test in tests},
        "results": {
            f"{name}-{test}": {"passed": False, "failures": [failure], "cost_usd": 0.5, "finished_at": LATE}
            for name, (_, _, tests) in names.items()
            for test in tests
        },
    }
    resources = tuple(RecordedResource("agent", name, name) for name in names)
    made = [
        advised(stage_status(StageState(stage, resources, "wrkspc_a", Released(pins, applied), record)))
        for stage in stages
    ]
    lines = str(status_text(StatusReport(tuple(made)), 80)).splitlines()
    assert [line for line in lines if len(line) > 80] == []
    words = {word for line in lines for word in line.split()}
    assert {*names} <= {word.strip(",()") for word in words}
