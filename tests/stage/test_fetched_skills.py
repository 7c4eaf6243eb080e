from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.stage import load
from tests.github_server import SKILL, TOKEN, GitHubServer
from tests.stage.stage_files import write

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.stage import Stage

LOCK = "stacks/dev.skills-lock.json"
AGENT = "name: a\nmodel: claude-haiku-5-5\ntools: [{type: agent_toolset_20260401}]\n"


@dataclass
class Fetching:
    """A stage whose agents name skills by URL, on a machine with a cache of its own, and the GitHub that it asks."""

    folder: Path
    github: GitHubServer

    def write(self, *urls: str, **files: str) -> None:
        """Write an agent `a` that names the URLs, and other files by their paths in the project."""
        agent = f"{AGENT}skills: [{', '.join(urls or [self.github.skill()])}]\n"
        write(self.folder, {"agents/a.yaml": agent})
        for path, text in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text, encoding="utf-8")

    def load(self, *, fetch: bool = True, strict: bool = False, stage: str = "dev", **config: Any) -> Stage:
        """Load the stage, as an up does, or as `validate`."""
        definitions = config.pop("definitions", None)
        return load(
            stage,
            project_dir=self.folder,
            project="shop",
            definitions=definitions,
            strict=strict,
            config={"githubUrl": self.github.url, **config},
            fetch=fetch,
        )

    def refused(self, **options: Any) -> str:
        """What is said of a stage that cannot be loaded."""
        with pytest.raises(InputError) as raised:
            self.load(**options)
        return str(raised.value)

    def lock(self, path: str = LOCK) -> dict[str, dict[str, str]]:
        """What is pinned."""
        text = (self.folder / path).read_text(encoding="utf-8")
        pins: dict[str, dict[str, str]] = json.loads(text)["skills"]
        return pins

    def forget(self) -> None:
        """Lose the cache."""
        shutil.rmtree(self.folder / "cache")


@pytest.fixture
def fetching(tmp_path: Path, github_server: GitHubServer) -> Fetching:
    """A stage with one agent that names the skill of the repository."""
    made = Fetching(tmp_path, github_server)
    made.write()
    return made


def test_a_skill_by_url_is_pinned_and_fetched_once(fetching: Fetching, capsys: pytest.CaptureFixture[str]) -> None:
    """The first load pins commit and content beside the stage and says so; the next one asks nobody."""
    stage = fetching.load()
    skill = next(one for one in stage.definitions if one.kind == "skill")
    commit = fetching.github.repository().refs["main"]
    assert skill.name.endswith("/acme/skills/pdf")
    assert skill.bundle
    assert [name for name, _ in skill.bundle.files] == ["SKILL.md", "x.py"]
    assert fetching.lock() == {
        fetching.github.skill(): {"ref": "main", "commit": commit, "digest": skill.bundle.digest, "name": "pdf"}
    }
    output = capsys.readouterr().err
    assert f"fetching {fetching.github.skill()}" in output
    assert f"pinned {fetching.github.skill()} at {commit[:12]}; commit this file" in output
    fetching.github.asked.clear()
    assert fetching.load().definitions == stage.definitions
    assert fetching.load(fetch=False).definitions == stage.definitions
    assert (fetching.github.asked, capsys.readouterr().err) == ([], "")


def test_what_is_pinned_stays_while_the_branch_moves(fetching: Fetching) -> None:
    """Another machine, without the cache, gets the files of the pinned commit, by asking for nothing but these."""
    before = fetching.load()
    fetching.github.repository().commit({"pdf/SKILL.md": SKILL + "New.\n"}, "main")
    fetching.forget()
    fetching.github.asked.clear()
    assert fetching.load().definitions == before.definitions
    commit = fetching.lock()[fetching.github.skill()]["commit"]
    assert fetching.github.paths == [f"/tarball/{commit}", f"/codeload/acme/skills/{commit}"]


def test_validation_asks_nobody_and_writes_nothing(fetching: Fetching) -> None:
    """It says what nobody has pinned, and what is not here; a pin has its digest all the same, also strictly."""
    stage = fetching.load(fetch=False, strict=True)
    assert stage.notes == (
        f"{fetching.github.skill()}: not pinned in {LOCK} yet, so its files were not checked; a preview, an up or "
        "`managed-agents skills update` fetches and pins it",
    )
    assert not (fetching.folder / LOCK).exists()
    assert fetching.github.asked == []
    digest = roots(fetching.load())["agents/a"].digest
    fetching.forget()
    fetching.github.asked.clear()
    later = fetching.load(fetch=False, strict=True)
    assert later.notes == (
        f"{fetching.github.skill()}: pinned, but not on this machine, so its files were not checked",
    )
    assert roots(later)["agents/a"].digest == digest
    assert fetching.github.asked == []


@pytest.mark.parametrize(
    ("config", "environment", "why"),
    [
        ({"verifiedIn": "staging"}, {}, "behind a gate (managed-agents:verifiedIn)"),
        ({}, {"CI": "true"}, "in CI"),
    ],
)
def test_nothing_is_pinned_behind_a_gate_or_in_ci(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any], environment: dict[str, str], why: str
) -> None:
    """What is deployed there was reviewed with its pin; the refusal says how to get one. A pinned skill goes on."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    refusal = fetching.refused(**config)
    assert f"skills[0]: is not pinned in {LOCK}, and {why} nothing new is pinned: " in refusal
    assert ("managed-agents promote staging dev" in refusal) == bool(config)
    assert "`managed-agents skills update dev` where you work, and commit" in refusal
    assert fetching.github.asked == []
    monkeypatch.delenv("CI", raising=False)
    fetching.load()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    fetching.forget()
    fetching.load(**config)


def test_validation_refuses_an_unpinned_skill_behind_a_gate(fetching: Fetching) -> None:
    """Offline and before anything changes, as the gate does."""
    assert "is not pinned in" in fetching.refused(fetch=False, verifiedIn="staging")


@pytest.mark.parametrize(
    "lock",
    [
        {"resources": {"URL": {"kind": "skill", "id": "skill_1", "commit": "COMMIT", "hash": "f" * 40}}},
        {"resources": {"./pdf": {"kind": "skill", "id": "skill_1", "source": "URL", "resolved": "git:COMMIT"}}},
        {"resources": {"URL": {"id": "skill_1", "remote_hash": "e" * 40, "pin": {"sha": "COMMIT"}}}},
        {"resources": {}, "skills": {"URL": "COMMIT"}},
    ],
)
@pytest.mark.parametrize("place", ["stacks/dev/claude-lock.json", "claude-lock.json"])
def test_the_pin_of_ant_apply_is_taken_over(fetching: Fetching, lock: dict[str, Any], place: str) -> None:
    """Wherever its lockfile names the URL with a commit, that one is fetched, and not what the branch is at now."""
    repository = fetching.github.repository()
    pinned = repository.refs["main"]
    repository.commit({"pdf/SKILL.md": SKILL + "New.\n"}, "main")
    text = json.dumps({"version": 1, "origin": {}, **lock})
    fetching.write(**{place: text.replace("URL", fetching.github.skill()).replace("COMMIT", pinned)})
    fetching.load()
    assert fetching.lock()[fetching.github.skill()] | {"digest": ""} == {
        "ref": "main",
        "commit": pinned,
        "digest": "",
        "name": "pdf",
    }


def test_a_lockfile_of_ant_apply_that_is_nested_too_deep_is_passed_over(fetching: Fetching) -> None:
    """It is somebody else's file; the skill is pinned again."""
    fetching.write(**{"claude-lock.json": f'{{"origin": {{}}, "resources": {"[" * 100_000}{"]" * 100_000}}}'})
    fetching.load()
    assert fetching.lock()[fetching.github.skill()]["ref"] == "main"


def test_a_ref_may_be_a_branch_with_slashes_a_tag_or_a_commit(fetching: Fetching) -> None:
    """GitHub tells where the ref ends; each ref has a resource of its own, of which the first keeps the plain name."""
    repository = fetching.github.repository()
    commit = repository.commit({"pdf/SKILL.md": SKILL + "Newer.\n"}, "feature/new/x", "v1.0")
    refs = ["feature/new/x", "v1.0", commit, commit[:10], "main"]
    fetching.write(*map(fetching.github.skill, refs))
    stage = fetching.load()
    pins = {pin["ref"]: pin["commit"] for pin in fetching.lock().values()}
    assert pins == {**dict.fromkeys(refs, commit), "main": repository.refs["main"]}
    names = [one.name.partition("/")[2] for one in stage.definitions if one.kind == "skill"]
    assert sorted(names) == sorted(["acme/skills/pdf", *(f"acme/skills/pdf@{ref}" for ref in refs[1:])])


def test_two_agents_share_the_skill_that_both_name(fetching: Fetching) -> None:
    """However they write its URL, it is one resource, fetched once."""
    url = fetching.github.skill()
    write(fetching.folder, {"agents/b.yaml": f"{AGENT}skills: [{{path: {url.replace('acme', 'Acme')}/}}]\n"})
    stage = fetching.load()
    skills = [one for one in stage.definitions if one.kind == "skill"]
    assert len(skills) == 1
    assert stage.users[skills[0].name] == ["agents/a", "agents/b"]
    assert len(fetching.github.asked) == 3


def test_the_values_file_may_move_a_skill_to_another_ref_and_say_where_it_was(fetching: Fetching) -> None:
    """Only what the stage uses in the end is fetched; the resource goes by its name, or its URL's directory."""
    repository = fetching.github.repository()
    repository.commit({"pdf/SKILL.md": SKILL + "Newer.\n"}, "v2")
    name = f"{fetching.github.url.removeprefix('http://')}/acme/skills/pdf"
    values = (
        f"overrides:\n  agents/a.yaml: {{skills: [{fetching.github.skill('v2')}]}}\n  {name}: {{was: skills/pdf}}\n"
    )
    fetching.write(**{"stacks/dev.values.yaml": values})
    stage = fetching.load()
    assert list(fetching.lock()) == [fetching.github.skill("v2")]
    assert [one.was for one in stage.definitions if one.kind == "skill"] == [("skills/pdf",)]


@pytest.mark.parametrize(
    ("ref", "directory", "why"),
    [
        ("main", "pfd", "there is no such directory; did you mean pdf?"),
        ("main", "docs", "a skill has a SKILL.md at its root; there is none"),
        ("nope", "pdf", "has no branch, tag or commit 'nope'"),
    ],
)
def test_what_github_does_not_have_is_said_where_it_is_named(
    fetching: Fetching, ref: str, directory: str, why: str
) -> None:
    """One line with file, line and field."""
    fetching.github.repository().commit({"pdf/SKILL.md": SKILL, "docs/x": "x"}, "main")
    fetching.write(fetching.github.skill(ref, directory))
    refusal = fetching.refused()
    assert refusal.startswith("stacks/dev/agents/a.yaml:4: skills[0]: ")
    assert why in refusal
    assert "\n" not in refusal


def test_a_private_repository_wants_the_token_which_no_other_host_gets(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it the message says what to set; with it the archive's host is asked without it."""
    fetching.github.repository().private = True
    assert "there is no repository" in (refusal := fetching.refused())
    assert "or it is private: set GITHUB_TOKEN then" in refusal
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    fetching.github.asked.clear()
    fetching.load()
    tokens = {host: token for host, _, token in fetching.github.asked}
    assert tokens == {"127.0.0.1": f"Bearer {TOKEN}", "localhost": ""}
    fetching.github.instead["/commits/v9"] = (401, {}, json.dumps({"message": f"Bad credentials {TOKEN}"}))
    fetching.write(fetching.github.skill("v9"))
    refusal = fetching.refused()
    assert "GitHub does not accept GITHUB_TOKEN (401): Bad credentials" in refusal
    assert TOKEN not in refusal + capsys.readouterr().err + (fetching.folder / LOCK).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767225600"}, '{"message": "API rate limit"}'),
            "GitHub's limit of questions is reached until 00:00 UTC; with GITHUB_TOKEN it is higher",
        ),
        ((429, {}, "slow down"), "GitHub's limit of questions is reached; with GITHUB_TOKEN it is higher"),
        (
            (403, {"x-github-sso": "required"}, '{"message": "SAML"}'),
            "may not be read (403): SAML; authorize the token",
        ),
        ((200, {}, "<html>a portal</html>"), "GitHub's answer names no commit; is this the address of a GitHub?"),
        ((418, {}, '{"message": "a\\u001b[2Jteapot"}'), "answered 418: a\\u001b[2Jteapot"),
        ((302, {"location": "http://elsewhere.example/x"}, ""), "to a place that is not encrypted"),
        ((302, {"location": "/api/v3/repos/acme/skills/commits/main"}, ""), "from one place to the next, without end"),
    ],
)
def test_what_github_answers_instead_is_said_in_one_line(
    fetching: Fetching, answer: tuple[int, dict[str, str], str], why: str
) -> None:
    """Limits with their end, refusals with the cure, and nothing raw."""
    fetching.github.instead["/commits/main"] = answer
    refusal = fetching.refused()
    assert why in refusal
    assert "\n" not in refusal


def test_without_github_only_what_is_in_the_cache_can_be_used(fetching: Fetching) -> None:
    """Offline a pinned and kept skill goes on; without the cache one line says who does not answer."""
    fetching.load()
    url, fetching.github.url = fetching.github.url, "http://127.0.0.1:9"
    for path in ("stacks/dev/agents/a.yaml", LOCK):
        file = fetching.folder / path
        file.write_text(file.read_text(encoding="utf-8").replace(url, fetching.github.url), encoding="utf-8")
    fetching.load()
    fetching.forget()
    refusal = fetching.refused()
    assert "skills[0]: no answer from http://127.0.0.1:9/api/v3" in refusal
    assert "check the network and the proxy" in refusal


def test_files_that_are_not_those_that_were_pinned_are_refused(fetching: Fetching) -> None:
    """An edited lockfile, or an archive that somebody changed; what lies spoilt in the cache is fetched again."""
    fetching.load()
    kept = next((fetching.folder / "cache/skills").glob("*/x.py"))
    kept.write_text("import os", encoding="utf-8")
    fetching.load()
    assert kept.read_text(encoding="utf-8") == "print(1)\n"
    lock = fetching.folder / LOCK
    text = lock.read_text(encoding="utf-8")
    lock.write_text(text.replace("sha256:", "sha256:0000")[: text.index("sha256:") + 71] + '",\n"name": "pdf"}}}')
    refusal = fetching.refused()
    assert "have the digest sha256:" in refusal
    assert "somebody changed the lockfile, or the archive; look at both, then `managed-agents skills update" in refusal


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "skills-lock.json:1: not valid JSON"),
        ("[]", "remove the file, and `managed-agents skills update` writes a new one"),
        ('{"version": 2, "skills": {}}', "version: is 2; this release reads 1"),
        ('{"version": 1, "skills": {\n"u": {"ref": "main"}}}', ":2: skills.u: has to hold ref, commit, digest, name"),
        (
            '{"version": 1, "skills": {"u": {"ref": "m", "commit": "abc", "digest": "sha256:x", "name": "n"}}}',
            "commit is not the whole name of a commit",
        ),
        (
            '{"version": 1, "skills": {\n<<<<<<< HEAD\n"u": {},\n=======\n"u": {}\n>>>>>>> x\n}}',
            ":2: git could not merge this: of each skill keep one entry, whole",
        ),
    ],
)
def test_a_lockfile_that_cannot_be_read_names_the_line_and_the_cure(fetching: Fetching, text: str, why: str) -> None:
    """A merge by hand may leave half an entry."""
    fetching.write(**{LOCK: text})
    assert why in fetching.refused()


def test_stages_that_share_a_folder_share_its_lockfile(fetching: Fetching) -> None:
    """It lies in the folder then, where nobody takes it for a definition."""
    fetching.load()
    shutil.move(fetching.folder / "stacks/dev", fetching.folder / "team")
    stages = [fetching.load(stage=name, definitions="team", strict=True) for name in ("dev", "prod")]
    assert list(fetching.lock("team/skills-lock.json")) == [fetching.github.skill()]
    assert stages[0].definitions == stages[1].definitions


def test_a_url_that_leads_nowhere_is_an_error_of_its_file(fetching: Fetching) -> None:
    """It is said once, with or without a network; in the place of another kind a URL is no path."""
    fetching.write("https://gitlab.com/acme/skills/tree/main/pdf")
    for fetch in (True, False):
        refusal = fetching.refused(fetch=fetch)
        assert refusal.startswith("stacks/dev/agents/a.yaml:4: skills[0]: ")
        assert refusal.count("is on no GitHub that is known") == 1


def test_what_the_gate_digests_is_the_content_that_is_pinned(fetching: Fetching) -> None:
    """Another content is another proof; the same content at another commit is the same."""
    first = roots(fetching.load())["agents/a"]
    assert first.files[fetching.github.skill()] == fetching.lock()[fetching.github.skill()]["digest"][7:]
    repository = fetching.github.repository()
    for text, same in ((SKILL, True), (SKILL + "New.\n", False)):
        commit = repository.commit({"pdf/SKILL.md": text, "pdf/x.py": "print(1)\n", "other": text}, "main")
        (fetching.folder / LOCK).unlink()
        now = roots(fetching.load())["agents/a"]
        assert fetching.lock()[fetching.github.skill()]["commit"] == commit
        assert (now.digest == first.digest, now.effective_digest == first.effective_digest) == (same, same)
