"""What `doctor` and `drift` say of a stage that was deployed to another workspace, or not at all; no Pulumi CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from managed_agents_emulator.server import running
from managed_agents_emulator.settings import Settings
from tests.command_project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that is not deployed, and an API with two workspaces."""
    made = Project(tmp_path_factory.mktemp("reach") / "mine")
    made.init()
    made.spell_out()
    (made.folder / ".venv").mkdir()
    with running(Settings(port=0, keys={"key-one": "wrkspc_one", "key-two": "wrkspc_two"})) as url:
        made.environment |= {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "key-one"}
        yield made


def test_what_is_known_of_a_stage_grows_with_its_first_deployment(project: Project) -> None:
    """Before it nothing can drift; after it a credential of another workspace is not well, and both are named."""
    code, output = project.run("drift", "dev")
    assert (code, output.splitlines()[1:]) == (
        0,
        ["Stage dev: nothing is deployed yet", "Next: `managed-agents up dev` deploys dev."],
    )
    assert "workspace: wrkspc_one, where the stage was never deployed yet" in project.run("doctor", "dev")[1]
    assert project.run("up", "dev", "--yes")[0] == 0
    assert "ok   workspace: wrkspc_one, where the stage was deployed\n" in project.run("doctor", "dev")[1]
    project.environment["ANTHROPIC_API_KEY"] = "key-two"
    code, output = project.run("doctor", "dev")
    line = "BAD  workspace: the credential belongs to wrkspc_two, but dev was deployed to wrkspc_one"
    assert (code, f"{line} -> use a credential of wrkspc_one" in output) == (1, True), output


def test_without_the_cli_only_an_api_on_this_machine_will_do(project: Project) -> None:
    """What `up` would refuse is not called well."""
    assert "ok   Pulumi CLI: not on PATH" in project.run("doctor", "dev")[1]
    project.environment["ANTHROPIC_BASE_URL"] = "https://api.example.invalid"
    assert "BAD  Pulumi CLI: not on PATH" in project.run("doctor")[1]
