"""Promotion from dev to staging to prod, a hotfix on the way back, and pins that go back; with either engine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.command_project import WITHOUT_CLI
from tests.journeys.journey_server import local_emulator
from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.promotion_stages import Stages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def three_stages(folder: Path, path: str) -> Iterator[Stages]:
    own = {key: value for key, value in os.environ.items() if not key.startswith(("ANTHROPIC_", "MANAGED_AGENTS_"))}
    made = Stages(folder / "desk", {**own, "PATH": path})
    with local_emulator(made.folder):
        yield made


def deploy_one_red(stages: Stages) -> None:
    """Edit both agents of dev, of which one fails its test; the other can go on."""
    stages.edit("stacks/dev/agents/triage.md", "You are", "You really are")
    stages.edit("stacks/dev/agents/billing.md", "You are", "You truly are")
    stages.edit("stacks/dev/smoke/triage.yaml", "[triage]", "[nonsense]")
    assert "run `managed-agents up dev --emulator`" in stages.run("pins", "dev", code=2)
    assert not list(stages.folder.glob(".managed-agents/state/.pulumi/stacks/*/*"))
    stages.run("up", "dev", code=4)
    output = stages.run("promote", "dev", "staging")
    assert "agents/billing: proven in dev by billing" in output
    assert "not promoted: agents/triage: failed in dev" in output
    assert "not promoted: deployments/nightly: failed in dev" in output
    assert "truly" in stages.read("stacks/staging/agents/billing.md")
    assert "really" not in stages.read("stacks/staging/agents/triage.md")

    stages.edit("stacks/dev/smoke/triage.yaml", "[nonsense]", "[triage]")


def roll_back(stages: Stages) -> None:
    """Put dev's triage back to its first version; billing serves its second."""
    stages.writes()
    stages.write("stacks/dev/agents/triage.md", "half an edit: [")
    assert "agents/triage: version 2 → 1" in stages.run("rollback", "dev", "--pins", "--only", "agents/triage")
    pins = stages.pins("dev")
    assert {name: pin["version"] for name, pin in pins.items()} == {"agents/billing": 2, "agents/triage": 1}
    assert stages.deployed_version(pins["agents/triage"]["id"]) == 1
    assert [one.split("/")[2] for one in stages.writes()] == ["deployments"]
    assert "# Said by the team." in stages.read("stacks/Pulumi.dev.yaml")


def test_only_what_is_proven_reaches_the_next_stage_and_a_bad_version_goes_back(tmp_path: Path) -> None:
    """Red stays behind, green goes on; a hotfix is never overwritten; pins go back without a new version."""
    with three_stages(tmp_path, WITHOUT_CLI) as stages:
        deploy_one_red(stages)
        stages.run("up", "dev")
        assert "+ stacks/staging" not in stages.run("promote", "dev", "staging")
        stages.run("up", "staging")
        assert "agents/triage: proven in staging" in stages.run("promote", "staging", "prod")
        stages.run("up", "prod")
        stages.commit()

        stages.edit("stacks/prod/agents/triage.md", "You really are", "You calmly are")
        stages.edit("stacks/dev/agents/billing.md", "truly", "still")
        assert "Stage prod: no drift in 4 objects" in stages.run("drift", "prod")
        assert "\nnothing was changed" in stages.run("up", "prod", code=7)
        refused = stages.run("promote", "staging", "prod", code=6)
        assert "+You calmly are triage." in refused
        assert "promote staging prod --backport" in refused
        assert "promote dev staging --backport" in stages.run("promote", "staging", "prod", "--backport")
        assert "up dev" in stages.run("promote", "dev", "staging", "--backport")
        assert "calmly" in stages.read("stacks/dev/agents/triage.md")

        stages.run("up", "dev")
        roll_back(stages)


@needs_pulumi
def test_the_pulumi_cli_promotes_and_rolls_back_as_well(tmp_path: Path) -> None:
    """What depends on the engine: whose proof a stage has, that it is refused without, and the targets of pins."""
    with three_stages(tmp_path, os.environ["PATH"]) as stages:
        deploy_one_red(stages)
        assert "\nnothing was changed" in stages.run("up", "staging", code=7)
        stages.edit("stacks/dev/agents/billing.md", "truly", "still")
        stages.run("up", "dev")
        stages.edit("stacks/dev/agents/triage.md", "really", "calmly")
        stages.run("up", "dev")
        roll_back(stages)
        output = stages.run("status", "dev")
        assert "serves 1, newest 2: rolled back" in output
        assert "Not compared with what is live: stacks/dev/agents/triage.md" in output
