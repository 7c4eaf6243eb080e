"""Where a run is recorded at its end, and where an up needs no preview: a stage of files, and a state of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.engine.open_stage import OpenStage
from pulumi_managed_agents.engine.own_state import is_judged_by_itself, variables_of_destroy, variables_of_up
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.pulumi_cli import PulumiCli
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = '"""A stage."""\n\nfrom pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n'
OURS = {"type": "pulumi-python:dynamic/managedagents:Agent", "protect": False}
STACK = {"type": "pulumi:pulumi:Stack", "protect": False}
BUCKET = {"PULUMI_BACKEND_URL": "s3://states"}


def stage(folder: Path, environment: dict[str, str], *, program: str = PLAIN, settings: str = "") -> OpenStage:
    """A stage of files in a folder, as a command opens it."""
    (folder / "stacks" / "dev" / "agents").mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\nstackConfigDir: stacks\n{settings}", "utf-8")
    (folder / "__main__.py").write_text(program, "utf-8")
    project = read_project(folder, "dev")
    engine = PulumiCli(project_dir=folder, stage="dev", env={})
    return OpenStage(engine, "the Pulumi CLI", project, {"HOME": str(folder), **environment})


def records_at_the_end(opened: OpenStage) -> bool:
    """Whether an up of it, and a destroy of what it made, are recorded at their end; both alike."""
    up, destroy = variables_of_up(opened, opened.stage()), variables_of_destroy(opened, [OURS, STACK])
    assert up == destroy
    return "PULUMI_SKIP_CHECKPOINTS" in up


@pytest.mark.parametrize("url", ["file:///states", "s3://states", "gs://states", "azblob://states"])
def test_a_state_of_ones_own_is_written_once_a_run(tmp_path: Path, url: str) -> None:
    """A file or a bucket, wherever the CLI is told of it: the environment, the project, or its own login."""
    assert records_at_the_end(stage(tmp_path, {"PULUMI_BACKEND_URL": url}))
    assert records_at_the_end(stage(tmp_path, {}, settings=f"backend: {{url: '{url}'}}\n"))
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "credentials.json").write_text(f'{{"current": "{url}"}}', "utf-8")
    assert records_at_the_end(stage(tmp_path, {}))


@pytest.mark.parametrize("url", ["https://api.pulumi.com", "https://pulumi.example.com", ""])
def test_pulumi_cloud_records_each_step(tmp_path: Path, url: str) -> None:
    """Also where the setting asks for less; and an up there has its preview, since policies may stop it."""
    opened = stage(
        tmp_path, {"PULUMI_BACKEND_URL": url}, settings="config: {managed-agents:checkpoints: {value: end}}\n"
    )
    assert not records_at_the_end(opened)
    assert not is_judged_by_itself(opened, [OURS])


def test_what_a_kill_would_lose_is_recorded_at_each_step(tmp_path: Path) -> None:
    """Other packages' resources bear no mark, and a file can bear none; a setting decides for either."""
    foreign = stage(tmp_path, BUCKET, program=f"import pulumi_random\n{PLAIN}")
    assert not variables_of_up(foreign, foreign.stage())
    assert not variables_of_destroy(foreign, [OURS, {"type": "random:index:RandomPet", "protect": False}])
    (tmp_path / "stacks" / "dev" / "agents" / "a.yaml").write_text("name: A\nmodel: claude-haiku-5-5\n", "utf-8")
    (tmp_path / "stacks" / "dev" / "environments").mkdir()
    (tmp_path / "stacks" / "dev" / "environments" / "e.yaml").write_text("name: e\nconfig: {type: cloud}\n", "utf-8")
    (tmp_path / "stacks" / "dev" / "guide.pdf").write_bytes(b"%PDF")
    (tmp_path / "stacks" / "dev" / "deployments").mkdir()
    (tmp_path / "stacks" / "dev" / "deployments" / "d.yaml").write_text(
        "name: d\nagent: ../agents/a.yaml\nenvironment_id: ../environments/e.yaml\n"
        "initial_events: [{type: user.message, content: [{type: text, text: Go.}]}]\n"
        "resources: [{type: file, file_id: ../guide.pdf}]\n",
        "utf-8",
    )
    uploading = stage(tmp_path, BUCKET)
    assert {one.kind for one in uploading.stage().definitions} == {"agent", "deployment", "environment", "file"}
    assert not variables_of_up(uploading, uploading.stage())
    asked = stage(tmp_path, BUCKET, settings="config: {managed-agents:checkpoints: {value: end}}\n")
    assert variables_of_up(asked, asked.stage())


def test_the_setting_says_when(tmp_path: Path) -> None:
    """`step` has each step recorded; what is neither is an error."""
    assert not records_at_the_end(
        stage(tmp_path, BUCKET, settings="config: {managed-agents:checkpoints: {value: step}}\n")
    )
    other = stage(tmp_path, BUCKET, settings="config: {managed-agents:checkpoints: {value: never}}\n")
    with pytest.raises(InputError, match="managed-agents:checkpoints is 'never'; it must be one of end, step"):
        variables_of_up(other, None)


@pytest.mark.parametrize(
    ("program", "recorded", "judged"),
    [
        (PLAIN, [OURS, STACK], True),
        (PLAIN, [OURS, {**OURS, "protect": True}], False),
        (PLAIN, [{"type": "random:index:RandomPet", "protect": False}], False),
        (PLAIN.replace("deploy_stage()", "deploy_stage(opts=None)"), [OURS], False),
        (f"{PLAIN}print(1)\n", [OURS], False),
        ("not Python", [OURS], False),
    ],
    ids=["plain", "protected", "another package", "options", "more code", "broken"],
)
def test_an_up_without_a_question_needs_no_preview_where_files_say_all(
    tmp_path: Path, program: str, recorded: list[dict[str, Any]], judged: bool
) -> None:
    """Only a plain program of a stage finds by itself all that a preview would find."""
    assert is_judged_by_itself(stage(tmp_path, BUCKET, program=program), recorded) is judged


def test_flags_from_the_environment_are_heeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may name a policy pack, which only the engine's preview asks."""
    monkeypatch.setenv("PULUMI_OPTION_POLICY_PACK", "policies")
    assert not is_judged_by_itself(stage(tmp_path, BUCKET), [OURS])
