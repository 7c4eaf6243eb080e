"""Every template of `managed-agents init`: well formed, deployed, smoke-tested, and then nothing left to do."""

from __future__ import annotations

import compileall
import os
import re
import shutil
from collections.abc import Iterator  # noqa: TC003
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pulumi_managed_agents.cli import main
from pulumi_managed_agents.commands.init import TEMPLATES, texts_below, write_project
from pulumi_managed_agents.commands.validate.validate import validate_stages
from pulumi_managed_agents.engine.emulator import environment_for
from pulumi_managed_agents.engine.trial import TrialEngine
from tests.journeys.journey_server import Server, emulator

FOLDER = Path(__file__).parents[2] / "provider/pulumi_managed_agents/templates"
templates = pytest.mark.parametrize("template", TEMPLATES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One emulator for all templates, as one workspace may hold them all."""
    with emulator(tmp_path_factory.mktemp("data")) as running:
        yield running


@templates
def test_a_template_is_well_formed_and_has_its_smoke_tests(template: str, tmp_path: Path) -> None:
    """Not even a warning is left for the person who begins with it."""
    list(write_project(tmp_path, template, "mine"))
    said, *uncovered = validate_stages(tmp_path, (), strict=True)
    assert str(said).startswith("stacks/dev: ")
    assert all(str(line).startswith("no smoke test covers ") for line in uncovered)
    assert "and 0 smoke tests" not in str(said)
    settings = yaml.safe_load((tmp_path / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert (settings["name"], settings["template"]["description"]) == ("mine", TEMPLATES[template].description)


@templates
def test_a_template_deploys_and_a_second_up_writes_nothing(template: str, server: Server, tmp_path: Path) -> None:
    """Its agents pass their smoke tests, with any value for the secrets that `init` has named."""
    project = tmp_path / "project"
    list(write_project(project, template, f"my-{template}"))
    secrets = dict.fromkeys(TEMPLATES[template].secrets, "any text")
    environment = environment_for(server.url, os.environ | secrets)
    engine = TrialEngine(project_dir=project, stage="dev", state_dir=tmp_path / "state", env=environment)
    first = engine.up(lambda _: None)
    assert first.errors == ()
    assert server.writes() != []
    second = engine.up(lambda _: None)
    assert (second.errors, second.changes, server.writes()) == ((), 0, [])


def test_every_template_has_a_folder_and_a_line_in_the_list() -> None:
    """`init --list` names each with what it shows, and no folder is out of reach."""
    listed = CliRunner().invoke(main, ["init", "--list"]).output.splitlines()
    assert [line.split(maxsplit=1) for line in listed] == [[name, one.description] for name, one in TEMPLATES.items()]
    assert {path.name for path in FOLDER.iterdir()} == {*TEMPLATES, "shared", "github_actions"}


def test_what_an_installer_leaves_beside_a_template_is_no_part_of_it(tmp_path: Path) -> None:
    """Pip compiles every program of a package, a template's `__main__.py` as well."""
    (tmp_path / "__main__.py").write_text("print()\n", encoding="utf-8")
    compileall.compile_dir(tmp_path, quiet=1)
    assert (tmp_path / "__pycache__").exists()
    assert [path for path, _ in texts_below(tmp_path)] == ["__main__.py"]


@templates
def test_the_next_line_holds_all_that_is_to_be_typed_and_no_more(template: str, tmp_path: Path) -> None:
    """Into the folder, the secrets that the template wants, and the two commands, in this order."""
    *_, line = write_project(tmp_path / "new one", template, "mine")
    secrets = [f"export {name}=any-text-does-for-the-emulator" for name in TEMPLATES[template].secrets]
    enter = f"cd '{tmp_path / 'new one'}'"
    commands = [enter, *secrets, "managed-agents validate", "managed-agents up dev --emulator"]
    assert re.findall("`(.+?)`", line) == commands


def test_nobody_is_sent_into_the_folder_that_they_are_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init` without a directory writes into the present one."""
    monkeypatch.chdir(tmp_path)
    *_, line = write_project(Path(), "minimal", "mine")
    assert line.startswith("Next: `managed-agents validate`, then ")


def test_the_stages_of_a_template_fit_into_one_workspace(server: Server, tmp_path: Path) -> None:
    """A copy of the first stage's folder is a second stage, whose environment has a name of its own."""
    list(write_project(tmp_path, "minimal", "two-stages"))
    shutil.copytree(tmp_path / "stacks/dev", tmp_path / "stacks/prod")
    for stage in ("dev", "prod"):
        environment = environment_for(server.url, os.environ)
        engine = TrialEngine(project_dir=tmp_path, stage=stage, state_dir=tmp_path / "state", env=environment)
        assert engine.up(lambda _: None).errors == ()


@pytest.mark.parametrize("other", [name for name in TEMPLATES if name != "minimal"])
def test_another_template_beside_the_first_overwrites_nothing(other: str, tmp_path: Path) -> None:
    """The templates' files mix, and what was there first stays as it was."""
    list(write_project(tmp_path, "minimal", "mine"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    list(write_project(tmp_path, other, "mine"))
    assert {path: path.read_bytes() for path in before} == before
