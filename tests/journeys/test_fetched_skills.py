"""Skills by GitHub URL in both engines, from files and from a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.command_project import Project
from tests.github_server import SKILL, GitHubServer
from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

PROGRAM = """\
from pulumi_managed_agents import Agent, Skill

Agent("a", model="claude-haiku-5-5", tools=[{{"type": "agent_toolset_20260401"}}], skills=["{url}"])
Skill("own", source="{url}")
"""
AGENT = "name: a\nmodel: claude-haiku-5-5\ntools: [{{type: agent_toolset_20260401}}]\nskills: [{url}]\n"


def test_a_review_shows_the_text_that_changes_in_a_fetched_skill(
    tmp_path: Path, deployed_project: Project, github_server: GitHubServer
) -> None:
    """By the trial engine: pinned by the first up, moved by an update, and reviewed without asking GitHub."""
    project = Project(deployed_project.copied_to(tmp_path / "mine"))
    project.replace("agents/assistant.md", "tools:\n", f"skills: [{github_server.skill()}]\ntools:\n")
    with project.served():
        made = project.output_of("up", "dev", "--emulator", "--yes")
        assert "/acme/skills/pdf  created" in made
        github_server.repository().commit({"pdf/SKILL.md": SKILL + "Ask first.\n", "pdf/x.py": "print(1)\n"}, "main")
        assert "+Ask first." in project.output_of("skills", "update")
        asked = len(github_server.asked)
        review = json.loads(project.output_of("preview", "dev", "--emulator", "--output-format", "json"))
        skill = next(one for one in review["stages"][0]["resources"] if one["kind"] == "skill")
        assert skill["file"] == github_server.skill()
        change = next(one for one in skill["changes"] if one["path"] == ["digest"])
        assert change["items"] == ["SKILL.md changed"]
        assert change["diff"][0] == "@@ SKILL.md changed @@"
        assert "+Ask first." in change["diff"]
        assert len(github_server.asked) == asked


@needs_pulumi
def test_the_pulumi_cli_deploys_fetched_skills_from_files_and_from_a_program(
    stack: Stack, server: Server, github_server: GitHubServer
) -> None:
    """Plainly, without a command of ours before: the program pins, and the next preview has nothing to do."""
    stack.env.update(MANAGED_AGENTS_GITHUB_URL=github_server.url, MANAGED_AGENTS_CACHE=str(stack.folder / "cache"))
    stack.write("stacks/dev/agents/a.yaml", AGENT.format(url=github_server.skill()))
    stack.up().succeeded()
    assert (stack.project / "stacks/dev.skills-lock.json").exists()
    asked = len(github_server.asked)
    assert stack.pulumi("preview").succeeded().tally.keys() == {"unchanged"}
    assert len(github_server.asked) == asked
    first = server.hand.beta.skills.list(source="custom").data[0].id

    stack.write("__main__.py", PROGRAM.format(url=github_server.skill()))
    stack.up("--yes").succeeded()
    assert (stack.project / "skills-lock.json").exists()
    assert first in {one.id for one in server.hand.beta.skills.list(source="custom").data}
