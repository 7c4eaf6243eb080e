from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

BY_HAND = ("agent 'agents/worker'", "(version 1 → 2, last changed 20", 'description "Does the work." → "By hand."')

VANISHED = [
    ("agent 'agents/worker'", "was archived outside Pulumi (20"),
    ("environment 'environments/box'", "was deleted outside Pulumi"),
]


def test_drift_is_reported_until_it_is_healed(deployed: tuple[Stack, Server]) -> None:
    """A change by hand shows in a plain preview and after a refresh, by field and version; up puts it back.

    As configured, `fail` stops with what moved while a refresh still works; `ignore` leaves it as it is and says so.
    """
    stack, server = deployed
    server.hand.beta.agents.update(stack.id("agents/worker"), version=1, description="By hand.")
    server.writes()
    preview = stack.preview().succeeded()
    assert preview.says(*BY_HAND)
    assert preview.tally == {"to update": 5, "unchanged": 4}

    stack.configure(onDrift="fail")
    stack.preview().stopped(*BY_HAND, "managed-agents:onDrift is 'fail'")
    assert stack.refresh().succeeded().says(*BY_HAND)

    stack.configure(onDrift="ignore")
    ignored = stack.preview().succeeded()
    assert ignored.says(*BY_HAND, "onDrift: ignore")
    assert ignored.tally == {"unchanged": 9}

    stack.configure()
    stack.edit("agents/lead.yaml", "You hand out the work.", "You share out the work.")
    diff = stack.preview("--diff").succeeded()
    assert diff.says(*BY_HAND)
    assert diff.says("~ description: ", '"By hand." => "Does the work."')
    assert diff.says("~ system", '"You hand out the work." => "You share out the work."')
    assert not any(diff.says(noise) for noise in ("digest", "roots", "agent_version", "pins   :"))
    assert server.writes() == []

    assert stack.up().succeeded().says(*BY_HAND)
    worker = server.agents()["Worker"]
    assert (worker.version, worker.description) == (3, "Does the work.")
    assert stack.preview().succeeded().tally == {"unchanged": 9}


def test_a_conflict_stops_until_that_one_is_accepted(deployed: tuple[Stack, Server]) -> None:
    """File and hand on one field: all three values are shown, and what accepts them expires with the next version."""
    stack, server = deployed
    worker = stack.id("agents/worker")
    server.hand.beta.agents.update(worker, version=1, description="By hand.")
    stack.edit("agents/worker.md", "Does the work.", "By file.")
    stack.preview().stopped('was "Does the work."', 'says "By file."', 'live is "By hand."', '["agents/worker@2"]')

    stack.configure(acceptConflicts='["agents/worker@2"]')
    stack.up().succeeded()
    assert server.agents()["Worker"].description == "By file."

    server.hand.beta.agents.update(worker, version=3, description="By hand again.")
    stack.edit("agents/worker.md", "By file.", "By file again.")
    stack.edit("skills/notes/SKILL.md", "Write them down.", "Write them down at once.")
    server.writes()
    # An up without a preview writes nothing either, not even the skill, which comes before the agent that uses it.
    stack.up().stopped('live is "By hand again."', '["agents/worker@4"]')
    assert server.writes() == []


def test_what_vanished_is_made_anew(deployed: tuple[Stack, Server]) -> None:
    """Archived or deleted behind our back is reported by a refresh too, refused or healed, and the roster follows."""
    stack, server = deployed
    worker = stack.id("agents/worker")
    server.hand.beta.agents.archive(worker)
    server.hand.beta.environments.delete(stack.id("environments/box"))
    seen = stack.refresh().succeeded()
    assert all(seen.says(*words) for words in VANISHED)
    stack.configure(onDrift="fail")
    stack.preview().stopped("outside Pulumi", "managed-agents:onDrift is 'fail'")
    stack.configure()
    run = stack.up().succeeded()
    assert all(run.says(*words, "; a new one will be made") for words in VANISHED)
    now = server.agents()
    assert now["Worker"].id != worker
    assert [one.id for one in now["Lead"].multiagent.agents] == [now["Worker"].id]
    assert list(server.environments()) == ["box"]
    assert stack.preview().succeeded().tally == {"unchanged": 9}


def test_an_edit_between_reading_and_writing_is_not_overwritten(deployed: tuple[Stack, Server]) -> None:
    """A version that moved after it was read stops the update with both versions and what moved."""
    stack, server = deployed
    worker = stack.id("agents/worker")
    stack.edit("agents/worker.md", "You do the work.", "You do the work well.")
    server.inject({"method": "GET", "path": "/v1/agents", "stale": True, "times": 9})
    server.hand.beta.agents.update(worker, version=1, description="By hand.")
    stack.up().stopped(*BY_HAND, "nothing was overwritten")
    assert server.hand.beta.agents.retrieve(worker).version == 2
