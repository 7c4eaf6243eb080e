"""The locked versions: all that is asked for, within the ranges that `pyproject.toml` promises, for each Python."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pulumi_managed_agents.commands.init import write_project

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
OWN = canonicalize_name(PROJECT["name"])
RUNTIME = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["emulator"]]
ALL = [
    *PYPROJECT["build-system"]["requires"],
    *PROJECT["dependencies"],
    *(requirement for extra in PROJECT["optional-dependencies"].values() for requirement in extra),
]
PYTHONS = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line]


def pins(lock: Path, python: str) -> dict[str, str]:
    """The version of each package that a lock names for a release of Python on this system."""
    environment = {"python_version": python, "python_full_version": f"{python}.7"}
    lines = (line.partition("#")[0].strip() for line in lock.read_text(encoding="utf-8").splitlines())
    requirements_listed = [Requirement(line) for line in lines if line]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in requirements_listed
        if not pin.marker or pin.marker.evaluate(environment)
    }


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        pytest.param(ROOT / "constraints.txt", ALL, id="of the checkout"),
        pytest.param(
            ROOT / "provider/pulumi_managed_agents/templates/shared/constraints.txt", RUNTIME, id="for projects"
        ),
    ],
)
def test_every_requirement_is_locked_within_its_range(lock: Path, requirements: list[str], python: str) -> None:
    """A dependency that is added, or a range that is moved, asks for `make lock`."""
    locked = pins(lock, python)
    requirements_listed = [one for one in map(Requirement, requirements) if canonicalize_name(one.name) != OWN]
    wrong = [
        str(one)
        for one in requirements_listed
        if not one.specifier.contains(locked.get(canonicalize_name(one.name), "missing"))
    ]
    assert wrong == []


def test_the_lock_of_projects_is_a_part_of_the_lock() -> None:
    """What users install is what the tests ran with."""
    shipped = pins(ROOT / "provider/pulumi_managed_agents/templates/shared/constraints.txt", PYTHONS[0])
    assert shipped.items() <= pins(ROOT / "constraints.txt", PYTHONS[0]).items()


def test_what_the_requirements_require_is_locked_too() -> None:
    """Nothing that an install pulls in is left to the day it runs on."""
    locked = pins(ROOT / "constraints.txt", ".".join(map(str, sys.version_info[:2])))
    left, seen = [Requirement(f"{OWN}[dev]")], set[str]()
    while left:
        asked = left.pop()
        for requirement in map(Requirement, requires(asked.name) or []):
            marked = [{"extra": extra} for extra in (asked.extras or {""})]
            if requirement.marker and not any(map(requirement.marker.evaluate, marked)):
                continue
            if str(requirement) not in seen:
                seen.add(str(requirement))
                left.append(requirement)
    names = {canonicalize_name(Requirement(text).name) for text in seen} - {OWN}
    assert len(names) > len(ALL)
    assert names - locked.keys() == set()


def test_init_pins_the_release_and_what_it_was_tested_with(tmp_path: Path) -> None:
    """A project that is checked out a year later gets the same versions."""
    list(write_project(tmp_path / "mine", "minimal"))
    text = (tmp_path / "mine/requirements.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines == ["-c constraints.txt", f"managed-agents-pulumi[emulator]=={version('managed-agents-pulumi')}"]
    assert pins(tmp_path / "mine/constraints.txt", PYTHONS[0]).keys() >= {"pulumi", "grpcio", "pydantic-core"}
