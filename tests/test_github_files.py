"""The files for GitHub: by its own schemas, with commands that exist, pinned like the workflows that users get."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pulumi_managed_agents.commands.ci_init import ACTIONS
from tests.journeys.test_sdk_range import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
CHECK = Path(sys.executable).with_name("check-jsonschema")
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-issue-forms": [path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"],
    "github-issue-config": [GITHUB / "ISSUE_TEMPLATE/config.yml"],
    "dependabot": [GITHUB / "dependabot.yml"],
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def steps(workflow: Path) -> Iterator[dict[str, Any]]:
    """Every step of every job."""
    for job in yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values():
        yield from job.get("steps", ())


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_for_github_are_valid_by_its_schemas(schema: str) -> None:
    """What GitHub would ignore without a word is found here, offline."""
    command: list[str | Path] = [CHECK, "--builtin-schema", f"vendor.{schema}", *SCHEMAS[schema]]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == "ok -- validation done\n"


@pytest.mark.parametrize("workflow", [pytest.param(path, id=path.stem) for path in WORKFLOWS])
def test_workflows_run_valid_shell_and_targets_that_exist(workflow: Path) -> None:
    """A target that was renamed would show only when its workflow runs, which may be at the next release."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for script in (step["run"] for step in steps(workflow) if "run" in step):
        subprocess.run(["/bin/bash", "-n"], input=re.sub(r"\$\{\{.*?\}\}", "x", script), text=True, check=True)
        assert set(re.findall(r"^make ([a-z-]+)", script, re.MULTILINE)) <= targets


def test_actions_are_pinned_as_in_the_workflows_that_users_get() -> None:
    """One version of each, by its commit; PyPI's own action is followed on the branch its makers release to."""
    used = {
        found
        for path in WORKFLOWS
        for found in re.findall(r"uses: ([^.\s]\S+(?: # \S+)?)", path.read_text(encoding="utf-8"))
    }
    pinned = {f"{name}@{commit} # {version}" for name, (commit, version) in ACTIONS.items()}
    assert used - pinned == {"pypa/gh-action-pypi-publish@release/v1"}


def test_the_checks_cover_every_python_that_is_declared() -> None:
    """With the newest SDK on each, with the oldest on the first and the last, and with both on one state."""
    checks = yaml.safe_load((GITHUB / "workflows/checks.yml").read_text(encoding="utf-8"))
    matrix = checks["jobs"]["checks"]["strategy"]["matrix"]
    declared = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line]
    assert matrix["python"] == declared
    ends = [(declared[0], declared[-1]), (declared[-1], declared[0])]
    assert matrix["include"] == [{"python": python, "sdk": "lowest", "other": other} for python, other in ends]
    assert any(VARIABLE in step.get("run", "") for step in checks["jobs"]["checks"]["steps"])


def test_a_release_is_checked_before_it_is_published() -> None:
    """Nothing is published that was not checked, and only the job that publishes may sign in to PyPI."""
    jobs = yaml.safe_load((GITHUB / "workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "checks": None,
        "build": "checks",
        "publish": "build",
    }
    assert [name for name, job in jobs.items() if job.get("permissions")] == ["publish"]


@pytest.mark.parametrize(
    ("words", "open_issue", "called"),
    [
        (("open", "Broken", "body.md"), "", ["issue create --title Broken --body-file body.md"]),
        (("open", "Broken", "body.md"), "7", ["issue comment 7 --body-file body.md"]),
        (("close", "Broken", "Mended."), "7", ["issue close 7 --comment Mended."]),
        (("close", "Broken", "Mended."), "", []),
    ],
)
def test_one_issue_stays_open_for_as_long_as_something_is_wrong(
    tmp_path: Path, words: tuple[str, ...], open_issue: str, called: list[str]
) -> None:
    """A second failure adds to it, and what is mended closes it."""
    gh, log = tmp_path / "gh", tmp_path / "log"
    gh.write_text(f'#!/bin/sh\n[ "$2" = list ] && echo "{open_issue}" || echo "$@" >> {log}\n', encoding="utf-8")
    gh.chmod(0o755)
    subprocess.run([GITHUB / "issue", *words], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True)
    assert (log.read_text(encoding="utf-8").splitlines() if log.exists() else []) == called


def test_the_newest_official_sdk_is_compared_each_week() -> None:
    """By the tests that ask it, against the newest release whatever is pinned; what is new becomes an issue."""
    workflow = yaml.safe_load((GITHUB / "workflows/newest.yml").read_text(encoding="utf-8"))
    scripts = "\n".join(step.get("run", "") for step in workflow["jobs"]["sdk"]["steps"])
    assert "make newest-sdk" in scripts
    tests = re.findall(r"tests/\S+", scripts)
    assert tests
    assert all((ROOT / test).exists() for test in tests)
    assert workflow[True]["schedule"]  # YAML 1.1 takes `on` for a truth value
