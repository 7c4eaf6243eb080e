"""`managed-agents` on a stage, with the trial engine and the emulator: what it says and how it exits."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.command_project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Deployed(Project):
    """A deployed project with one agent, and hands to edit it: its files, and the emulator behind Pulumi's back."""

    def configure(self, text: str) -> None:
        """Write the stage's configuration."""
        (self.folder / "stacks/Pulumi.dev.yaml").write_text(f"config: {{{text}}}\n", encoding="utf-8")

    def gated_copy(self, stage: str, verified_in: str) -> None:
        """Make another stage of the same files, which takes only what is proven."""
        stacks = self.folder / "stacks"
        shutil.copytree(stacks / "dev", stacks / stage)
        (stacks / f"Pulumi.{stage}.yaml").write_text(f"config: {{managed-agents:verifiedIn: {verified_in}}}\n")
        (stacks / f"{stage}.values.yaml").write_text(f"overrides: {{environments/sandbox.yaml: {{name: {stage}}}}}\n")

    def edit_live(self, system: str) -> None:
        """Change the agent's prompt, and its description, as somebody in the Console would."""
        with self.console_client() as client:
            agent = next(iter(client.beta.agents.list()))
            client.beta.agents.update(agent.id, version=agent.version, system=system, description="By hand.")


@pytest.fixture
def project(deployed_project: Project, tmp_path: Path) -> Iterator[Deployed]:
    with Deployed(deployed_project.copied_to(tmp_path / "mine")).served() as made:
        yield made


def test_a_red_smoke_test_exits_with_4_and_names_the_assertion_and_the_transcript(project: Deployed) -> None:
    """The reason is one line: file, assertion, what was answered, and where the whole session is written down."""
    project.replace("smoke/answers.yaml", "contains: [ready]", "contains: [impossible]")
    code, output = project.run("up", "dev", "--emulator")
    assert code == 4
    line = next(line for line in output.splitlines() if line.startswith("  error: stacks/dev/smoke/answers.yaml: "))
    assert "impossible" in line
    assert ".managed-agents/transcripts/dev/answers-" in line
    assert "keeps serving the version it served before" in output
    assert "Traceback" not in output


def test_drift_and_conflicts_end_as_the_stage_says(project: Deployed) -> None:
    """With `onDrift: fail` drift is refused with 7, else visibly put back; a conflict is 6 until it is accepted.

    Of a conflict all three values are shown; the acceptance names the live version, so that it expires by itself.
    """
    project.edit_live("changed by hand")
    project.configure("managed-agents:onDrift: fail")
    code, output = project.run("up", "dev", "--emulator")
    assert code == 7
    assert "was changed outside Pulumi (version 1 → 2, last changed 20" in output

    project.configure("")
    project.replace("agents/assistant.md", "briefly", "at length")
    code, output = project.run("up", "dev", "--emulator")
    assert code == 6
    assert "You answer questions briefly." in output
    assert "You answer questions at length." in output
    assert "changed by hand" in output
    project.configure('managed-agents:acceptConflicts: ["agents/assistant@2"]')
    code, output = project.run("up", "dev", "--emulator")
    assert code == 0
    assert '→ "By hand."; will be put back' in output
    assert "nothing to change, 0 write requests" in project.run("up", "dev", "--emulator")[1]


def test_smoke_runs_by_itself_on_what_is_deployed(project: Deployed) -> None:
    """A test can be run at any time by name, and an unknown name is bad input that lists the known ones."""
    code, output = project.run("smoke", "dev", "answers", "--emulator")
    assert code == 0
    assert "smoke answers: passed" in output
    code, output = project.run("smoke", "dev", "nope", "--emulator")
    assert code == 2
    assert "(there is: answers)" in output


def test_doctor_says_what_is_well_and_what_is_not(project: Deployed) -> None:
    """The checks go through with the emulator; without a credential the missing one is named and the exit code is 1."""
    assert project.run("doctor", "dev", "--emulator")[0] == 0
    project.environment.pop("ANTHROPIC_API_KEY", None)
    code, output = project.run("doctor", "dev")
    assert code == 1
    assert "no credential for the API: set ANTHROPIC_API_KEY" in output


def test_a_stage_becomes_only_what_another_has_proved(project: Deployed) -> None:
    """Without a receipt nothing is written, and the exit code says refused; a later failure takes the proof back."""
    assert json.loads(project.run("pins", "dev", "--emulator")[1])["agents/assistant"]["version"] == 1
    project.gated_copy("prod", verified_in="dev")
    code, output = project.run("validate", "prod")
    assert code == 7
    assert "stacks/prod/agents/assistant.md: agents/assistant: dev has not proved it (no receipt for " in output

    assert project.run("receipts", "dev", "--emulator", "--output", "handed")[0] == 0
    project.environment["MANAGED_AGENTS_RECEIPTS"] = "handed"
    assert project.run("validate", "prod")[0] == 0
    assert project.run("up", "prod", "--emulator")[0] == 0

    project.replace("agents/assistant.md", "briefly", "at length", stage="prod")
    project.requests()
    project.environment |= {"MANAGED_AGENTS_LOOK_ON": "1", "MANAGED_AGENTS_PLAN": str(project.folder)}  # left over
    code, output = project.run("up", "prod", "--emulator")
    assert code == 7
    assert "dev has proved other content than this" in output
    assert "`managed-agents promote dev prod --only agents/assistant --emulator`" in output
    assert "\nnothing was changed" in output
    assert {one["method"] for one in project.requests()} <= {"GET"}

    project.replace("agents/assistant.md", "at length", "briefly", stage="prod")
    project.replace("smoke/answers.yaml", "contains: [ready]", "contains: [impossible]")
    assert project.run("up", "dev", "--emulator")[0] == 4
    code, output = project.run("preview", "prod", "--emulator")
    assert code == 7
    assert "agents/assistant: it failed in dev at " in output
    project.replace("agents/assistant.md", "briefly", "at length", stage="prod")
    code, output = project.run("preview", "prod", "--emulator")
    assert (code, "  ~ agent agents/assistant v1 → v2" in output) == (7, True)
    assert "An up would stop (refused)." in output


@pytest.mark.parametrize("command", ["preview", "up"])
def test_bad_files_are_bad_input_also_for_an_engine(project: Deployed, command: str) -> None:
    """The findings come with file and line before anything runs, and the exit code says whose turn it is."""
    project.replace("agents/assistant.md", "model:", "modle:")
    code, output = project.run(command, "dev", "--emulator")
    assert code == 2
    assert "stacks/dev/agents/assistant.md:3: model: is required" in output
    assert "Traceback" not in output
