"""`up` and `preview` as a person types them, of a stage in which something moved, or of a part of a stage."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.command_project import COMMAND, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AGENT = "---\nname: {name}\nmodel: claude-haiku-5-5\n---\nYou are {name}, and you say so when somebody asks.\n"
TEST = """\
agent: ../agents/{agent}.md
environment: ../environments/sandbox.yaml
budget_usd: 0.05
send: Hello
expect: {{reply: {{contains: [{says}]}}}}
"""
LINE = "overrides: {agents/helper.md: {was: agents/assistant}}"


@pytest.fixture
def project(deployed_project: Project, tmp_path: Path) -> Iterator[Project]:
    with Project(deployed_project.copied_to(tmp_path / "mine")).served() as made:
        yield made


def add_agents(project: Project, *names: str) -> None:
    """Write an agent and its smoke test for each name."""
    for name in names:
        write(project, f"agents/{name}.md", AGENT.format(name=name))
        write(project, f"smoke/{name}.yaml", TEST.format(agent=name, says=name))


def write(project: Project, file: str, text: str) -> None:
    (project.folder / "stacks/dev" / file).write_text(text, encoding="utf-8")


def rename(project: Project) -> None:
    """Give the agent's file another name, and its test with it."""
    agents = project.folder / "stacks/dev/agents"
    (agents / "assistant.md").rename(agents / "helper.md")
    project.replace("smoke/answers.yaml", "assistant.md", "helper.md")


def writes(project: Project) -> list[str]:
    return [one["path"] for one in project.requests() if one["method"] != "GET"]


def served(project: Project) -> dict[str, int]:
    pins = json.loads(project.output_of("pins", "dev", "--emulator"))
    return {name: pin["version"] for name, pin in pins.items()}


def test_a_move_is_reported_and_not_archived_without_its_name(project: Project) -> None:
    """Also with --yes; the line keeps the object, the name lets it go."""
    rename(project)
    project.requests()
    code, output = project.run("up", "dev", "--emulator", "--yes")
    assert (code, writes(project)) == (7, []), output
    assert f"write into stacks/dev.values.yaml: `{LINE}`" in output
    assert "--confirm-removal agents/assistant to `managed-agents up dev`" in output
    project.output_of("preview", "dev", "--emulator", "--output", "p.json", "--output", "p.txt", code=7)
    review = json.loads((project.folder / "p.json").read_text("utf-8"))["stages"][0]
    assert list(review)[:2] == ["stage", "gone"]
    assert review["gone"] == [
        {"kind": "agent", "name": "agents/assistant", "fate": "archived for ever", "replaced": False}
    ]
    assert [(move["old"], move["new"], move["line"]) for move in review["moves"]] == [
        ("agents/assistant", "agents/helper", LINE)
    ]
    text = (project.folder / "p.txt").read_text("utf-8")
    assert text.index("Gone for ever:") < text.index("Probably moved:") < text.index("An up would stop")
    assert f"\n        {LINE}\n" in text

    code, output = project.run("up", "dev", "--emulator", "--yes", "--confirm-removal", "agents/assistant")
    assert code == 0, output
    assert any(path.endswith("/archive") for path in writes(project))


def test_a_person_is_asked_about_a_move_and_told_what_is_gone(project: Project) -> None:
    """A no to the second question changes nothing either."""
    rename(project)
    (project.folder / "stacks/Pulumi.dev.yaml").write_text("config: {managed-agents:protectedStage: true}\n", "utf-8")
    project.requests()
    for answers, code in ((b"no\n", 7), (b"dev\nno\n", 7), (b"dev\ndev\n", 0)):
        output = asked(project, answers, code)
        assert "Probably only moved: agents/assistant. Remove the old one for ever all the same?" in output
        last = "1 agent is archived for ever: agents/assistant. Deploy 'dev' to"
        assert (last in output) is answers.startswith(b"dev")
        assert bool(writes(project)) is (code == 0)


def asked(project: Project, answers: bytes, code: int) -> str:
    """Run an up of the protected stage at a terminal that answers so; what was said."""
    ours, theirs = pty.openpty()
    os.write(ours, answers)
    done = subprocess.run(
        [COMMAND, "up", "dev", "--emulator"],
        cwd=project.folder,
        env=project.environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == code, done.stdout
    return done.stdout


def test_an_empty_folder_removes_nothing_unless_all_is_confirmed(project: Project) -> None:
    """A wrong path in `definitions` looks just like this."""
    (project.folder / "stacks/nothing").mkdir()
    (project.folder / "stacks/Pulumi.dev.yaml").write_text(
        "config: {managed-agents:definitions: stacks/nothing}\n", "utf-8"
    )
    project.requests()
    code, output = project.run("up", "dev", "--emulator", "--yes")
    assert (code, writes(project)) == (7, []), output
    assert "all 2 resources of the stage would be removed (agents/assistant, environments/sandbox)" in output
    project.output_of("up", "dev", "--emulator", "--yes", "--confirm-removal", "all")
    assert len(writes(project)) == 2


def test_a_part_of_a_stage_moves_with_its_books_and_nothing_else(project: Project) -> None:
    """What is red or edited elsewhere neither runs nor moves; what is named is proven, and served."""
    add_agents(project, "a", "b")
    write(project, "smoke/b.yaml", TEST.format(agent="b", says="what-it-never-says"))
    code, output = project.run("up", "dev", "--emulator")
    assert code == 4, output
    assert served(project) == {"agents/a": 1, "agents/assistant": 1}
    for name in ("a", "b", "assistant"):
        with (project.folder / f"stacks/dev/agents/{name}.md").open("a", encoding="utf-8") as file:
            file.write("Once more.\n")
    add_agents(project, "new")
    project.requests()

    text = project.output_of("preview", "dev", "--emulator", "--only", "agents/a")
    assert "~ agent agents/a v1 → v2" in text
    assert not any(f"agents/{other} v" in text for other in ("b", "assistant", "new"))
    output = project.output_of("up", "dev", "--emulator", "--only", "agents/a")
    assert [path for path in writes(project) if path.startswith("/v1/agents/")] != []
    assert "1 updated" in output
    assert served(project) == {"agents/a": 2, "agents/assistant": 1}
    with project.console_client() as client:
        assert sorted((agent.name, agent.version) for agent in client.beta.agents.list()) == [
            ("Assistant", 1),
            ("a", 2),
            ("b", 1),
        ]
    assert project.output_of("up", "dev", "--emulator", "--only", "agents/a").count("unchanged") >= 2
    code, output = project.run("up", "dev", "--emulator")
    assert code == 4, output
    assert served(project) == {"agents/a": 2, "agents/assistant": 2, "agents/new": 1}


def test_a_part_of_which_something_would_stop_is_not_begun(project: Project) -> None:
    """What comes before it in the part is not made either, though nobody asked for a preview."""
    add_agents(project, "a")
    (project.folder / "stacks/Pulumi.dev.yaml").write_text("config: {managed-agents:onDrift: fail}\n", "utf-8")
    with project.console_client() as client:
        (agent,) = client.beta.agents.list()
        client.beta.agents.update(agent.id, version=agent.version, system="By hand.")
    project.requests()
    part = ("--only", "agents/a", "--only", "agents/assistant")
    code, output = project.run("up", "dev", "--emulator", "--yes", *part)
    assert (code, writes(project)) == (7, []), output
    assert "agent 'agents/assistant'" in output


def test_a_misspelt_part_is_bad_input_and_a_plan_has_no_part(project: Project, tmp_path: Path) -> None:
    """Neither asks the API for anything."""
    project.requests()
    code, output = project.run("up", "dev", "--emulator", "--only", "agents/asistant")
    assert (code, "no resource called 'agents/asistant'; did you mean agents/assistant?" in output) == (2, True)
    file = str(tmp_path / "plan.json")
    code, output = project.run("preview", "dev", "--emulator", "--only", "agents/assistant", "--save-plan", file)
    assert (code, "leave out --only and --confirm-removal" in output) == (2, True)
    assert project.requests() == []
