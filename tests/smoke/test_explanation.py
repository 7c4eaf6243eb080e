from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.smoke.explanation import StageRecord, explanation

AGENT = {"id": "agent_1", "version": 8, "file": "stacks/dev/agents/triage.md"}
TEST = {"agent": "agents/triage", "agent_version": 8}
RED = {"passed": False, "failures": ["step 1: wrong"], "session_id": "sesn_9", "commit": "0123456789abcdef"}
RECEIPT = {
    "subject": [{"name": "agents/triage", "digest": {"sha256": "ab" * 32}}],
    "predicate": {"result": "PASSED", "commit": "fedcba9876543210", "versions": {"x": {"id": "agent_1", "version": 7}}},
}


def explained(version: int, **stage: Any) -> str:
    session = {"id": "sesn_1", "status": "idle", "created_at": "today", "agent": {"id": "agent_1", "version": version}}
    known = {"agents": {"agents/triage": AGENT}, "tests": {"answers": TEST}, "results": {"answers": RED}}
    return "\n".join(
        explanation(session, StageRecord("dev", **{**known, **stage}), "managed-agents {} --emulator".format).lines()
    )


def pinned(version: int) -> dict[str, Any]:
    return {"agents/triage": {"id": "agent_1", "version": version}}


@pytest.mark.parametrize(
    ("version", "stage", "standing"),
    [
        pytest.param(8, {"pins": pinned(8)}, "stage dev: this version serves\n", id="serves"),
        pytest.param(
            7,
            {"pins": pinned(7), "reasons": {"agents/triage": "rolled back"}},
            "this version serves; version 8 is newer: rolled back\n",
            id="behind",
        ),
        pytest.param(8, {"pins": pinned(7)}, "newer than version 7, which serves, never proven here", id="newer"),
        pytest.param(8, {"pins": pinned(7), "proved": {"agent_1": [7, 8]}}, "which serves, once proven", id="back"),
        pytest.param(6, {"pins": pinned(7)}, "older than version 7, which serves, never proven here", id="older"),
        pytest.param(8, {}, "not proven; no version of agents/triage serves yet", id="nothing serves"),
    ],
)
def test_the_version_of_a_session_is_compared_with_the_one_that_serves(version: int, stage: Any, standing: str) -> None:
    """The explanation of a session says whether its version is what others get, too."""
    assert standing in explained(version, **stage)


@pytest.mark.parametrize(
    ("version", "stage", "line"),
    [
        pytest.param(8, {}, "smoke test answers failed (sesn_9, commit 0123456789ab): step 1: wrong", id="tests of it"),
        pytest.param(7, {}, "its smoke tests last ran on another version", id="tests of another version"),
        pytest.param(8, {"tests": {}}, "no smoke test is about this agent", id="no tests"),
        pytest.param(
            7,
            {"receipts": {"agents/triage": [RECEIPT]}},
            "receipt of agents/triage, abababababab: PASSED, commit fedcba987654",
            id="its receipt",
        ),
    ],
)
def test_what_is_known_of_the_version_is_reported(version: int, stage: Any, line: str) -> None:
    """Results, receipts and commits, as far as they are of this very version."""
    assert line in explained(version, **stage)


@pytest.mark.parametrize(
    ("version", "stage", "command"),
    [
        pytest.param(8, {"pins": pinned(7)}, "up dev", id="not proven"),
        pytest.param(6, {"pins": pinned(7)}, "pins dev", id="out of date"),
        pytest.param(7, {"pins": pinned(7)}, "record sesn_1 dev", id="serves"),
        pytest.param(
            7,
            {"pins": pinned(7), "proved": {"agent_1": [6, 7]}},
            "rollback dev --pins --only agents/triage",
            id="serves, and there is one before it",
        ),
    ],
)
def test_the_next_command_is_named(version: int, stage: Any, command: str) -> None:
    """What to do about a session depends on how its version stands; it is typed as the command was that told it."""
    assert f"`managed-agents {command} --emulator`" in explained(version, **stage).splitlines()[-1]


def test_the_last_errors_of_a_session_are_reported_with_their_codes() -> None:
    """A code stays the same where a message changes; of many errors the last ones are shown."""
    plain = {"type": "model_overloaded_error", "message": "Busy.", "retry_status": {"type": "retrying"}}
    coded = {"type": "billing_error", "message": "On hold.", "details": {"error_code": "organization_on_hold"}}
    session = {"id": "sesn_1", "agent": {"id": "agent_1", "version": 1}, "status": "terminated"}
    stage = StageRecord("dev", agents={"agents/a": {"id": "agent_1", "version": 1}})
    lines = list(explanation(session, stage, "managed-agents {}".format, [plain] * 6 + [coded]).lines())
    assert lines[1:7] == [
        *["  error model_overloaded_error: Busy."] * 4,
        "  error billing_error (organization_on_hold): On hold.",
        "  and 2 errors before",
    ]
