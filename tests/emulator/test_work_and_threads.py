"""The work queue of self-hosted sandboxes, delegated tasks, files in sessions, and the models there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anthropic
import pytest

if TYPE_CHECKING:
    from tests.emulator.sdk_world import World


AN_HOUR_MS = 3_600_000


def test_work_that_nobody_acknowledged_is_handed_out_again(world: World) -> None:
    """While it is fresh nobody else gets it; once it has waited as long as a poll asks, it comes again."""
    place = world.api.beta.environments.create(name="reclaimed", config={"type": "self_hosted"}).id
    session, queue = world.new_session(place), world.api.beta.environments.work
    polled = queue.poll(place, anthropic_worker_id="w1")
    assert polled is not None
    assert (polled.data.id, polled.state) == (session, "queued")
    assert queue.poll(place, reclaim_older_than_ms=AN_HOUR_MS) is None
    stats = queue.stats(place)
    assert (stats.depth, stats.pending, stats.workers_polling) == (0, 1, 1)

    again = None
    while again is None:  # until a millisecond has passed, which the next poll may be too quick for
        again = queue.poll(place, reclaim_older_than_ms=1)
    assert (again.id, again.state) == (polled.id, "queued")


def test_a_worker_leases_work_until_it_is_stopped(world: World) -> None:
    """Work is polled once, acknowledged once, kept by heartbeats that know the last one, and stopped on request."""
    place = world.api.beta.environments.create(name="leases", config={"type": "self_hosted"}).id
    world.new_session(place)
    queue = world.api.beta.environments.work
    polled = queue.poll(place)
    assert polled is not None
    assert queue.poll(place) is None
    with pytest.raises(anthropic.BadRequestError, match="acknowledge"):
        queue.heartbeat(polled.id, environment_id=place)
    assert queue.ack(polled.id, environment_id=place).state == "starting"
    with pytest.raises(anthropic.BadRequestError, match="only queued work"):
        queue.ack(polled.id, environment_id=place)
    first = queue.heartbeat(
        polled.id, environment_id=place, expected_last_heartbeat="NO_HEARTBEAT", desired_ttl_seconds=30
    )
    assert (first.state, first.lease_extended, first.ttl_seconds) == ("active", True, 30)
    with pytest.raises(anthropic.APIStatusError) as refusal:
        queue.heartbeat(polled.id, environment_id=place, expected_last_heartbeat="NO_HEARTBEAT")
    assert (refusal.value.status_code, refusal.value.error_code) == (412, "heartbeat_precondition_failed")
    assert queue.heartbeat(polled.id, environment_id=place, expected_last_heartbeat=first.last_heartbeat).lease_extended
    assert queue.stop(polled.id, environment_id=place).state == "stopping"
    assert not queue.heartbeat(polled.id, environment_id=place).lease_extended
    stopped = queue.stop(polled.id, environment_id=place, force=True)
    assert stopped.state == "stopped"
    assert queue.stop(polled.id, environment_id=place) == stopped


def test_a_delegated_task_has_a_thread_of_its_own(world: World) -> None:
    """The session tells that a thread works, the thread's own history what it did; only it can be archived."""
    threads = world.api.beta.sessions.threads
    primary, child = threads.list(world.session).data
    assert (primary.parent_thread_id, child.parent_thread_id) == (None, primary.id)
    assert getattr(child.agent, "name", None) == "worker"
    assert [event.type for event in threads.events.list(child.id, session_id=world.session)] == [
        "session.thread_status_running",
        "agent.thread_message_received",
        "span.model_request_start",
        "agent.message",
        "span.model_request_end",
        "agent.thread_message_sent",
        "session.thread_status_idle",
    ]
    outputs = [event.type for event in world.api.beta.sessions.events.list(world.session)]
    assert outputs[4:9] == [
        "session.thread_created",
        "session.thread_status_running",
        "agent.thread_message_sent",
        "agent.thread_message_received",
        "session.thread_status_idle",
    ]
    with pytest.raises(anthropic.BadRequestError, match="primary"):
        threads.archive(primary.id, session_id=world.session)
    archived = threads.archive(child.id, session_id=world.session)
    assert threads.archive(child.id, session_id=world.session) == archived
    assert archived.archived_at is not None
    with pytest.raises(anthropic.NotFoundError):
        threads.retrieve("sthr_0", session_id=world.session)


def test_sessions_hold_copies_of_files(world: World) -> None:
    """A mounted file is a copy with an id of its own, listed with its session and gone with it."""
    session = world.new_session()
    added = world.api.beta.sessions.resources.add(session, type="file", file_id=world.file)
    copies = world.api.beta.files.list(scope_id=session).data
    assert [(copy.id, copy.filename) for copy in copies] == [(added.file_id, "a.txt")]
    assert copies[0].scope is not None
    assert copies[0].scope.id == session
    world.api.beta.sessions.delete(session)
    with pytest.raises(anthropic.NotFoundError):
        world.api.beta.files.retrieve_metadata(added.file_id)


def test_models_are_paged_by_id(world: World) -> None:
    """A page lies after one model or before another."""
    ids = [model.id for model in world.api.models.list()]
    with pytest.raises(anthropic.BadRequestError, match="cannot be combined"):
        world.api.models.list(after_id=ids[1], before_id=ids[3])
    after = world.api.models.list(after_id=ids[1], limit=2)
    assert ([model.id for model in after.data], after.has_more) == (ids[2:4], True)
    before = world.api.models.list(before_id=ids[3], limit=2)
    assert ([model.id for model in before.data], before.has_more) == (ids[1:3], True)
    assert world.api.models.retrieve("claude-haiku-4-5").id == "claude-haiku-4-5-20251001"
    with pytest.raises(anthropic.NotFoundError):
        world.api.models.retrieve("gpt")


def test_models_tell_when_they_retire(world: World) -> None:
    """One that ends is deprecated until then and retired from then on; all others are active and have no dates."""
    lifecycles = {"active", "deprecated", "retired"}
    models = [model for lifecycle in lifecycles for model in world.api.models.list(lifecycle=[lifecycle])]  # type: ignore[list-item]
    ending = {model.id: model for model in models if model.lifecycle != "active"}
    assert {"claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101"} == set(ending)
    for model in models:
        assert (model.retires_at is not None, model.deprecated_at is not None) == (model.id in ending,) * 2
        over = model.retires_at is not None and model.retires_at <= datetime.now(UTC)
        assert over is (model.lifecycle == "retired")
