"""The version of the Pulumi CLI is remembered for as long as it holds, and no longer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.engine import automation_stack, cli_version
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi.automation import PulumiCommand

    Opened = Callable[[str], tuple[PulumiCommand, list[str]]]

SIZE = cli_version.SMALLEST


@pytest.fixture
def pulumi_of_some_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens the Pulumi CLI on PATH as a new process does; it says this version, and for what it was started."""
    program, started = tmp_path / "bin/pulumi", tmp_path / "started"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("MANAGED_AGENTS_CACHE", str(tmp_path / "cache"))

    def opened(version: str) -> tuple[PulumiCommand, list[str]]:
        script = f'#!/bin/sh\necho "$*" >> {started}\necho v{version}\nexit 0\n'
        if not program.exists() or script not in program.read_text("utf-8"):
            program.write_text(script.ljust(SIZE), "utf-8")
            program.chmod(0o755)
        started.write_text("", "utf-8")
        automation_stack.pulumi_for_runs.cache_clear()
        return automation_stack.pulumi_for_runs(), started.read_text("utf-8").splitlines()

    return opened


def test_the_version_of_a_cli_is_asked_once(pulumi_of_some_version: Opened) -> None:
    """To start the CLI takes a fifth of a second, and the file that was asked will not say anything else."""
    assert pulumi_of_some_version("3.260.0")[1] == ["version"]
    command, started = pulumi_of_some_version("3.260.0")
    assert (str(command.version), started) == ("3.260.0", [])


def test_another_cli_is_asked_for_its_version(pulumi_of_some_version: Opened) -> None:
    """An answer holds for one file: the CLI in its place may be another, or too old."""
    pulumi_of_some_version("3.260.0")
    command, started = pulumi_of_some_version("3.261.0")
    assert (str(command.version), started) == ("3.261.0", ["version"])
    with pytest.raises(ManagedAgentsError, match=r"cannot be used: Minimum version .* is 2\.25\.2"):
        pulumi_of_some_version("2.25.2")


def test_a_cli_that_is_too_old_is_refused_each_time(pulumi_of_some_version: Opened) -> None:
    """Only the version of a CLI that can be used is remembered."""
    for _ in range(2):
        with pytest.raises(ManagedAgentsError, match=r"cannot be used: Minimum version .* is 2\.25\.2"):
            pulumi_of_some_version("2.25.2")


@pytest.mark.parametrize("changed", ["another SDK", "a launcher", "no longer readable"])
def test_a_version_is_asked_where_an_answer_may_not_hold(
    pulumi_of_some_version: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: str
) -> None:
    """Another SDK may need a newer CLI, and a launcher starts another one tomorrow without being changed itself."""
    if changed == "a launcher":
        monkeypatch.setattr(cli_version, "SMALLEST", cli_version.SMALLEST + 1)
    pulumi_of_some_version("3.260.0")
    if changed == "another SDK":
        monkeypatch.setattr("importlib.metadata.version", lambda _: "3.999.0")
    if changed == "no longer readable":
        (tmp_path / "cache/pulumi.json").write_text('{"asked": ', "utf-8")
    assert pulumi_of_some_version("3.260.0")[1] == ["version"]


def test_a_version_is_asked_where_no_answer_can_be_kept(
    pulumi_of_some_version: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A home that cannot be written to costs a fifth of a second, and no more."""
    (tmp_path / "a file").touch()
    monkeypatch.setenv("MANAGED_AGENTS_CACHE", str(tmp_path / "a file"))
    for _ in range(2):
        assert pulumi_of_some_version("3.260.0")[1] == ["version"]
