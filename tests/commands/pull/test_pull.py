"""`managed-agents pull` on one deployed stage, which each test gets a copy of."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands.pull.pull_stage import FILES, PULLED, PullProject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> PullProject:
    """The stage as it was deployed; to be copied, never to be used."""
    made = PullProject(tmp_path_factory.mktemp("deployed") / "shop")
    made.make()
    with made.served():
        made.output_of("up", "dev", "--emulator")
    return made


@pytest.fixture
def project(deployed: PullProject, tmp_path: Path) -> Iterator[PullProject]:
    """A copy of its own."""
    copy = PullProject(deployed.copied_to(tmp_path / "shop"))
    copy.environment = deployed.environment
    with copy.served() as made:
        yield made


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    """What became of each field, by resource and field."""
    rows = ((one["name"], row) for one in report["resources"] for row in one["changes"])
    return {f"{name}: {row['field']}": row["outcome"] for name, row in rows}


def test_what_drifted_in_every_kind_comes_into_the_files(project: PullProject) -> None:
    """Comments, order and style stay; references are paths; what comes from elsewhere is named with its place.

    Afterwards nothing of what was pulled is drift or would be sent, and the API was only read.
    """
    project.change_everything()
    project.replace("agents/worker.md", "Be kind.", "Be kind, says the file.")
    project.requests()
    before = project.files()
    report = json.loads(project.output_of("pull", "dev", "--emulator", "--dry-run", "--output-format", "json"))
    assert project.files() == before
    assert {file["file"] for file in report["files"] if not file["diff"]} == set()

    text = project.output_of("pull", "dev", "--emulator")
    assert project.files() == PULLED
    assert (project.folder / "stacks/dev/skills/notes/data.bin").read_bytes() == b"\0\1\2"
    assert {one["method"] for one in project.requests()} == {"GET"}
    assert "stacks/dev.values.yaml:2: comes from an override; change it there" in text
    assert "stacks/dev/agents/greeter.yaml.j2:3: comes from a template" in text
    result = outcomes(report)
    assert result.pop("agents/worker: system") == "merged"
    named = {result.pop("agents/lead: description"), result.pop("agents/greeter: system")}
    assert named == {"named"}
    assert set(result.values()) == {"taken"}

    preview = json.loads(project.output_of("preview", "dev", "--emulator", "--output-format", "json"))["stages"][0]
    changes = [(one["name"], row) for one in preview["resources"] for row in one["changes"]]
    written = {
        (name, ".".join(row["path"]))
        for name, row in changes
        if row["cause"] != "new version" and row["desired"] != row["live"]
    }
    assert written == {
        ("agents/worker", "system"),
        ("agents/lead", "description"),
        ("agents/greeter", "system"),
    }
    again = json.loads(project.output_of("pull", "dev", "--emulator", "--output-format", "json"))
    assert set(outcomes(again)) == {"agents/lead: description", "agents/greeter: system"}
    assert again["files"] == []


def test_a_clash_is_marked_and_stops_until_it_is_settled(project: PullProject) -> None:
    """Exit 6, both sides in the file, validate and pull name file and line; a settled file is no conflict any more."""
    with project.console_client() as client:
        (lead,) = (agent for agent in client.beta.agents.list() if agent.name == "Lead")
        client.beta.agents.update(lead.id, version=1, system="You hand out the work!\n\nBe very fair.\n")
    project.replace("agents/lead.yaml", "Be fair.", "Be fair and quick.")
    printed = project.output_of("pull", "dev", "agents/lead.yaml", "--emulator", code=6)
    assert "clash: file and live changed the same lines" in printed
    marked = """\
system: |
  You hand out the work!

  <<<<<<< file
  Be fair and quick.
  =======
  Be very fair.
  >>>>>>> live
"""
    clashing = project.files()["agents/lead.yaml"]
    assert clashing == FILES["agents/lead.yaml"].replace("system: |\n  You hand out the work.\n\n  Be fair.\n", marked)
    for command in (("validate", "dev"), ("pull", "dev", "--emulator")):
        code, output = project.run(*command)
        assert (code, "stacks/dev/agents/lead.yaml:6: a clash" in output) == (2, True)
    settled = marked.replace("  <<<<<<< file\n  Be fair and quick.\n  =======\n", "").replace("  >>>>>>> live\n", "")
    project.replace("agents/lead.yaml", marked, settled)
    preview = project.output_of("preview", "dev", "--emulator", "--detailed-exitcode")
    assert "nothing to change, 1 live already, 8 unchanged" in preview
    assert "= agent agents/lead v2 (recorded v1)" in preview


def test_what_is_named_is_pulled_and_what_vanished_is_only_said(project: PullProject) -> None:
    """A vault stands for its credentials; an unknown name is refused with the nearest; nothing drifted says so.

    What a file says as it is live already is no change for a preview.
    """
    assert "nothing to pull" in project.output_of("pull", "dev", "--emulator")
    with project.console_client() as client:
        (box,) = client.beta.environments.list()
        client.beta.environments.update(box.id, description="Live.")
    project.replace("environments/box.json", '"Box."', '"Live."')
    assert "nothing to change, 1 live already" in project.output_of(
        "preview", "dev", "--emulator", "--detailed-exitcode"
    )
    project.replace("environments/box.json", '"Live."', '"Box."')
    project.change_everything()
    with project.console_client() as client:
        (store,) = client.beta.memory_stores.list()
        client.beta.memory_stores.delete(store.id)
    printed = project.output_of("pull", "dev", "vaults/crm", "memory_stores/facts", "--emulator")
    assert "memory_store memory_stores/facts" in printed
    assert "was deleted outside Pulumi: there is nothing to take" in printed
    changed = {name for name, text in project.files().items() if text != FILES.get(name)}
    assert changed == {"vaults/crm.yaml"}
    assert project.files()["vaults/crm.yaml"] == PULLED["vaults/crm.yaml"]

    code, output = project.run("pull", "dev", "agents/leed", "--emulator")
    assert code == 2
    assert "nothing is called 'agents/leed' that could be pulled; did you mean agents/lead?" in output


PROGRAM = """\
from pulumi_managed_agents import Agent

Agent("triage", name="Triage", model="claude-haiku-5-5", system="Sort.")
"""


def test_a_python_program_is_told_the_value_to_change(tmp_path: Path) -> None:
    """It has no files, so what drifted is named, and nothing else is read or written."""
    project = PullProject(tmp_path / "shop")
    project.init()
    (project.folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    shutil.rmtree(project.folder / "stacks")
    with project.served():
        project.output_of("up", "dev", "--emulator")
        with project.console_client() as client:
            (agent,) = client.beta.agents.list()
            client.beta.agents.update(agent.id, version=1, system="Sort and answer.")
        before = sorted(project.folder.iterdir())
        output = project.output_of("pull", "dev", "--emulator")
        assert sorted(project.folder.iterdir()) == before
    assert 'system  "Sort." → "Sort and answer."  [not taken]' in output
    assert "is declared in a Python program, which has no files for this; change it there" in output
