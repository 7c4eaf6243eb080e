"""Our commands in a program whose resources share names: of two kinds, and in components of two types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command_project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """\
import pulumi

from pulumi_managed_agents import Agent, Environment

for place in ("Day", "Night"):
    desk = pulumi.ComponentResource(f"acme:support:{place}", place)
    inside = pulumi.ResourceOptions(parent=desk)
    Agent("triage", model="claude-haiku-5-5", system=f"One, by {place}.", opts=inside)
Agent("triage", model="claude-haiku-5-5")
Environment("triage")
"""
DAY, NIGHT = (("agent", f"acme:support:{place}::triage") for place in ("Day", "Night"))
ALL = [DAY, NIGHT, ("agent", "triage"), ("environment", "triage")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder: Path = tmp_path_factory.mktemp("namesakes") / "shop"
    (folder / ".managed-agents").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    with Project(folder).served() as made:
        made.output_of("up", "dev", "--emulator")
        yield made


def test_each_resource_is_reported_by_a_name_of_its_own(project: Project) -> None:
    """In the results of an up, of which nobody need ask which of two is meant."""
    report = json.loads(project.output_of("up", "dev", "--emulator", "--output-format", "json"))
    assert sorted((one["kind"], one["name"]) for one in report["resources"]) == ALL


def test_no_object_of_the_stage_is_an_orphan(project: Project) -> None:
    """One that shares its name with another is as well known as any."""
    assert json.loads(project.output_of("orphans", "dev", "--emulator", "--output-format", "json"))["orphans"] == []


def test_a_review_holds_what_becomes_of_each(project: Project) -> None:
    """Two edits of namesakes are two entries, each with its own change; the others stay as they are."""
    program = project.folder / "__main__.py"
    program.write_text(PROGRAM.replace("One", "Two"), encoding="utf-8")
    try:
        review = json.loads(project.output_of("preview", "dev", "--emulator", "--output-format", "json"))
    finally:
        program.write_text(PROGRAM, encoding="utf-8")
    (stage,) = review["stages"]
    found = {(one["kind"], one["name"]): one["changes"][0]["desired"] for one in stage["resources"]}
    assert (found, stage["unchanged"]) == ({DAY: "Two, by Day.", NIGHT: "Two, by Night."}, 2)


def test_drift_is_told_of_the_one_that_drifted(project: Project) -> None:
    """What somebody changed by hand is in the report once, by the name that tells it from the others."""
    changed = next(one for one in project.console_client().beta.agents.list() if one.system == "One, by Night.")
    project.console_client().beta.agents.update(
        changed.id, version=changed.version, description="By hand.", system="By hand."
    )
    report = json.loads(project.output_of("drift", "dev", "--emulator", "--output-format", "json", code=5))
    (stage,) = report["stages"]
    assert [(one["kind"], one["name"]) for one in stage["drifted"]] == [NIGHT]
