from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from pulumi_managed_agents.cli import main
from pulumi_managed_agents.commands.skills import update
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.errors import InputError
from tests.commands.report_schemas import valid
from tests.github_server import SKILL, GitHubServer

if TYPE_CHECKING:
    from pathlib import Path

AGENT = "name: a\nmodel: claude-haiku-5-5\ntools: [{type: agent_toolset_20260401}]\n"


@pytest.fixture
def root(tmp_path: Path, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which stage dev uses a skill by URL and has pinned it, and prod stands behind a gate."""
    files = {
        "Pulumi.yaml": "name: shop\nruntime: python\nstackConfigDir: stacks\n",
        "stacks/Pulumi.dev.yaml": "config: {}\n",
        "stacks/Pulumi.prod.yaml": "config: {managed-agents:verifiedIn: dev}\n",
        "stacks/dev/agents/a.yaml": f"{AGENT}skills: [{github_server.skill()}]\n",
        "stacks/prod/agents/a.yaml": f"{AGENT}skills: [{github_server.skill()}]\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    read_project(tmp_path, "dev").load(fetch=True)
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    return tmp_path


def update_lines(*selected: str, dry_run: bool = False) -> str:
    """What an update says."""
    return "\n".join(update(selected, dry_run=dry_run).lines)


def pinned(root: Path, stage: str = "dev") -> dict[str, str]:
    """The commits in a lockfile, by URL."""
    file = root / f"stacks/{stage}.skills-lock.json"
    pins = json.loads(file.read_text(encoding="utf-8"))["skills"] if file.exists() else {}
    return {url: pin["commit"] for url, pin in pins.items()}


def test_an_update_moves_the_pin_and_shows_what_changes_in_the_files(root: Path, github_server: GitHubServer) -> None:
    """From any folder of the project; a dry run only tells, and a stage behind a gate keeps what it has."""
    url, repository = github_server.skill(), github_server.repository()
    before = repository.refs["main"]
    assert update_lines() == f"= {url}: still at {before[:12]}"
    now = repository.commit({"pdf/SKILL.md": SKILL + "Ask.\n", "pdf/logo.png": b"\0"}, "main")
    output = update_lines(dry_run=True)
    assert output.splitlines()[0] == f"~ {url}: {before[:12]} → {now[:12]}"
    assert {"    +Ask.", "    @@ logo.png added @@", "    @@ x.py removed @@", "    -print(1)"} <= {
        *output.splitlines()
    }
    assert pinned(root) == {url: before}
    *changes, written = update_lines().splitlines()
    assert changes == output.splitlines()
    assert written.startswith("Wrote stacks/dev.skills-lock.json. Next: `")
    assert written.endswith(" preview dev` reviews it; commit the file")
    assert (pinned(root), pinned(root, "prod")) == ({url: now}, {})
    repository.commit({"pdf/SKILL.md": SKILL + "Ask.\n", "pdf/logo.png": b"\0", "README.md": "r"}, "main")
    assert ", the same files" in update_lines()


@pytest.mark.parametrize("form", ["url", "name", "stage"])
def test_what_is_named_is_updated(root: Path, github_server: GitHubServer, form: str) -> None:
    """A URL, a resource, or a stage, which is the way for one behind a gate that has no pin yet."""
    host = github_server.url.removeprefix("http://")
    selected = {"url": github_server.skill(), "name": f"{host}/acme/skills/pdf", "stage": "prod"}[form]
    now = github_server.repository().commit({"pdf/SKILL.md": SKILL + "Ask.\n"}, "main")
    update_lines(selected)
    assert pinned(root, "prod" if form == "stage" else "dev") == {github_server.skill(): now}


def test_what_nobody_uses_any_more_leaves_the_lockfile(root: Path, github_server: GitHubServer) -> None:
    """With an update of everything alone; another ref of the directory is another entry."""
    other = github_server.skill("v2")
    github_server.repository().commit({"pdf/SKILL.md": SKILL + "Ask.\n"}, "v2")
    (root / "stacks/dev/agents/a.yaml").write_text(f"{AGENT}skills: [{other}]\n", encoding="utf-8")
    update_lines(other)
    assert pinned(root).keys() == {other, github_server.skill()}
    assert f"- {github_server.skill()}: no agent uses it" in update_lines()
    assert pinned(root).keys() == {other}


def test_what_cannot_be_updated_is_said_and_the_rest_goes_on(root: Path, github_server: GitHubServer) -> None:
    """An unknown name, and a repository that is gone; nothing is lost of what is pinned."""
    with pytest.raises(InputError, match="pfd: no stage of that name, and no skill by URL"):
        update_lines("pfd")
    before = pinned(root)
    other = github_server.skill("gone")
    (root / "stacks/dev/agents/b.yaml").write_text(f"{AGENT}skills: [{other}]\n", encoding="utf-8")
    now = github_server.repository().commit({"pdf/SKILL.md": SKILL + "Ask.\n"}, "main")
    done = CliRunner().invoke(main, ["skills", "update", "--output-format", "json"])
    assert done.exit_code == 2, done.output
    assert f"error: {other}: " in done.stderr
    assert "has no branch, tag or commit 'gone'" in done.stderr
    written = valid("skills-update", done.stdout)
    (lockfile,), (failure,) = written["lockfiles"], written["failures"]
    assert failure in done.stderr
    assert (lockfile["file"], lockfile["stages"], lockfile["written"]) == ("stacks/dev.skills-lock.json", ["dev"], True)
    (skill,) = lockfile["skills"]
    assert (skill["url"], skill["change"], skill["commit"]) == (github_server.skill(), "updated", now)
    assert (skill["before"], skill["diff_known"]) == (before[github_server.skill()], True)
    assert "+Ask." in skill["diff"]
    assert pinned(root) == {**before, github_server.skill(): now}


def test_a_project_without_such_skills_is_told_so(root: Path) -> None:
    """It is no mistake to ask."""
    (root / "stacks/dev/agents/a.yaml").write_text(AGENT, encoding="utf-8")
    (root / "stacks/dev.skills-lock.json").unlink()
    assert update_lines() == "no agent here uses a skill by its URL, so there is nothing to update"
