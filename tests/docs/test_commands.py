"""The documentation does what it says: its commands are run, and what cannot be run names commands that exist."""

from __future__ import annotations

import re
import shlex
import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml

from pulumi_managed_agents.commands.ci_init import DeployedStage, workflows
from tests.command_project import WITHOUT_CLI
from tests.docs.command_tree import must_be_known, option_names
from tests.docs.console_blocks import Block, Command, named_in_prose, steps
from tests.docs.reader import follow
from tests.docs.worlds import ROOT, WORLDS, empty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLI = shutil.which("pulumi")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
STAGES = [
    DeployedStage("dev", id="dev", after="", receipts_from="", hands_over=True, protected=False),
    DeployedStage("prod", id="prod", after="deploy-dev", receipts_from="dev", hands_over=False, protected=True),
]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def documented_commands() -> Iterator[Any]:
    """The pages with commands that are run, those that want the Pulumi CLI marked so.

    A page that wants it for a part only is run without that part where the CLI is missing.
    """
    for page in PAGES:
        needs = [step.needs_cli for step in steps(page) if isinstance(step, Block) and not step.not_run]
        marked = all(needs) or (CLI and any(needs))
        if needs:
            yield pytest.param(page, id=name_of(page), marks=[pytest.mark.pulumi_cli] if marked else [])


@pytest.mark.parametrize("page", list(documented_commands()))
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    """Its commands work one after the other, in the world that it takes for granted, and print what is shown."""
    begin = tmp_path / "begin"
    world = WORLDS.get(name_of(page), empty)
    with world(begin) as given, closing(follow(steps(page), begin, WITHOUT_CLI, given, CLI)) as done:
        for command, code, printed in done:
            assert code == 0, f"$ {command.text}\n{printed}"
            assert command.agrees(printed), f"$ {command.text}\n{printed}"


@pytest.mark.parametrize("page", [pytest.param(page, id=name_of(page)) for page in PAGES])
def test_a_page_names_commands_and_options_that_exist(page: Path) -> None:
    """Also where a command cannot be run here, and in running text, in which arguments may be left out."""
    for block in steps(page):
        if isinstance(block, Block):
            for command in block.commands:
                for words in ours(command.text):
                    must_be_known(words)
    for span in named_in_prose(page):
        words = shlex.split(span)[1:]
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= option_names(words), span


def test_pages_name_modules_that_exist() -> None:
    """A moved module cannot leave the maintainers' map behind."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    made = {name for text in texts for name in re.findall(r"<!-- file: (\S+) -->", text)}  # by the page itself
    named = {name for text in texts for name in re.findall(r"`([\w/]+\.py)`", text)} - made
    modules = [
        f"/{path.relative_to(ROOT)}"
        for code in ("provider", "tests", "docs", "bench")
        for path in (ROOT / code).rglob("*.py")
    ]
    assert [name for name in sorted(named) if not any(module.endswith(f"/{name}") for module in modules)] == []


def test_every_command_in_a_workflow_exists() -> None:
    """A renamed command or option cannot leave a pipeline behind."""
    found = set()
    for text in workflows(STAGES, ".", "main").values():
        for script in scripts(yaml.safe_load(text)):
            for words in ours(script):
                must_be_known(words)
                found.add(words[0])
    assert found == {"validate", "preview", "up", "receipts", "drift", "export", "report"}


def scripts(node: object) -> list[str]:
    """Every ``run:`` of a workflow or an action."""
    if isinstance(node, list):
        return [script for inner in node for script in scripts(inner)]
    if not isinstance(node, dict):
        return []
    own = [node["run"]] if isinstance(node.get("run"), str) else []
    return own + [script for inner in node.values() for script in scripts(inner)]


def ours(script: str) -> list[list[str]]:
    """The words behind `managed-agents`, or `managed-agents -C FOLDER`, in each of a script's commands."""
    parts = [part.strip() for part in re.split(r"&&|\|\||;|\n", script.replace("\\\n", " "))]
    said = [shlex.split(part)[1:] for part in parts if part.startswith("managed-agents ")]
    return [words[2:] if words[0] == "-C" else words for words in said]


@pytest.mark.parametrize(
    ("shown", "printed", "agrees"),
    [
        pytest.param((), "anything\n", True, id="nothing shown"),
        pytest.param(("a", "b"), "b\na\n", True, id="another order"),
        pytest.param(("a",), "a\nb\n", False, id="a line too many"),
        pytest.param(("a", "..."), "a\nb\n", True, id="any other lines"),
        pytest.param(("a", "c", "..."), "a\nb\n", False, id="a line that is not there"),
        pytest.param(("took ... in all (0.1 s)",), "took 3 steps in all (12.9 s)\n", True, id="parts that vary"),
    ],
)
def test_output_is_compared_line_by_line(shown: tuple[str, ...], printed: str, agrees: bool) -> None:
    """The comparison sees a missing and a superfluous line, and nothing in durations, ports and ids."""
    assert Command("x", shown).agrees(printed) is agrees


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["upp", "dev"], id="command"),
        pytest.param(["up", "dev", "--emulater"], id="option"),
        pytest.param(["up"], id="no argument"),
    ],
)
def test_an_unknown_command_or_option_is_found(words: list[str]) -> None:
    """The check of commands that are not run does refuse something."""
    with pytest.raises(click.UsageError):
        must_be_known(words)
