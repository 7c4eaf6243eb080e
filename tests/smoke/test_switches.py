"""What the API has not settled about sessions: a smoke test ends the same way whatever the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.smoke.smoke_stage import Stage


@pytest.fixture(
    params=[
        pytest.param({"event_frames": "message"}, id="frames without a type"),
        pytest.param({"message_while_waiting": "refuse"}, id="no messages while waiting"),
        pytest.param({"running_session_status": 409}, id="another status while running"),
        pytest.param({"unset_optionals": "absent"}, id="no nulls"),
        pytest.param({"outcome_max_iterations": "null"}, id="no iterations"),
        pytest.param({"conflict_type": "invalid_request_error"}, id="an older name of conflicts"),
        pytest.param({"archive_again": "refuse"}, id="archived once only"),
    ]
)
def other_answer(request: pytest.FixtureRequest, emulator: str) -> Iterator[None]:
    """One of the emulator's switches, away from its default."""
    defaults = httpx.get(f"{emulator}/_emulator/switches", timeout=60).raise_for_status().json()
    httpx.put(f"{emulator}/_emulator/switches", json=request.param, timeout=60).raise_for_status()
    yield
    unset = {name: defaults[name]["default"] for name in request.param}
    httpx.put(f"{emulator}/_emulator/switches", json=unset, timeout=60).raise_for_status()


@pytest.mark.usefixtures("other_answer")
def test_turns_outcomes_and_stops_end_the_same_way(stage: Stage) -> None:
    """A tool is answered, an outcome is reached, and a session that still runs is put away."""
    asked: dict[str, Any] = {"send": "Where is order 42?", "custom_tools": {"lookup_order": {"returns": "shipped"}}}
    answered = stage.run(**asked, expect={"reply": {"contains": ["shipped"]}, "no_errors": True})
    assert (answered.passed, answered.failures) == (True, ())
    assert answered.session_id not in stage.sessions()
    outcome = {"description": "write an essay", "rubric": "Good.", "max_iterations": 3, "expect": "satisfied"}
    assert stage.run(outcome=outcome).passed
    stage.stop_at = "tool read"
    stopped = stage.run(send="read slowly")
    assert (stopped.stop_reason, stopped.session_id in stage.sessions()) == ("stopped", False)
