"""What a program has of the stages that it deploys from files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_managed_agents import Agent, inputs
from pulumi_managed_agents.dynamic.program.deployed_stage import Named, recorded_resources
from tests.command_project import Project
from tests.dynamic.mocked_program import PREFIX, registered
from tests.dynamic.trial_program import trial_program
from tests.journeys.production_stage import SMOKE

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "agents/triage.md": "---\nname: {label}\nmodel: claude-haiku-5-5\nskills: [../skills/notes]\n---\nYou triage.\n",
    "environments/box.yaml": "name: {label}-box\n",
    "skills/notes/SKILL.md": "---\nname: notes\ndescription: How to.\n---\nSo.\n",
    "smoke/triage.yaml": SMOKE.replace("[triage]", "[{label}]"),
}
PROGRAM = """\
import pulumi

from pulumi_managed_agents import Agent, Environment, deploy_stage


class Shift(pulumi.ComponentResource):
    def __init__(self, name, definitions):
        super().__init__(f"acme:support:{name}", name)
        self.stage = deploy_stage(definitions=definitions, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"pins": self.stage.pins})


stage = deploy_stage()
triage = stage.agents["agents/triage"]
Agent("lead", model="claude-haiku-5-5", multiagent={"type": "coordinator", "agents": [triage]})
Environment("last", opts=pulumi.ResourceOptions(depends_on=[stage.release]))
night = Shift("Night", "night").stage
pulumi.export("parameter", stage.pins.apply(lambda pins: [pins["agents/triage"]["id"], triage.id]))
pulumi.export("night", night.pins)
pulumi.export("names", sorted(night.resources))
"""


def files(folder: str, label: str) -> dict[str, str]:
    return {f"{folder}/{name}": text.replace("{label}", label) for name, text in FILES.items()}


def test_a_program_goes_on_with_the_stages_that_it_deploys(tmp_path: Path) -> None:
    """Two folders, one of them in a component: their pins, and resources beside and after what the files describe.

    Each has its own tests, pins and receipts, and the next up has nothing to do. A program that no longer deploys one
    stops before anything of it is lost.
    """
    with trial_program(tmp_path) as program:
        program.write({"__main__.py": PROGRAM, **files("stacks/dev", "Day"), **files("night", "Night")})
        output = program.succeeded("up").outputs

        recorded = program.recorded()
        inside = {urn.removeprefix("acme:support:Night$") for urn in recorded if urn.startswith("acme:support:Night$")}
        day, night = (recorded[f"{place}Release::release"]["outputs"] for place in ("", "acme:support:Night$"))
        ids = {urn: one["id"] for urn, one in recorded.items()}
        assert inside == {
            *("Agent::agents/triage", "Environment::environments/box", "Skill::skills/notes"),
            *("SmokeTests::smoke-tests", "Release::release", "Proof::proof"),
        }
        assert output["parameter"] == [ids["Agent::agents/triage"]] * 2
        assert output["pins"] == day["pins"]
        assert output["night"] == night["pins"]
        assert night["pins"]["agents/triage"]["id"] == ids["acme:support:Night$Agent::agents/triage"]
        assert [*day["receipts"]] == [*night["receipts"]] == ["agents/triage"]
        assert output["names"] == ["agents/triage", "environments/box", "skills/notes"]
        agents = program.server.agents()
        assert agents["lead"].multiagent.agents[0].id == agents["Day"].id

        program.server.writes()
        assert {step.op for step in program.succeeded("up").steps} == {"same"}
        assert program.server.writes() == []

        program.write({"__main__.py": PROGRAM.partition("night =")[0]})
        assert not program.run("up").ok
        assert "all 3 resources of the stage inside acme:support:Night would be removed" in str(program.events)
        assert program.server.writes() == []


def test_what_is_reviewed_of_two_stages_is_what_is_applied(tmp_path: Path) -> None:
    """A review holds files and tests of both, and an up after it finds those of each as they were."""
    folder = tmp_path / "project"
    folder.mkdir()
    program = Project(folder)
    written = {"Pulumi.yaml": "name: shop\nstackConfigDir: stacks\nruntime: python\n", "__main__.py": PROGRAM}
    for name, text in {**written, **files("stacks/dev", "Day"), **files("night", "Night")}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with program.served():
        plan = str(tmp_path / "plan.json")
        review = program.output_of("preview", "dev", "--emulator", "--save-plan", plan, "--output-format", "json")
        (stage,) = json.loads(review)["stages"]
        assert len(stage["tests"]["due"]) == 2
        program.output_of("up", "dev", "--emulator", "--plan", plan)


def test_two_stages_in_one_place_are_refused(tmp_path: Path) -> None:
    """Their release and tests would be the same resources; what to do is said before anything is made."""
    with trial_program(tmp_path) as program:
        twice = 'from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\ndeploy_stage(definitions="night")\n'
        program.write({"__main__.py": twice, **files("stacks/dev", "Day"), **files("night", "Night")})
        assert not program.run("preview").ok
        shown = "\n".join(map(str, program.events))
        assert "the program deploys two stages without a parent; give each a parent of a type of its own" in shown


def test_a_run_that_declares_no_files_has_what_is_recorded() -> None:
    """A roll-back of pins does not declare the files' resources; what the program refers to them by is the same."""
    urn = f"urn:pulumi:dev::shop::{PREFIX}Agent::agents/triage"
    about = {"kind": "agent", "name": "agents/triage"}
    outputs = {"__resource": about, "__applied": {"id": "agent_1"}, "name": "Triage", "version": 3.0}
    state: dict[str, dict[str, Any]] = {urn: outputs, f"{urn}-other": {"name": "not ours"}}

    def program() -> None:
        (triage,) = recorded_resources(state).values()
        roster: inputs.CoordinatorArgsDict = {"type": "coordinator", "agents": [triage]}
        Agent("lead", model="m", multiagent=roster, opts=pulumi.ResourceOptions(depends_on=[triage]))

    (lead,) = [one for one in registered(program) if one.name == "lead"]
    assert lead.inputs["multiagent"]["agents"] == [{"type": "agent", "id": "agent_1", "version": 3}]
    assert lead.about["uses"] == {"multiagent.agents.0": "agents/triage"}
    assert urn in lead.needs


def test_a_name_that_the_stage_does_not_have_is_reported_with_the_nearest() -> None:
    """As with any mapping it is a KeyError."""
    with pytest.raises(KeyError, match="no 'agents/trage' among these; did you mean 'agents/triage'"):
        Named({"agents/triage": None})["agents/trage"]  # type: ignore[type-var]
