"""Sessions that killed runs left behind: which ones may be ended, and that they are."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.smoke.leftover_sessions import delete_leftovers, is_leftover, session_metadata, this_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.smoke import SmokeTarget
    from tests.smoke.smoke_stage import Stage

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
LEFT: dict[str, Any] = {
    "id": "sesn_1",
    "status": "idle",
    "created_at": "2026-11-23T11:47:59Z",
    "metadata": {"stage": "dev", "smoke-test": "answers", "smoke-timeout": "120"},
}

YOUNG = {"created_at": "2026-11-23T11:48:01Z"}
MACHINE = this_process().partition("/")[0]
ENDED = {**LEFT["metadata"], "smoke-runner": f"{MACHINE}/{2**31 - 1}"}
"""Of a process that is no more: no system gives out that number."""


@pytest.mark.parametrize(
    ("difference", "left"),
    [
        pytest.param({}, True, id="older than its timeout and ten minutes"),
        pytest.param(YOUNG, False, id="its run may still live"),
        pytest.param(
            {**YOUNG, "metadata": {"stage": "dev", **session_metadata("answers", 120)}}, False, id="its process lives"
        ),
        pytest.param({**YOUNG, "metadata": ENDED}, True, id="its process was on this machine, and is no more"),
        pytest.param({**YOUNG, "metadata": {**ENDED, "smoke-runner": "0/1"}}, False, id="another machine's process"),
        pytest.param(
            {**YOUNG, "metadata": {**ENDED, "smoke-runner": f"{MACHINE}/{10**30}"}}, False, id="a number of no process"
        ),
        pytest.param({**YOUNG, "metadata": ENDED, "status": "running"}, False, id="not idle yet"),
        pytest.param({"status": "running"}, False, id="at work"),
        pytest.param({"metadata": {**LEFT["metadata"], "stage": "prod"}}, False, id="another stage's"),
        pytest.param({"metadata": {"stage": "dev"}}, False, id="an application's"),
        pytest.param({"metadata": {"stage": "dev", "smoke-timeout": "1"}}, False, id="of no test"),
        pytest.param({"metadata": {**LEFT["metadata"], "smoke-timeout": "soon"}}, False, id="no known timeout"),
        pytest.param({"created_at": None}, False, id="no known age"),
    ],
)
def test_only_what_nobody_can_own_any_more_is_left_over(difference: dict[str, Any], left: bool) -> None:
    """Another run of the same stage may be going on beside this one, and its sessions are idle between their steps."""
    assert is_leftover({**LEFT, **difference}, {"stage": "dev"}, NOW) is left


def test_every_process_of_a_machine_names_it_alike() -> None:
    """Or a run could not tell that the one before it was of the same machine."""
    script = "from pulumi_managed_agents.smoke.leftover_sessions import this_process; print(this_process())"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert other.partition("/")[0] == MACHINE
    assert other.strip() != this_process()


def test_what_is_left_over_is_ended_and_nothing_else(client: Client, target: SmokeTarget) -> None:
    """It would keep the environment from being deleted; what a living run or an application has is not touched."""
    left, living, chat = (
        client.sessions.create(
            {"agent": target.agent_id, "environment_id": target.environment_id, "metadata": metadata}
        )["id"]
        for metadata in (ENDED, {**LEFT["metadata"], **session_metadata("answers", 120)}, {})
    )
    lines = list[str]()
    delete_leftovers(client, [target.agent_id], {"stage": "dev"}, lines.append)
    there = {session["id"] for session in client.sessions.list(agent_id=target.agent_id)}
    assert {left, living, chat} & there == {living, chat}
    assert lines == [f"smoke answers: deleted session {left}, which a killed run left"]


def test_a_run_looks_for_leftovers_and_goes_on_where_it_cannot(stage: Stage, inject: Callable[..., None]) -> None:
    """Looking is a service, and no reason to fail."""
    inject(method="GET", path="/v1/sessions", status=404, times=1)
    [result] = stage.run_all(stage.test(send="hello"))
    assert (result.passed, stage.said[0].startswith("warning: whether killed runs left sessions")) == (True, True)
