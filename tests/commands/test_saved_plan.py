"""`preview --save-plan` and `up --plan` as a person types them: what was reviewed is applied, or nothing is."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_project import COMMAND, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "canary-4f1c2d9e"
VAULT = """\
display_name: crm
credentials:
  - {display_name: key, auth: {type: static_bearer, mcp_server_url: https://crm.example.com/mcp, token: {secret: CRM}}}
"""


class Planned(Project):
    """A deployed project, and hands to plan in it."""

    def configure(self, text: str) -> None:
        """Write the stage's configuration."""
        (self.folder / "stacks/Pulumi.dev.yaml").write_text(f"config: {{{text}}}\n", encoding="utf-8")

    def save(self, stage: str = "dev") -> str:
        """Save a plan; what was said."""
        code, output = self.run("preview", stage, "--emulator", "--save-plan", "plans/plan.json")
        assert code == 0, output
        return output

    def apply(self, *more: str, stage: str = "dev") -> tuple[int, str, list[str]]:
        """Apply the plan: the exit code, what was said, and what was written."""
        self.requests()
        code, output = self.run("up", stage, "--emulator", "--plan", "plans/plan.json", *more)
        return code, output, [one["path"] for one in self.requests() if one["method"] != "GET"]

    def refused(self) -> list[str]:
        """Apply the plan, which must be refused with nothing written; what moved, a line each."""
        code, output, writes = self.apply()
        assert (code, writes) == (7, []), output
        head, _, reasons = output.rpartition("error: the plan plans/plan.json is not what would be done now:\n")
        assert head, output
        *moved, last = reasons.strip().splitlines()
        assert last.startswith(
            "nothing was changed; review it again with `managed-agents preview dev --save-plan plans/"
        )
        return [line.strip() for line in moved]

    @property
    def plan(self) -> dict[str, Any]:
        """The saved plan."""
        return dict(json.loads((self.folder / "plans/plan.json").read_text(encoding="utf-8")))

    def edit_live(self, **fields: Any) -> None:
        """Change the agent as somebody in the Console would."""
        with self.console_client() as client:
            (agent,) = client.beta.agents.list()
            client.beta.agents.update(agent.id, version=agent.version, **fields)


@pytest.fixture
def project(deployed_project: Project, tmp_path: Path) -> Iterator[Planned]:
    with Planned(deployed_project.copied_to(tmp_path / "mine")).served() as made:
        yield made


def test_what_was_reviewed_is_applied_without_a_question_and_once_unless_anything_moved(project: Planned) -> None:
    """Files, values, settings and secrets that moved are named, and nothing is written; put back, the plan is good.

    Its review is shown again with the plan's name and age; a second time it is known to be applied.
    """
    (project.folder / "stacks/dev/vaults").mkdir()
    (project.folder / "stacks/dev/vaults/crm.yaml").write_text(VAULT, encoding="utf-8")
    project.environment["MANAGED_AGENTS_SECRET_CRM"] = CANARY
    project.replace("agents/assistant.md", "questions briefly", "in one sentence")
    shown = project.save()
    assert "`managed-agents up dev --plan plans/plan.json --emulator` applies this, and nothing else" in shown
    assert (project.folder / "plans/plan.json").stat().st_mode & 0o777 == 0o600
    assert CANARY not in (project.folder / "plans/plan.json").read_text(encoding="utf-8")

    project.replace("agents/assistant.md", "in one sentence", "in two sentences")
    values = project.folder / "stacks/dev.values.yaml"
    kept = values.read_text(encoding="utf-8")
    values.write_text("smoke: {budget_usd: 3}\n", encoding="utf-8")
    project.configure("managed-agents:onDrift: ignore")
    project.environment["MANAGED_AGENTS_SECRET_CRM"] = f"{CANARY}-2"
    moved = project.refused()
    assert moved[:4] == [
        "managed-agents:onDrift is ignore, which was not set",
        "stacks/dev.values.yaml was changed",
        "stacks/dev/agents/assistant.md was changed",
        "auth.token of credential vaults/crm/crm.example.com/mcp is another secret",
    ]
    assert "agent agents/assistant differs from the plan in system" in moved

    project.replace("agents/assistant.md", "in two sentences", "in one sentence")
    values.write_text(kept, encoding="utf-8")
    project.configure("")
    project.environment["MANAGED_AGENTS_SECRET_CRM"] = CANARY
    code, output, writes = project.apply()
    assert code == 0, output
    assert any(path.startswith("/v1/agents/") for path in writes)
    assert "as reviewed in plans/plan.json, saved less than a minute ago by managed-agents " in output
    assert output.index("in one sentence") < output.index("as reviewed in")
    code, output, writes = project.apply()
    assert (code, writes) == (7, [])
    assert "error: the plan plans/plan.json was applied already: nothing of it is left to do" in output


def test_what_is_to_be_removed_may_not_have_moved_either(project: Planned) -> None:
    """Nobody's work of the last hour is archived for ever by a plan that does not know of it; other drift may heal.

    A plan that was saved is for one stage.
    """
    (project.folder / "stacks/dev/agents/other.md").write_text("---\nname: Other\nmodel: claude-haiku-5-5\n---\nHi\n")
    (project.folder / "stacks/dev/agents/assistant.md").unlink()
    shutil.rmtree(project.folder / "stacks/dev/smoke")
    project.save()
    assert project.plan["gone_for_ever"] == ["agent agents/assistant: archived for ever"]
    project.edit_live(description="By hand.")
    (moved,) = project.refused()
    assert moved.startswith("agent agents/assistant is live at v2 (since 20")
    assert moved.endswith("UTC), not at v1")
    project.save()
    shutil.copytree(project.folder / "stacks/dev", project.folder / "stacks/other")
    code, output, writes = project.apply(stage="other")
    assert (code, writes) == (7, [])
    assert "is a plan for stage 'dev' of project 'mine', not for stage 'other' of project 'mine'" in output
    code, output, writes = project.apply()
    assert code == 0, output
    assert any(path.endswith("/archive") for path in writes)


def test_a_plan_that_is_not_whole_is_bad_input_before_anything_is_asked(project: Planned) -> None:
    """A file of another program, or half of one of ours, ends with 2 and no request, as does a plan of two stages."""
    (project.folder / "plans").mkdir()
    (project.folder / "plans/plan.json").write_text('{"version": 3}', encoding="utf-8")
    project.requests()
    code, output = project.run("up", "dev", "--emulator", "--plan", "plans/plan.json")
    assert code == 2
    assert output.strip().startswith("error: plans/plan.json: no saved plan; make a new one with `managed-agents")
    assert project.run("up", "dev", "--emulator", "--plan", "none.json")[0] == 2
    code, output = project.run("preview", "dev", "dev", "--emulator", "--save-plan", "two.json")
    assert code == 2
    assert "--save-plan saves the plan of one stage" in output
    assert project.requests() == []


@pytest.mark.pulumi_cli
def test_pulumis_own_plan_is_saved_encrypted_and_binds_the_up(tmp_path: Path) -> None:
    """What else a program declares is compared by the engine's plan, in which secrets are ciphers."""
    made = Planned(tmp_path / "mine", os.environ["PATH"])
    made.init()
    made.environment["MANAGED_AGENTS_SECRET_CRM"] = CANARY
    (made.folder / "stacks/dev/vaults").mkdir()
    (made.folder / "stacks/dev/vaults/crm.yaml").write_text(VAULT, encoding="utf-8")
    with made.served() as project:
        project.save()
        text = (project.folder / "plans/plan.json").read_text(encoding="utf-8")
        assert CANARY not in text
        assert '"ciphertext"' in text
        program = project.folder / "__main__.py"
        alone = program.read_text(encoding="utf-8")
        program.write_text(f"{alone}\nimport pulumi\n\npulumi.ComponentResource('acme:Group', 'extra')\n", "utf-8")
        assert project.refused() == ["acme:Group extra in Pulumi's own plan: create, not nothing"]
        program.write_text(alone, encoding="utf-8")
        code, output, writes = project.apply()
        assert code == 0, output
        assert "/v1/agents" in writes


PROGRAM = """\
import pulumi
from pulumi_managed_agents import Agent

Agent("triage", model="claude-haiku-5-5", system=pulumi.Output.secret("{secret}"), description="{description}")
"""


def test_a_program_of_ones_own_is_held_to_its_plan_as_files_are(tmp_path: Path) -> None:
    """What a resource is to become is compared by its digest, a secret by its fingerprint; neither is in the plan."""
    made = Planned(tmp_path / "mine")
    made.init()
    shutil.rmtree(made.folder / "stacks")
    (made.folder / "Pulumi.yaml").write_text("name: mine\nruntime: python\n", encoding="utf-8")
    program = made.folder / "__main__.py"
    with made.served() as project:
        program.write_text(PROGRAM.format(secret=CANARY, description="One"), encoding="utf-8")
        project.save()
        assert CANARY not in (project.folder / "plans/plan.json").read_text(encoding="utf-8")
        assert project.plan["files"] == {}
        program.write_text(PROGRAM.format(secret=f"{CANARY}-2", description="Two"), encoding="utf-8")
        assert project.refused() == [
            "system of agent triage is another secret",
            "agent triage is to become something else than planned",
        ]
        program.write_text(PROGRAM.format(secret=CANARY, description="One"), encoding="utf-8")
        code, output, writes = project.apply()
        assert (code, writes) == (0, ["/v1/agents"]), output


class Asked:
    """A run of `up` that waits on a terminal for the name of a protected stage: after its check, before its writes."""

    def __init__(self, project: Planned, *arguments: str) -> None:
        self._terminal, stdin = pty.openpty()
        self.process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=project.folder,
            env=project.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        os.close(stdin)
        self.output = ""
        while "Type dev to go on" not in self.output:
            assert self.process.stdout
            read = self.process.stdout.read(1)
            assert read, self.output
            self.output += read

    def agree(self) -> tuple[int, str]:
        """Type the name; the exit code and all that was said."""
        os.write(self._terminal, b"dev\n")
        self.output += self.process.communicate()[0]
        os.close(self._terminal)
        return self.process.returncode, self.output


def test_what_moves_while_somebody_decides_stops_the_up(project: Planned) -> None:
    """What is agreed to is what was shown, with a saved plan and without one.

    The program checks its own reading of the files before it declares any; the version that was reviewed is the version
    that is written to. Where an up would stop there is no plan to save.
    """
    project.configure("managed-agents:protectedStage: true")
    project.replace("agents/assistant.md", "questions briefly", "in one sentence")
    project.save()
    with_plan = ["--plan", "plans/plan.json"]
    for arguments in ([], with_plan):
        asked = Asked(project, "up", "dev", "--emulator", *arguments)
        project.replace("agents/assistant.md", "in one sentence", "in two sentences")
        project.requests()
        code, output = asked.agree()
        assert code == 7, output
        assert "stacks/dev/agents/assistant.md was changed since it was reviewed" in output
        assert [one for one in project.requests() if one["method"] != "GET"] == []
        project.replace("agents/assistant.md", "in two sentences", "in one sentence")
    asked = Asked(project, "up", "dev", "--emulator", *with_plan)
    project.edit_live(description="By hand.")
    project.requests()
    code, output = asked.agree()
    assert code == 7, output
    assert "agent 'agents/assistant' was changed outside Pulumi (v1 → v2) since it was reviewed" in output
    assert [one for one in project.requests() if one["method"] != "GET"] == []

    for stops, why in (("onDrift: fail", "changed outside Pulumi"), ("verifiedIn: staging", "no receipt")):
        project.configure(f"managed-agents:{stops}")
        code, output = project.run("preview", "dev", "--emulator", "--save-plan", "stopped.json")
        assert code == 7, output
        assert why in output
        assert "no plan was saved: an up would stop" in output
        assert not (project.folder / "stopped.json").exists()
