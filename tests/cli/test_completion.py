"""Shell completion: scripts for three shells, and stages that complete from what lies in ``stacks/``."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from pulumi_managed_agents.cli import main

if TYPE_CHECKING:
    from pathlib import Path

COMPLETE = """\
import sys
from click.shell_completion import BashComplete
from pulumi_managed_agents.cli import main
found = BashComplete(main, {}, "managed-agents", "_X").get_completions(["up"], "")
heavy = {"pydantic", "httpx", "pulumi", "yaml", "rich"} & set(sys.modules)
print(*(one.value for one in found), *heavy)
"""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell: str) -> None:
    """What is evaluated asks `managed-agents` itself for completions."""
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_MANAGED_AGENTS_COMPLETE" in result.output


@pytest.mark.parametrize(
    ("words", "begun", "completed"),
    [
        pytest.param(["up"], "", ["dev", "prod", "staging"], id="stage"),
        pytest.param(["preview", "dev"], "s", ["staging"], id="one of several stages"),
        pytest.param(["status", "dev"], "p", ["prod"], id="a stage that may be left out"),
        pytest.param([], "dri", ["drift"], id="command"),
        pytest.param(["drift", "--output-format"], "m", ["markdown"], id="choice"),
        pytest.param(["pull", "dev"], "agents/h", ["agents/helper"], id="a resource of the stage"),
        pytest.param(["pull", "prod"], "", [], id="of a stage that cannot be read"),
    ],
)
def test_stages_commands_and_choices_complete(
    words: list[str], begun: str, completed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage is a folder or a stack file; the other files beside them are none."""
    for name in ("dev", "staging"):
        (tmp_path / "stacks" / name).mkdir(parents=True)
    (tmp_path / "stacks/Pulumi.prod.yaml").touch()
    (tmp_path / "stacks/dev.values.yaml").touch()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (tmp_path / "stacks/dev/agents").mkdir()
    (tmp_path / "stacks/dev/agents/helper.yaml").write_text("name: H\nmodel: claude-haiku-5-5\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = BashComplete(main, {}, "managed-agents", "_X").get_completions(words, begun)
    assert [one.value for one in found] == completed


def test_completing_loads_nothing_heavy(tmp_path: Path) -> None:
    """A shell asks at every tab."""
    (tmp_path / "stacks/dev").mkdir(parents=True)
    done = subprocess.run([sys.executable, "-c", COMPLETE], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["dev"]
