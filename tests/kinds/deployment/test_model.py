from __future__ import annotations

import pytest

from pulumi_managed_agents.kinds import problems
from tests.kinds.definition_bodies import DEPLOYMENT, load

MINIMAL = load("""
name: nightly
agent: ../agents/triage.md
environment_id: ../environments/cloud.yaml
initial_events: [{type: user.message, content: [{type: text, text: Go.}]}]
""")


def problems_of(text: str) -> list[str]:
    """What is said about a deployment with the given fields."""
    return [f"{p.severity} {p.field}: {p.message}" for p in problems("deployment", {**MINIMAL, **load(text)})]


def schedule(expression: str, timezone: str = "UTC") -> list[str]:
    """What is said about a schedule."""
    body = {**MINIMAL, "schedule": {"type": "cron", "expression": expression, "timezone": timezone}}
    return [f"{p.severity} {p.path[-1]}: {p.message}" for p in problems("deployment", body)]


def test_right_deployments() -> None:
    """Nothing is said about a deployment with every field, or with the required four."""
    assert problems("deployment", DEPLOYMENT) == []
    assert problems("deployment", MINIMAL) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("initial_events: []", ["error initial_events: must not be empty"], id="nothing sent"),
        pytest.param(
            "initial_events: [{type: system.message, content: [{type: text, text: x}]}]",
            ["error initial_events: must hold a user.message or a user.define_outcome"],
            id="only a system message",
        ),
        pytest.param(
            "initial_events: [{type: system.message, content: [{type: text, text: x}]}, "
            "{type: user.message, content: [{type: txt}]}]",
            [
                "warning initial_events[1].content[0].type: unknown value; did you mean 'text'?",
                "error initial_events[0].type: a system.message must be the last event",
            ],
            id="system message first",
        ),
        pytest.param(
            "budget: {type: limit, max_list_cost: {amount: 2500, currency: EUR}}",
            [
                "error budget.max_list_cost.amount: must be text; put the value in quotes",
                "warning budget.max_list_cost.currency: unknown value; known: USD",
            ],
            id="amount as number",
        ),
        pytest.param(
            "budget: {type: limit, max_list_cost: {amount: '25.00', currency: USD}}",
            ['error budget.max_list_cost.amount: must be whole cents above 0 in quotes, such as "2500"'],
            id="amount in dollars",
        ),
        pytest.param(
            "resources: [{type: github_repository, url: https://github.com/a/b.git, authorization_token: ghp_x}]",
            [
                "error resources[0].url: must be https://github.com/OWNER/NAME, without .git",
                "error resources[0].authorization_token: a secret must not be in a file; "
                "write {secret: NAME} and set the value elsewhere",
            ],
            id="token in the file",
        ),
        pytest.param(
            "resources: [{access: read_write}]",
            ["error resources[0].type: is required: one of github_repository, file, memory_store, or give path"],
            id="resource of no kind",
        ),
        pytest.param("vault_ids: ../vaults/x.yaml", ["error vault_ids: must be a list"], id="one vault as text"),
    ],
)
def test_wrong_deployments(text: str, expected: list[str]) -> None:
    """Events, budget and resources of a deployment are held to the API's rules."""
    assert problems_of(text) == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("0 9 * * 1-5", "15 */2 * * *", "0 0 1,15 1-6/2 7", "0 9 * * MON-FRI"),
        *("0 0 29 2 *", "0 0 30 2,4 *", "0 0 31 2 1", "0 0 31 */6 *"),
    ],
)
def test_schedules_the_api_takes(expression: str) -> None:
    """Nothing is said about five POSIX fields."""
    assert schedule(expression) == []


@pytest.mark.parametrize(
    ("expression", "times"), [("*/15 * * * *", 4), ("* 9 * * 1", 60), ("0,30 9 1 1 *", 2), ("0-30/5 9 1,15 * 1-5", 7)]
)
def test_schedules_faster_than_hourly_are_warned_of(expression: str, times: int) -> None:
    """A slip of one field starts a session every minute."""
    cost = "each one is a session that costs, and more than one an hour may be refused"
    assert schedule(expression) == [f"warning expression: fires {times} times an hour: {cost}"]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        pytest.param("0 0 30 2 *", "never happens: no month that is meant has a day 30", id="30 February"),
        pytest.param("0 0 31 4-6/2,11 *", "never happens: no month that is meant has a day 31", id="short months"),
        pytest.param("0 0 30 FEB *", "never happens: no month that is meant has a day 30", id="30 FEB"),
        pytest.param("0 9 * FOO *", "month is not valid", id="no name of a month"),
        pytest.param("0 9 * * 5L", "day of week is not valid", id="last Friday"),
        pytest.param("0 17-9 * * *", "hour is not valid", id="a range that runs backwards"),
        pytest.param("@daily", "shortcuts such as @daily are not supported; write five fields", id="shortcut"),
        pytest.param("0 0 9 * * *", "must have five fields (minute hour day month weekday), not 6", id="seconds"),
        pytest.param("60 9 * * *", "minute is not valid", id="minute 60"),
        pytest.param("0 9 L * *", "day of month is not valid", id="L"),
        pytest.param("0 9 * * 5#2", "day of week is not valid", id="hash"),
        pytest.param("0 9 ? * 8", "day of month is not valid", id="question mark"),
        pytest.param("0 */0 * * *", "hour is not valid", id="step 0"),
    ],
)
def test_schedules_the_api_refuses(expression: str, message: str) -> None:
    """The field of the expression that is wrong is named."""
    assert schedule(expression) == [f"error expression: {message}"]


@pytest.mark.parametrize(
    ("zone", "message"),
    [
        pytest.param("Europe/Berln", "unknown time zone; did you mean 'Europe/Berlin'?", id="misspelt"),
        pytest.param("../../etc/passwd", "unknown time zone", id="a path"),
    ],
)
def test_time_zones(zone: str, message: str) -> None:
    """A zone that this machine does not know may be newer than its database."""
    assert schedule("0 9 * * *", zone) == [f"warning timezone: {message}"]
