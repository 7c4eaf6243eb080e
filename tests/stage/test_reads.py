"""Every file of a stage is read once: what is deployed, digested and looked through for secrets are the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.file.facts import FILE
from pulumi_managed_agents.kinds.skill.facts import SKILL as SKILL_FACTS
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.stage import load
from tests.release.proven_stage import FILES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.stage import Stage

OTHERS = {
    "README.md": "# What is here\n",
    "agents/README.md": "# How we write agents\n",
    "odd/typed.yaml": "type: agent\nname: odd\nmodel: claude-haiku-5-5\n",
    "agents/second.yaml.j2": "name: Second\nmodel: claude-haiku-5-5\nsystem: \"{% include 'texts/tone.txt' %}\"\n",
    "agents/third.yaml": "name: Third\nmodel: claude-haiku-5-5\nskills: [../skills/notes]\n",
    "deployments/hourly.yaml": """\
name: hourly
agent: ../agents/third.yaml
environment_id: ../environments/box.yaml
resources: [{path: ../data/orders.csv}, {path: ../skills/notes/scripts/sum.py}, {path: ../texts/tone.txt}]
initial_events: [{type: user.message, content: [{type: text, text: Go.}]}]
""",
}
VALUES = "values: {region: eu}\noverrides: {agents/third.yaml: {description: Third.}}\n"
PROGRAM = """\
import os, sys
from pathlib import Path
from pulumi_managed_agents.commands.promote.closure_files import parts_of
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.stage import load
below, opened = os.path.realpath("stacks") + os.sep, []
edited, text = (*sys.argv[1:], None, None)[:2]
def note(event, arguments):
    if event != "open" or not isinstance(arguments[0], (str, os.PathLike)):
        return
    path = os.path.realpath(os.fspath(arguments[0]))
    if path.startswith(below) and os.path.exists(path):
        opened.append(path.removeprefix(below))
    if edited in opened and len(opened) > opened.index(edited) + 1 and "done" not in opened:
        opened.append("done")
        Path(below, edited).write_text(text)
sys.addaudithook(note)
stage = load("prod", project_dir=Path.cwd(), project="shop")
found = roots(stage)
parts_of(stage, Path.cwd(), found)
print(*(f"opened {path}" for path in opened), *(f"digest {one.digest}" for one in found.values()), sep="\\n")
"""
"""Loads a stage and tells which of its files it opened; given a file and a text, edits that file once it was read."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, which is the working directory, with a stage of every kind of file."""
    for name, text in {**FILES, **OTHERS}.items():
        write(tmp_path / "stacks/prod" / name, text)
    write(tmp_path / "stacks/prod.values.yaml", VALUES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str) -> None:
    """Write a file, and the folders it stands in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def loaded() -> Stage:
    """The stage as its files are now."""
    return load("prod", project_dir=Path.cwd(), project="shop")


def ran(project: Path, *edit: str) -> list[tuple[str, str]]:
    """What the program tells: pairs of a word and a path or digest."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *edit], cwd=project, env=environment, capture_output=True, text=True, check=True
    )
    return [(word, digest) for word, _, digest in (line.partition(" ") for line in done.stdout.splitlines())]


def test_every_file_is_opened_once(project: Path) -> None:
    """Loading a stage, digesting it and telling what goes with what opens each of its files a single time."""
    opened = Counter(path for word, path in ran(project) if word == "opened")
    files = [f"prod/{name}" for name in (*FILES, *OTHERS)]
    assert opened == Counter({**dict.fromkeys(files, 1), "prod.values.yaml": 1})


@pytest.mark.parametrize("name", sorted(FILES))
def test_an_edit_after_loading_moves_no_digest(project: Path, name: str) -> None:
    """What is digested is what was loaded, also where a file changed or vanished in between."""
    before = roots(loaded())
    stage = loaded()
    write(project / "stacks/prod" / name, FILES[name] + "more\n")
    assert roots(stage) == before
    (project / "stacks/prod" / name).unlink()
    assert roots(stage) == before


def test_an_edit_while_a_stage_is_loaded_is_seen_by_no_step_of_it(project: Path) -> None:
    """A secret that is written into a file just after it was read is in no body, no digest and no finding."""
    digests = [digest for word, digest in ran(project) if word == "digest"]
    exposed = f"{FILES['agents/triage.md']}AWS_SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz'\n"
    during = ran(project, "prod/agents/triage.md", exposed)
    assert ("opened", "done") in during
    assert [digest for word, digest in during if word == "digest"] == digests
    with pytest.raises(InputError, match="looks like a secret"):
        loaded()


@pytest.mark.parametrize(
    ("name", "upload"),
    [
        pytest.param("skills/notes/scripts/sum.py", lambda body: SKILL_FACTS.operations.create(None, body), id="skill"),
        pytest.param("data/orders.csv", lambda body: FILE.operations.create(None, body), id="file"),
    ],
)
def test_an_edit_between_program_and_upload_is_refused(
    project: Path, name: str, upload: Callable[[dict[str, object]], object]
) -> None:
    """The provider reads the bytes it uploads again, and uploads none that are not those of the recorded digest."""
    made = {one.name: one for one in loaded().definitions}
    skill, file = made["skills/notes"].bundle, made["data/orders.csv"]
    assert skill is not None
    body: dict[str, object] = (
        {"directory": skill.directory, "digest": skill.digest, "name": skill.name, "owner": "shop/prod/skills/notes"}
        if name.startswith("skills/")
        else {**file.body, "owner": "shop/prod/data/orders.csv"}
    )
    write(project / "stacks/prod" / name, "other\n")
    with pytest.raises(InputError, match="changed since the program read"):
        upload(body)


def test_what_a_template_includes_is_looked_through(project: Path) -> None:
    """Its text becomes part of a definition, so a secret in it is one of the stage."""
    write(project / "stacks/prod/texts/tone.txt", "token: 'ghp_0123456789abcdefghijABCDEFGHIJ012345'\n")
    with pytest.raises(InputError, match=r"stacks/prod/texts/tone\.txt:1: looks like a secret"):
        loaded()
