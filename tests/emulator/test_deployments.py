from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import anthropic
import pytest

from managed_agents_emulator.deployments.schedule import parse_cron

if TYPE_CHECKING:
    import httpx

GO: Any = {"type": "user.message", "content": [{"type": "text", "text": "Go."}]}
ASIDE: Any = {"type": "system.message", "content": [{"type": "text", "text": "Be brief."}]}
NIGHTLY: Any = {"type": "cron", "expression": "30 2 * * 1-5", "timezone": "Europe/Zurich"}


@pytest.fixture
def agent(sdk: anthropic.Anthropic) -> str:
    return sdk.beta.agents.create(name="triage", model="claude-opus-5-5").id


@pytest.fixture
def deployment(sdk: anthropic.Anthropic, agent: str, environment: str) -> str:
    return sdk.beta.deployments.create(
        name="nightly", agent=agent, environment_id=environment, initial_events=[GO, ASIDE], schedule=NIGHTLY
    ).id


def test_create_pins_the_agent_and_plans_runs(sdk: anthropic.Anthropic, http: httpx.Client, deployment: str) -> None:
    """A bare agent id pins its newest version; the next runs are shown, and no budget is no field."""
    answer = http.get(f"/v1/deployments/{deployment}").json()
    assert answer["agent"]["version"] == 1
    assert (answer["status"], answer["paused_reason"], "budget" in answer) == ("active", None, False)
    assert len(answer["schedule"]["upcoming_runs_at"]) == 5
    assert answer["initial_events"] == [GO, ASIDE]
    assert [found.id for found in sdk.beta.deployments.list(status="active")] == [deployment]


def test_update_pins_again_and_clears(sdk: anthropic.Anthropic, agent: str, deployment: str) -> None:
    """Lists are replaced, null clears, a bare id pins the newest version, and no change moves nothing."""
    sdk.beta.agents.update(agent, system="new")
    same = sdk.beta.deployments.update(deployment, name="nightly")
    assert (same.agent.version, same.updated_at == same.created_at) == (1, True)
    changed = sdk.beta.deployments.update(deployment, agent=agent, schedule=None, description="", metadata={"a": "1"})
    assert (changed.agent.version, changed.schedule, changed.description) == (2, None, None)
    budget: Any = {"type": "limit", "max_list_cost": {"amount": "2500", "currency": "USD"}}
    assert sdk.beta.deployments.update(deployment, budget=budget).budget is not None
    assert sdk.beta.deployments.update(deployment, budget=None).budget is None


def test_pause_and_archive_are_verbs(sdk: anthropic.Anthropic, agent: str, deployment: str) -> None:
    """Pausing has a reason; archiving is the end, also when the agent goes."""
    paused = sdk.beta.deployments.pause(deployment)
    assert paused.paused_reason is not None
    assert (paused.status, paused.paused_reason.type) == ("paused", "manual")
    assert sdk.beta.deployments.unpause(deployment).status == "active"
    sdk.beta.agents.archive(agent)
    archived = sdk.beta.deployments.retrieve(deployment)
    assert archived.archived_at is not None
    assert archived.schedule is not None
    assert archived.schedule.upcoming_runs_at == []
    assert sdk.beta.deployments.list().data == []
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.deployments.run(deployment)


def test_run_starts_a_session(sdk: anthropic.Anthropic, deployment: str) -> None:
    """A manual run makes a session with the deployment's events, paused or not."""
    sdk.beta.deployments.pause(deployment)
    run = sdk.beta.deployments.run(deployment)
    assert (run.error, run.trigger_context.type) == (None, "manual")
    assert run.session_id is not None
    session = sdk.beta.sessions.retrieve(run.session_id)
    assert session.deployment_id == deployment
    assert [found.id for found in sdk.beta.sessions.list(deployment_id=deployment)] == [run.session_id]
    assert sdk.beta.deployment_runs.list(deployment_id=deployment, has_error=False).data == [run]
    assert sdk.beta.deployment_runs.retrieve(run.id) == run
    assert sdk.beta.deployment_runs.list(deployment_id="depl_0").data == []


def test_run_reports_what_is_gone(sdk: anthropic.Anthropic, deployment: str, environment: str) -> None:
    """A run that cannot start has an error instead of a session."""
    sdk.beta.environments.archive(environment)
    run = sdk.beta.deployments.run(deployment)
    assert run.error is not None
    assert (run.error.type, run.session_id) == ("environment_archived_error", None)
    assert sdk.beta.deployment_runs.list(has_error=True).data == [run]


REFUSED = [
    pytest.param({"initial_events": []}, 400, id="no events"),
    pytest.param({"initial_events": [ASIDE]}, 400, id="nothing to do"),
    pytest.param({"schedule": NIGHTLY | {"expression": "* * * *"}}, 400, id="four fields"),
    pytest.param({"schedule": NIGHTLY | {"expression": "61 * * * *"}}, 400, id="minute 61"),
    pytest.param({"schedule": NIGHTLY | {"expression": "* * L * *"}}, 400, id="last day"),
    pytest.param({"schedule": NIGHTLY | {"timezone": "Mars/Base"}}, 400, id="no such zone"),
    pytest.param({"agent": "agent_0"}, 404, id="no such agent"),
    pytest.param({"environment_id": "env_0"}, 404, id="no such environment"),
    pytest.param({"vault_ids": ["vlt_0"]}, 404, id="no such vault"),
]


@pytest.mark.parametrize(("changes", "status"), REFUSED)
def test_create_refuses_what_breaks_a_rule(
    http: httpx.Client, agent: str, environment: str, changes: dict[str, Any], status: int
) -> None:
    """A wrong deployment is refused and not made."""
    body = {"name": "d", "agent": agent, "environment_id": environment, "initial_events": [GO]} | changes
    assert http.post("/v1/deployments", json=body).status_code == status
    assert http.get("/v1/deployments").json()["data"] == []


SCHEDULES = [
    pytest.param("*/30 9-10 * * *", "2026-03-02T09:10", ["02T09:30", "02T10:00", "02T10:30"], id="steps"),
    pytest.param("0 0 1 * mon", "2026-03-02T00:00", ["09T00:00", "16T00:00", "23T00:00"], id="either day"),
    pytest.param("0 12 * * 7", "2026-03-02T00:00", ["08T12:00", "15T12:00", "22T12:00"], id="Sunday is seven"),
]


@pytest.mark.parametrize(("expression", "after", "expected"), SCHEDULES)
def test_schedules_come_due(expression: str, after: str, expected: list[str]) -> None:
    """The next moments of an expression are those POSIX cron would choose."""
    start = datetime.fromisoformat(after).replace(tzinfo=UTC)
    moments = parse_cron(expression).upcoming(ZoneInfo("UTC"), start, 3)
    assert [moment.strftime("%dT%H:%M") for moment in moments] == expected
