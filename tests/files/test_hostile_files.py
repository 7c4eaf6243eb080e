"""Files that are no files, or hold what would take a reader's memory or time."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.adopt.lockfile import read_lockfile
from pulumi_managed_agents.commands.promote.origins import read_origins
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.trial.state import State
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import read_json, read_text
from pulumi_managed_agents.release.ledger import read_receipts
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.recording import read_recording
from pulumi_managed_agents.stage import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "[" * 50_000 + "]" * 50_000


def settings(path: Path) -> None:
    """Read a file as the configuration of a stage."""
    (path.parent / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    path.rename(path.parent / "Pulumi.dev.yaml")
    read_project(path.parent, "dev")


def values(path: Path) -> None:
    """Read a file as the values of a stage."""
    agents = path.parent / "stacks" / "dev" / "agents"
    agents.mkdir(parents=True)
    (agents / "triage.yaml").write_text("name: Triage\nmodel: claude-haiku-5-5\n", encoding="utf-8")
    path.rename(path.parent / "stacks" / "dev.values.yaml")
    load("dev", project_dir=path.parent, project="shop")


READERS: dict[str, Callable[[Path], object]] = {
    "a definition": lambda path: read_text(path, path.name),
    "the stage's configuration": settings,
    "values": values,
    "receipts": read_receipts,
    "promoted origins": read_origins,
    "a lockfile": read_lockfile,
    "the trial state": State,
    "a transcript": lambda path: read_recording(read_text(path, path.name), path.name, lambda _: KNOWN.scrubber()),
}
JSON = ("receipts", "promoted origins", "a lockfile", "the trial state")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_is_not_waited_for(reader: str, tmp_path: Path) -> None:
    """Nobody writes into a named pipe that lies where a file should."""
    os.mkfifo(tmp_path / "file")
    with pytest.raises(InputError):
        READERS[reader](tmp_path / "file")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("reader", READERS)
def test_a_device_without_an_end_is_not_read(reader: str, tmp_path: Path) -> None:
    """A link to a device that gives for ever is refused at once."""
    (tmp_path / "file").symlink_to("/dev/zero")
    with pytest.raises(InputError):
        READERS[reader](tmp_path / "file")


@pytest.mark.parametrize("reader", [reader for reader in READERS if reader != "a definition"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[1, 2", b"{]", DEEP.encode(), b"7", b'{"a": 1'])
def test_what_is_damaged_is_refused_in_one_sentence(reader: str, content: bytes, tmp_path: Path) -> None:
    """Whatever stands in a file, the message names it and no traceback follows."""
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError) as refused:
        READERS[reader](tmp_path / "file")
    assert len(str(refused.value).splitlines()) == 1
    assert "Traceback" not in str(refused.value)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("reader", ["the stage's configuration", "values"])
def test_aliases_that_multiply_are_counted(reader: str, tmp_path: Path) -> None:
    """A few hundred bytes of YAML may not become a billion values."""
    (tmp_path / "file").write_text(BOMB, encoding="utf-8")
    with pytest.raises(InputError, match=r"more than 200,000 values, aliases written out"):
        READERS[reader](tmp_path / "file")


def test_json_with_a_number_of_many_digits_is_refused(tmp_path: Path) -> None:
    """Python refuses to read such a number, which is reported as any other fault."""
    (tmp_path / "file").write_text(json.dumps({"a": 1}).replace("1", "1" * 10_000), encoding="utf-8")
    with pytest.raises(InputError, match="not valid JSON"):
        read_json(tmp_path / "file", "file")
