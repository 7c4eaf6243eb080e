"""What a root consists of, and when its digest is another."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.release.proven_stage import FILES, REACHED_BY, Project

TEXTS = sorted(name for name in FILES if not name.startswith(("skills/", "data/")))


def moved(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The roots whose digest is another."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@settings(max_examples=25)
@given(names=st.sets(st.sampled_from(sorted(FILES))))
def test_a_change_moves_exactly_the_roots_that_reach_it(names: set[str]) -> None:
    """Whichever files change, the digests of the roots with one of them in their closure are others, and no more."""
    with TemporaryDirectory() as folder:
        project = Project(Path(folder))
        before = project.digests()
        for name in names:
            project.write(f"stacks/prod/{name}", FILES[name] + "\n")
        assert moved(before, project.digests()) == {root for name in names for root in REACHED_BY[name]}


def test_the_same_files_have_the_same_digests_everywhere(project: Project, tmp_path: Path) -> None:
    """Another stage, another machine's path, other times, and another order of files make no difference."""
    other = Project(tmp_path / "another/machine", dict(reversed(FILES.items())))
    os.utime(other.path / "stacks/prod/agents/triage.md", (1, 1))
    assert project.digests("staging") == project.digests() == other.digests()
    assert project.roots("staging")["agents/lead"].effective == project.roots()["agents/lead"].effective


def test_line_ends_and_unicode_form_of_text_do_not_count(project: Project) -> None:
    """A checkout on another system has CRLF, another file system or editor writes NFD."""
    before = project.digests()
    for name in TEXTS:
        text = unicodedata.normalize("NFD", FILES[name]).replace("\n", "\r\n")
        project.write(f"stacks/prod/{name}", text)
    assert project.digests() == before
    assert project.refused(project.receipts()) == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        pytest.param("skills/notes/scripts/sum.py", b"\n", b"\r\n", id="a skill's file"),
        pytest.param("data/orders.csv", b"\r\n", b"\n", id="an uploaded file"),
    ],
)
def test_what_is_uploaded_as_it_is_counts_as_it_is(project: Project, name: str, before: bytes, after: bytes) -> None:
    """Line ends are content where bytes are what the agent gets."""
    digests = project.digests()
    project.change(name, before, after)
    assert moved(digests, project.digests()) == REACHED_BY[name]


def test_a_renamed_member_is_another_content(project: Project) -> None:
    """The same skill under another name is another skill, and the reference to it another text."""
    before = project.digests()
    shutil.move(project.path / "stacks/prod/skills/notes", project.path / "stacks/prod/skills/notes-2")
    project.change("agents/triage.md", b"skills/notes]", b"skills/notes-2]")
    assert moved(before, project.digests()) == REACHED_BY["skills/notes/SKILL.md"]


def test_a_root_knows_its_members_files_and_tests(project: Project) -> None:
    """A deployment brings its agent's skill, its vault's credentials and its uploads; its tests are its agent's."""
    nightly = project.roots()["deployments/nightly"]
    assert nightly.members == (
        "agents/triage",
        "data/orders.csv",
        "deployments/nightly",
        "environments/box",
        "skills/notes",
        "vaults/crm",
        "vaults/crm/crm.example.com/mcp",
    )
    assert set(nightly.files) == {name for name, users in REACHED_BY.items() if nightly.name in users}
    assert [test.name for test in nightly.tests] == ["triage-answers"]


def test_values_show_in_the_effective_definition_alone(project: Project) -> None:
    """What a stage sets for itself leaves the definitions digest and moves exactly the fields it sets."""
    before = project.roots()
    override = "overrides: {agents/triage.md: {model: claude-opus-5-5, mcp_servers: {crm: {url: https://x.example}}}}\n"
    project.write("stacks/prod.values.yaml", override)
    after = project.roots()
    assert project.digests() == project.digests("staging")
    assert moved(dict(before["agents/triage"].effective), dict(after["agents/triage"].effective)) == {
        "agents/triage:model.id",
        "agents/triage:mcp_servers.crm.url",
    }
    assert before["agents/writer"].effective_digest == after["agents/writer"].effective_digest


def test_no_value_stands_in_the_effective_definition(project: Project) -> None:
    """Fields are reported by short digests; a secret's field by its name, whose value is nowhere."""
    effective = project.roots()["deployments/nightly"].effective
    assert "vaults/crm:credentials.static_bearer.auth.token.secret" in effective
    assert {len(digest) for digest in effective.values()} == {12}


def test_a_test_that_does_not_run_here_is_not_among_a_roots_tests(project: Project) -> None:
    """`stages` says where a test runs."""
    project.write("stacks/prod/smoke/triage-answers.yaml", FILES["smoke/triage-answers.yaml"] + "stages: [staging]\n")
    assert project.roots()["agents/triage"].tests == ()
