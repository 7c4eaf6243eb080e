"""Skills that a Python program names by the URL of a directory on GitHub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pytest

from pulumi_managed_agents import Agent, Skill
from pulumi_managed_agents.errors import InputError
from tests.dynamic.mocked_program import registered
from tests.github_server import SKILL, GitHubServer

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Desk(pulumi.ComponentResource):
    """A component with an agent of its own."""

    def __init__(self, name: str, url: str) -> None:
        super().__init__("acme:support:Desk", name)
        Agent(f"{name}-agent", model="claude-haiku-5-5", skills=[url], opts=pulumi.ResourceOptions(parent=self))


def agents(*urls: str | Callable[[], Skill]) -> None:
    """A program with two agents that use the same skills."""
    skills = [one if isinstance(one, str) else one() for one in urls]
    for name in ("a", "b"):
        Agent(name, model="claude-haiku-5-5", skills=skills)


def test_agents_that_name_one_url_share_one_skill(github_server: GitHubServer) -> None:
    """It is pinned beside the program, and the agents refer to the version of its resource."""
    url = github_server.skill()
    found = registered(lambda: agents(url, url + "/"))
    skills = [one for one in found if one.title == "Skill"]
    commit = github_server.repository().refs["main"]
    assert [one.name.partition("/")[2] for one in skills] == ["acme/skills/pdf"]
    assert skills[0].inputs["directory"] == f"{github_server.url}/acme/skills/tree/{commit}/pdf"
    assert skills[0].inputs["name"] == "pdf"
    for agent in (one for one in found if one.title == "Agent"):
        reference = {"type": "custom", "skill_id": f"{skills[0].name}-id", "version": 1}
        assert agent.inputs["skills"] == [reference, reference]
    pins = json.loads(Path("skills-lock.json").read_text(encoding="utf-8"))["skills"]
    assert {key: pin["commit"] for key, pin in pins.items()} == {url: commit}


def test_each_ref_and_each_component_has_a_skill_of_its_own(github_server: GitHubServer) -> None:
    """The second ref of a directory ends in its name; a component's skill is its child."""
    github_server.repository().commit({"pdf/SKILL.md": SKILL + "Ask.\n"}, "feature/x")
    main, other = github_server.skill(), github_server.skill("feature/x")

    def program() -> None:
        agents(main, other)
        Desk("desk", main)

    names = [one.name.partition("/")[2] for one in registered(program) if one.title == "Skill"]
    assert sorted(names) == ["acme/skills/pdf", "acme/skills/pdf", "acme/skills/pdf@feature/x"]


def test_a_skill_may_have_a_source_in_the_place_of_a_directory(github_server: GitHubServer) -> None:
    """The pinned content, whatever becomes of the branch; both or neither of them is an error."""
    url = github_server.skill()
    first = registered(lambda: Skill("pdf", source=url))
    github_server.repository().commit({"pdf/SKILL.md": SKILL + "Ask.\n"}, "main")
    again = registered(lambda: Skill("pdf", source=url, display_name="PDFs"))
    digests = [one.inputs["digest"] for one in (*first, *again) if one.title == "Skill"]
    assert digests[0] == digests[1]
    for wrong in ({}, {"source": url, "directory": "pdf"}):
        with pytest.raises(InputError, match="give it a `directory`, or a `source`"):
            registered(lambda wrong=wrong: Skill("pdf", **wrong))  # type: ignore[misc]  # what is wrong


def test_a_program_in_ci_pins_nothing(github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is declared, with what to do."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(InputError, match=r"is not pinned in skills-lock\.json, and in CI nothing new is pinned"):
        registered(lambda: agents(github_server.skill()))
    assert github_server.asked == []


def test_what_is_wrong_with_a_fetched_skill_names_its_url(github_server: GitHubServer) -> None:
    """As it would with a file."""
    github_server.repository().commit({"pdf/SKILL.md": "---\nname: PDF!\n---\n"}, "main")
    with pytest.raises(InputError, match=r"/acme/skills/tree/main/pdf/SKILL\.md:2: name: may hold small letters"):
        registered(lambda: Skill("pdf", source=github_server.skill()))
