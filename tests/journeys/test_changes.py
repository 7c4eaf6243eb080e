from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi


def test_an_edit_moves_all_that_depends_on_it_in_the_same_run(deployed: tuple[Stack, Server]) -> None:
    """A prompt or a skill makes new versions down to the roster, another config type a new environment."""
    stack, server = deployed
    worker, lead, box = stack.id("agents/worker"), stack.id("agents/lead"), stack.id("environments/box")
    stack.edit("agents/worker.md", "You do the work.", "You do the work well.")
    stack.write("stacks/dev/environments/box.yaml", "name: box\nconfig: {type: self_hosted}\n")
    run = stack.up().succeeded()
    assert (run.tally["updated"], run.tally["replaced"]) == (4, 1)
    now = server.agents()
    assert (now["Worker"].id, now["Worker"].version, now["Worker"].system) == (worker, 2, "You do the work well.")
    assert [(one.id, one.version) for one in now["Lead"].multiagent.agents] == [(worker, 2)]
    assert [one.config.type for one in server.environments().values()] == ["self_hosted"]
    assert stack.id("environments/box") != box

    stack.edit("skills/notes/SKILL.md", "Write them down.", "Write them down at once.")
    preview = stack.up_with_preview().succeeded()
    assert preview.says("a new version of skill skills/notes reaches 1 agent, 1 coordinator")
    now = server.agents()
    assert now["Worker"].skills[0].version == server.skills()["notes"].latest_version_id
    assert [(one.id, one.version) for one in now["Lead"].multiagent.agents] == [(worker, 3)]
    server.writes()

    (stack.definitions / "agents/lead.yaml").unlink()
    run = stack.up().succeeded()
    assert run.tally == {"deleted": 1, "updated": 2, "unchanged": 6}
    assert server.writes() == [f"POST /v1/agents/{lead}/archive"]


def test_a_moved_file_keeps_its_object_and_a_removed_one_may_too(deployed: tuple[Stack, Server]) -> None:
    """`was` moves a resource without a write; `onRemoval` refuses or spares, from the very run in which it is set.

    The object that moved still bears the mark of its old name, and is not taken for what comes under that name next.
    """
    stack, server = deployed
    lead = stack.id("agents/lead")
    text = (stack.definitions / "agents/lead.yaml").read_text(encoding="utf-8")
    (stack.definitions / "agents/lead.yaml").rename(stack.definitions / "agents/chief.yaml")
    stack.write("stacks/dev.values.yaml", "overrides: {agents/chief.yaml: {was: agents/lead}}\n")
    stack.up().succeeded()
    assert stack.id("agents/chief") == lead
    assert "agents/lead" not in stack.resources()
    assert server.writes() == []

    (stack.project / "stacks/dev.values.yaml").unlink()
    stack.write("stacks/dev/agents/lead.yaml", text.replace("Lead", "Second lead"))
    assert stack.up().succeeded().tally == {"created": 1, "updated": 2, "unchanged": 7}
    assert stack.id("agents/chief") == lead != stack.id("agents/lead")
    assert sorted(server.agents()) == ["Lead", "Second lead", "Worker"]
    server.writes()

    (stack.definitions / "agents/chief.yaml").unlink()
    stack.configure(onRemoval="refuse")
    stack.up().stopped("onRemoval is 'refuse'", lead)
    box = stack.definitions / "environments/box.yaml"
    content = box.read_text(encoding="utf-8")
    box.unlink()
    stack.preview().stopped("environments/box", "cannot be deleted")
    box.write_text(content, encoding="utf-8")

    stack.configure(onRemoval="retain")
    retained = stack.up().succeeded()
    assert retained.says("onRemoval is 'retain'", lead)
    assert retained.tally == {"deleted": 1, "unchanged": 9}
    assert "agents/chief" not in stack.resources()
    assert sorted(server.agents()) == ["Lead", "Second lead", "Worker"]
    assert server.writes() == []
