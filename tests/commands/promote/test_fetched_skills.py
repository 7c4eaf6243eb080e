"""The pins of skills by URL go from stage to stage, and back, like files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.promote.compare import comparison
from pulumi_managed_agents.commands.promote.rollback_files import go_back
from pulumi_managed_agents.commands.promote.stage_folder import stage_folder
from pulumi_managed_agents.commands.skills import update
from pulumi_managed_agents.commands.validate.validate import validate_stages
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.errors import Conflict, InputError
from tests.commands.promote.promotion_project import AGENT
from tests.github_server import SKILL, GitHubServer

if TYPE_CHECKING:
    from tests.commands.promote.promotion_project import Project


@pytest.fixture
def fetched(project: Project, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The same with an agent that uses a skill by URL, pinned and proven in dev."""
    project.put("stacks/dev/agents/alone.md", AGENT.format(name="alone", more=f"skills: [{github_server.skill()}]\n"))
    read_project(project.root, "dev").load(fetch=True)
    project.prove("dev")
    monkeypatch.chdir(project.root)
    return project


def pins(project: Project, stage: str) -> dict[str, str]:
    """The commits that a stage has pinned, by URL."""
    text = project.text(f"{stage}.skills-lock.json")
    return {url: pin["commit"] for url, pin in json.loads(text)["skills"].items()} if text else {}


def moved(project: Project, github_server: GitHubServer, stage: str = "dev", text: str = "Ask.\n") -> str:
    """Move the pin of a stage to a new commit, which is returned."""
    commit = github_server.repository().commit({"pdf/SKILL.md": SKILL + text}, "main")
    update([stage], dry_run=False)
    assert pins(project, stage)[github_server.skill()] == commit
    return commit


def test_a_proven_pin_is_promoted_with_its_agent(fetched: Project, github_server: GitHubServer) -> None:
    """The gate opens for the digest that is proven, before and after an update, and for no other."""
    url = github_server.skill()
    assert f"+ stacks/staging.skills-lock.json: {url}" in fetched.promote("agents/alone")
    assert pins(fetched, "staging") == pins(fetched, "dev")
    assert list(validate_stages(fetched.root, ["staging"], strict=False))
    before = pins(fetched, "staging")
    now = moved(fetched, github_server)
    assert "not promoted: agents/alone: dev has not proved it" in fetched.promote()
    assert pins(fetched, "staging") == before
    fetched.prove("dev")
    assert f"~ stacks/staging.skills-lock.json: {url}" in fetched.promote("agents/alone")
    assert pins(fetched, "staging") == {url: now}
    assert list(validate_stages(fetched.root, ["staging"], strict=False))
    assert comparison(*(stage_folder(fetched.root, one) for one in ("dev", "staging")), emulator=False).files == {}


def test_a_pin_that_the_target_moved_by_itself_is_a_conflict(fetched: Project, github_server: GitHubServer) -> None:
    """It is shown and not overwritten, as a file that was edited there."""
    fetched.promote()
    moved(fetched, github_server, "staging")
    with pytest.raises(Conflict, match=r"stacks/staging\.skills-lock\.json: http.*: changed in staging only"):
        fetched.promote()


def test_a_gate_refuses_a_pin_that_nobody_has_proved(fetched: Project, github_server: GitHubServer) -> None:
    """A pin moved by hand is other content of the agent, found offline; a pin that is missing is an error."""
    fetched.promote()
    moved(fetched, github_server, "staging")
    with pytest.raises(Exception, match="agents/alone") as refused:
        list(validate_stages(fetched.root, ["staging"], strict=False))
    assert refused.value.exit_code == 7  # type: ignore[attr-defined]  # of ours
    (fetched.root / "stacks/staging.skills-lock.json").unlink()
    with pytest.raises(InputError, match=r"is not pinned in stacks/staging\.skills-lock\.json"):
        list(validate_stages(fetched.root, ["staging"], strict=False))


def test_the_last_agent_that_uses_a_skill_takes_its_pin_along(fetched: Project, github_server: GitHubServer) -> None:
    """Where it leaves the source, the pin leaves the target, and with the last one the lockfile."""
    fetched.promote()
    fetched.put("stacks/dev/agents/alone.md", AGENT.format(name="alone", more=""))
    fetched.prove("dev")
    assert f"- stacks/staging.skills-lock.json: {github_server.skill()}" in fetched.promote()
    assert pins(fetched, "staging") == {}


def test_a_rollback_brings_the_earlier_pin_back(fetched: Project, github_server: GitHubServer) -> None:
    """Out of the lockfile in git, at the commit that was proven."""
    proven = pins(fetched, "dev")
    fetched.git("init")
    fetched.git("add", ".")
    fetched.git("commit", "-m", "first")
    moved(fetched, github_server)
    fetched.git("commit", "-am", "second")
    output = go_back(stage_folder(fetched.root, "dev"), fetched.made.values(), ["agents/alone"]).lines
    assert f"  ~ stacks/dev.skills-lock.json: {github_server.skill()}" in output
    assert pins(fetched, "dev") == proven


def test_a_target_that_pinned_by_itself_takes_a_newer_pin_if_git_knows_its_own(
    fetched: Project, github_server: GitHubServer
) -> None:
    """Without an earlier promotion: what the source's lockfile once held is the older one."""
    fetched.promote()
    (fetched.root / "stacks/staging.promotion.json").unlink()
    fetched.git("init")
    fetched.git("add", ".")
    fetched.git("commit", "-m", "first")
    now = moved(fetched, github_server)
    fetched.prove("dev")
    fetched.promote()
    assert pins(fetched, "staging") == {github_server.skill(): now}
