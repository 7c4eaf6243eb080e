"""A preview as people run it: a deployed stage, edits in files and by hand, and one review of both."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_project import WITHOUT_CLI, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
engines = pytest.mark.parametrize(
    "path",
    [
        pytest.param(WITHOUT_CLI, id="trial"),
        pytest.param(os.environ["PATH"], id="cli", marks=pytest.mark.pulumi_cli),
    ],
)
trial = pytest.mark.parametrize("path", [pytest.param(WITHOUT_CLI, id="trial")])
PROGRAM = """\
import pulumi
from pulumi_managed_agents import Agent, Credential, Vault

member = Agent("member", model="claude-haiku-5-5", system=pulumi.Output.secret("{secret}"), description="{text}")
Agent("lead", model="claude-haiku-5-5", multiagent={{"type": "coordinator", "agents": [member]}})
auth = {{"type": "static_bearer", "mcp_server_url": "https://{server}/sse", "token": "{secret}"}}
Credential("key", vault=Vault("crm"), auth=auth)
"""


class Checkout(Project):
    """A project with a stage `dev`, and the command line in it."""

    hidden = "canary"

    def review(self, code: int = 3) -> dict[str, Any]:
        """The stage's review as a program reads it."""
        written = self.output_of(
            "preview", "dev", "--emulator", "--output-format", "json", "--detailed-exitcode", code=code
        )
        (stage,) = json.loads(written)["stages"]
        return dict(stage)

    def by_hand(self, name: str, **fields: Any) -> None:
        """Change a live agent as somebody in the Console would."""
        with self.console_client() as api:
            (agent,) = [one for one in api.beta.agents.list() if one.name == name]
            api.beta.agents.update(agent.id, version=agent.version, **fields)


@pytest.fixture
def checkout(path: str, tmp_path: Path) -> Iterator[Checkout]:
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, folder / name)
    with Checkout(folder, path).served() as made:
        yield made


def rows(stage: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """By resource, which fields change and why."""
    return {
        one["name"]: [(".".join(change["path"]), change["cause"]) for change in one["changes"]]
        for one in stage["resources"]
    }


@engines
def test_a_preview_tells_edits_drift_new_versions_and_new_power_apart(checkout: Checkout) -> None:
    """One planner, whichever engine runs it: what is said is what the provider decided."""
    checkout.output_of("up", "dev", "--emulator")

    checkout.replace("skills/pr-summary/SKILL.md", "Save the diff", "Store the diff")
    (checkout.folder / "stacks/dev/skills/pr-summary/notes.md").write_text("Be brief.\n", "utf-8")
    checkout.replace("agents/reviewer.md", "{name: bash, permission_policy: {type: always_ask}}", "{name: bash}")
    checkout.by_hand("Review lead", description="By hand.")
    stage = checkout.review()
    assert rows(stage) == {
        "agents/lead": [
            ("description", "drift"),
            ("multiagent.agents.agents/reviewer.version", "new version"),
        ],
        "agents/reviewer": [
            ("skills.skills/pr-summary.version", "new version"),
            ("tools.agent_toolset_20260401.bash.permission_policy", "edit"),
        ],
        "skills/pr-summary": [("digest", "edit")],
    }
    assert {one["name"]: one["items"] for one in stage["resources"] if one["items"]} == {
        "skills/pr-summary": ["SKILL.md changed", "notes.md added"]
    }
    assert {(one["name"], one["rule"]) for one in stage["capability"]} == {
        ("agents/reviewer", "permission-widened"),
        ("skills/pr-summary", "skill-content-changed"),
    }
    assert {one["name"]: one["next_version"] for one in stage["resources"]} == {
        "agents/lead": "3",
        "agents/reviewer": "2",
        "skills/pr-summary": "new",
    }
    due = {test["name"]: test["most_usd"] for test in stage["tests"]["due"]}
    assert due == {"lead-merges": 0.5, "reviewer-answers": 0.25}
    drift = json.loads(checkout.output_of("drift", "dev", "--emulator", "--output-format", "json", code=5))
    assert [(one["name"], one["how"]) for one in drift["stages"][0]["drifted"]] == [("agents/lead", "changed")]


@trial
def test_a_conflict_ends_with_its_code_and_hides_nothing_else_in_the_comment(checkout: Checkout) -> None:
    """The comment on a pull request tells who did what, and all other changes, although an up would stop.

    Before there is anything, all is to be created, and all power is new.
    """
    first = checkout.review()
    assert {one["action"] for one in first["resources"]} == {"create"}
    assert {one["rule"] for one in first["capability"]} == {"new"}
    checkout.output_of("up", "dev", "--emulator")
    checkout.replace("agents/lead.md", "Splits a large change", "Divides a large change")
    checkout.replace("skills/pr-summary/SKILL.md", "Save the diff", "Store the diff")
    checkout.by_hand("Review lead", description="By hand.")
    checkout.output_of("preview", "dev", "--emulator", "--output-format", "markdown", "--output", "comment.md", code=6)
    comment = (checkout.folder / "comment.md").read_text("utf-8")
    assert comment.startswith("<!-- managed-agents:preview -->\n## ⚠️ Agents: an up would stop and new power on dev\n")
    assert "in the file:\n@@ -1 +1 @@\n-Splits" in comment
    assert "outside:\n@@ -1 +1 @@\n-Splits" in comment
    assert "\n+By hand.\n" in comment
    assert '["agents/lead@2"]' in comment
    assert "\n@@ SKILL.md changed @@\n" in comment
    assert re.search(r"^-.*Save the diff", comment, re.MULTILINE)
    assert re.search(r"^\+.*Store the diff", comment, re.MULTILINE)
    assert "may be incomplete" not in comment


@trial
def test_a_secret_of_a_program_is_in_no_review(checkout: Checkout) -> None:
    """A field that holds a secret is named and not shown; where a kind has its secrets, all else is reviewed."""
    shutil.rmtree(checkout.folder / "stacks")
    program = checkout.folder / "__main__.py"
    program.write_text(PROGRAM.format(secret="canary-one", text="One.", server="crm.example.com"), "utf-8")
    checkout.output_of("up", "dev", "--emulator")
    assert checkout.review(code=0)["resources"] == []
    program.write_text(PROGRAM.format(secret="canary-two", text="Two.", server="crm2.example.com"), "utf-8")
    stage = checkout.review()
    assert rows(stage) == {
        "key": [("auth.mcp_server_url", "edit"), ("auth.token", "edit")],
        "lead": [("multiagent.agents.member.version", "new version")],
        "member": [("description", "edit"), ("system", "edit")],
    }
    assert stage["fan_out"] == [{"kind": "agent", "name": "member", "users": ["lead"], "reach": "1 coordinator"}]

    checkout.by_hand("member", system="canary-three")
    stopped = checkout.review(code=6)
    (stuck,) = [one for one in stopped["resources"] if one["action"] == "conflict"]
    assert stuck["hidden"] == ["system"]
    assert '["member@2"]' in stuck["notes"][0]
