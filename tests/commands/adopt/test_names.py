"""Names of files, relations between them, and which stage a lockfile belongs to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.commands.adopt.inline_resources import slug, unique
from pulumi_managed_agents.commands.adopt.lockfile import must_be_of, names_by_id, read_lockfile
from pulumi_managed_agents.commands.adopt.selection import AdoptionChoice
from pulumi_managed_agents.definition_files.reference_paths import ReferenceTarget, ids_in, loops, with_paths
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.files.names import nfc, printable
from pulumi_managed_agents.stage import load


@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param("Review lead", "review-lead", id="words"),
        pytest.param("  PR / summary (v2)! ", "pr-summary-v2", id="punctuation"),
        pytest.param("Über größe", "über-größe", id="letters of any script"),
        pytest.param("../../etc/passwd", "etc-passwd", id="a path"),
        pytest.param("???", "agent", id="nothing usable"),
        pytest.param("a" * 300, "a" * 60, id="very long"),
    ],
)
def test_a_file_is_named_after_its_object(name: str, file: str) -> None:
    """Names stay readable and can stand in a path on every system."""
    assert slug(name, "agent") == file


@given(st.text())
def test_every_name_gives_a_safe_file_name(name: str) -> None:
    """Whatever an object is called, its file stays in its folder and has a name of one line in NFC."""
    file = slug(name, "agent")
    assert file
    assert not set(file) & set("/\\:.~ \n")
    assert file == printable(nfc(file))


def test_a_name_that_is_in_use_gets_a_number() -> None:
    """No file is overwritten, also where the case of letters does not count."""
    assert unique("agents/new", {"agents/x"}) == "agents/new"
    assert unique("agents/x", {"agents/x", "agents/x-2"}) == "agents/x-3"
    assert unique("agents/X", {"agents/x"}) == "agents/X-2"


TARGETS = {
    "agent_b": ReferenceTarget("agents/b.md", 2),
    "skill_n": ReferenceTarget("skills/n", "skver_2"),
}


@pytest.mark.parametrize(
    ("live", "written"),
    [
        pytest.param({"type": "custom", "skill_id": "skill_n", "version": "skver_2"}, "../skills/n", id="latest"),
        pytest.param({"type": "custom", "skill_id": "skill_n", "version": "latest"}, "../skills/n", id="unpinned"),
        pytest.param(
            {"type": "custom", "skill_id": "skill_n", "version": "skver_1"},
            {"path": "../skills/n", "version": "skver_1"},
            id="held back",
        ),
        *(
            pytest.param(skill, skill, id=name)
            for name, skill in {
                "of nobody": {"type": "custom", "skill_id": "skill_x", "version": "skver_9"},
                "of the vendor": {"type": "anthropic", "skill_id": "xlsx", "version": "20251013"},
            }.items()
        ),
    ],
)
def test_a_skill_of_the_stage_is_named_by_its_path(live: Any, written: Any) -> None:
    """A version stays only where the agent does not use the one that the stage manages."""
    assert with_paths("agent", {"skills": [live]}, "agents/a.md", "agent_a", TARGETS) == {"skills": [written]}


def test_a_roster_names_members_by_path_and_the_agent_itself_as_self() -> None:
    """Advisors and agents that the stage does not manage stay as they are."""
    advisor = {"type": "advisor", "model": "claude-opus-5-5"}
    foreign = {"type": "agent", "id": "agent_z", "version": 3}
    members = [{"type": "agent", "id": "agent_b", "version": 2}, {"type": "agent", "id": "agent_a", "version": 7}]
    body = {"multiagent": {"type": "coordinator", "agents": [*members, foreign, advisor]}}
    written = with_paths("agent", body, "agents/a.md", "agent_a", TARGETS)["multiagent"]["agents"]
    assert written == ["./b.md", {"type": "self"}, foreign, advisor]
    assert ids_in("agent", body) == {"agent_b", "agent_a", "agent_z"}


def test_agents_that_refer_to_each_other_are_found() -> None:
    """A circle cannot be written as paths; an agent that refers to itself is none."""
    assert loops({"a": {"b", "a"}, "b": {"c"}, "c": {"a", "x"}, "d": {"a"}}) == [{"a", "b", "c"}]


def test_a_lockfile_is_not_mixed_with_a_choice_of_objects() -> None:
    """Which of the two would count is nobody's guess."""
    with pytest.raises(InputError, match="leave out --id"):
        AdoptionChoice(lockfile=Path("claude-lock.json"), everything=True)


LOCK = {"version": 1, "origin": {"base_url": "https://api.anthropic.com", "workspace_id": "wrkspc_1"}, "resources": {}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "not valid JSON", id="not JSON"),
        pytest.param("[]", "is not a lockfile", id="a list"),
        pytest.param(json.dumps({**LOCK, "resources": {"a.md": {}}}), "an `id` each", id="no ids"),
        pytest.param(json.dumps({**LOCK, "version": 2}), "is of version 2", id="another version"),
    ],
)
def test_what_is_no_lockfile_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """A file that cannot be understood is bad input."""
    file = tmp_path / "claude-lock.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_lockfile(file)


@pytest.mark.parametrize(
    ("url", "workspace"),
    [
        pytest.param("https://api.anthropic.com", "wrkspc_2", id="another workspace"),
        pytest.param("http://127.0.0.1:1", "wrkspc_1", id="another API"),
        pytest.param("https://api.anthropic.com", None, id="a server that names no workspace"),
    ],
)
def test_a_lockfile_of_another_workspace_is_refused(url: str, workspace: str | None) -> None:
    """Ids of one workspace mean nothing in another."""
    must_be_of(LOCK, Path("claude-lock.json"), "https://api.anthropic.com/", "wrkspc_1")
    with pytest.raises(Refused, match="was written for workspace wrkspc_1"):
        must_be_of(LOCK, Path("claude-lock.json"), url, workspace)


@pytest.mark.parametrize("lock", ["repo/claude-lock.json", "repo/locks/staging.json", "repo/prod.lock"])
def test_a_lockfile_has_any_name_and_place(tmp_path: Path, lock: str) -> None:
    """Its paths count from the folder that its files are in; what is there and unread is reported with its cure."""
    for name, text in {
        "repo/agents/a.md": "---\nmodel: claude-opus-5\n---\nHi.\n",
        "repo/notes/b.md": "---\nmodel: T-Ford\n---\nHi.\n",
        lock: "{}",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    stage = load("dev", project_dir=tmp_path, project="shop", definitions="repo")
    files = {"./agents/a.md": "agent_01a", "./notes/b.md": "agent_01b", "./agents/gone.md": "agent_01c"}
    content = {"resources": {file: {"kind": "agent", "id": id} for file, id in files.items()}}
    name = Path(lock).name
    assert names_by_id(content, tmp_path / lock, stage, tmp_path) == (
        {"agent_01a": "agents/a"},
        [
            f"not in the stage: ./notes/b.md (in {name}); the file is there: write `type: agent` into it, in the "
            "stage's folder",
            f"not in the stage: ./agents/gone.md (in {name})",
        ],
    )
