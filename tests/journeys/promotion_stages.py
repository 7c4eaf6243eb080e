"""Three stages of two agents each, and `managed-agents` on them against an emulator of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from anthropic import Anthropic

from tests.quick_start.beginning import quick_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

GIT = shutil.which("git") or "git"
COMMAND = Path(sys.executable).with_name("managed-agents")
STAGES = {"dev": "", "staging": "dev", "prod": "staging"}
CONFIG = """\
# Stage {stage}.
config:
  # Said by the team.
  managed-agents:onRemoval: archive
  managed-agents:stageMayDiffer: [name]
"""
GATE = "  managed-agents:verifiedIn: {stage}\n"
PROGRAM = "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n"
AGENT = "---\nname: {name}\nmodel: claude-haiku-5-5\n---\nYou are {name}.\n"
TEST = """\
agent: ../agents/{name}.md
environment: ../environments/box.yaml
budget_usd: 0.10
send: Who are you?
expect: {{reply: {{contains: [{word}]}}}}
"""
NIGHTLY = """\
name: nightly
agent: ../agents/triage.md
environment_id: ../environments/box.yaml
initial_events: [{type: user.message, content: [{type: text, text: Sum up the day.}]}]
schedule: {type: cron, expression: "0 3 * * *", timezone: Etc/UTC}
"""
FILES = {
    "agents/triage.md": AGENT.format(name="triage"),
    "agents/billing.md": AGENT.format(name="billing"),
    "environments/box.yaml": "name: box\nconfig: {type: cloud}\n",
    "deployments/nightly.yaml": NIGHTLY,
    "smoke/triage.yaml": TEST.format(name="triage", word="triage"),
    "smoke/billing.yaml": TEST.format(name="billing", word="billing"),
}


class Stages:
    """A project whose stages are all as given, in git, with no promotion so far; `run` calls the command line."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = {**environment, "COLUMNS": "200"}
        runtime = json.dumps(quick_environment())
        settings = (
            f"name: desk\nstackConfigDir: stacks\nruntime: {{name: python, options: {{virtualenv: {runtime}}}}}\n"
        )
        self.write("Pulumi.yaml", settings)
        self.write("__main__.py", PROGRAM)
        self.write(".gitignore", ".managed-agents/\n__pycache__/\n")
        for stage, verified_in in STAGES.items():
            gate = GATE.format(stage=verified_in) if verified_in else ""
            self.write(f"stacks/Pulumi.{stage}.yaml", CONFIG.format(stage=stage) + gate)
            self.write(f"stacks/{stage}.values.yaml", f"overrides: {{environments/box: {{name: box-{stage}}}}}\n")
            for path, text in FILES.items():
                self.write(f"stacks/{stage}/{path}", text)
        self.git("init", "-q")
        self.commit()

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command with the emulator; all that it printed. It must end with `code`."""
        return self.call(*arguments, "--emulator", code=code)

    def call(self, *arguments: str, code: int = 0) -> str:
        """The same as it is written."""
        done = subprocess.run(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        """The text of a file of the project."""
        return (self.folder / path).read_text(encoding="utf-8")

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a text that stands in a file."""
        text = self.read(path)
        assert before in text
        self.write(path, text.replace(before, after))

    def git(self, *arguments: str) -> str:
        """Call git; what it printed."""
        who = ("-c", "user.name=team", "-c", "user.email=team@example.com")
        return subprocess.run(
            [GIT, *who, *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-qm", "change")

    def pins(self, stage: str) -> dict[str, dict[str, Any]]:
        """The id and version that each agent of a stage serves."""
        found: dict[str, dict[str, Any]] = json.loads(self.run("pins", stage))
        return found

    @property
    def url(self) -> str:
        """Where the emulator listens."""
        return str(json.loads(self.read(".managed-agents/emulator.json"))["url"])

    def writes(self) -> list[str]:
        """What was written to the API since the last question, sessions aside."""
        heard = httpx.get(f"{self.url}/_emulator/requests", timeout=60).json()["requests"]
        httpx.post(f"{self.url}/_emulator/reset-requests", timeout=60)
        return [
            f"{one['method']} {one['path']}" for one in heard if one["method"] != "GET" and "session" not in one["path"]
        ]

    def deployed_version(self, agent_id: str) -> Any:
        """The version that the deployment of an agent runs."""
        with Anthropic(api_key="emulator", base_url=self.url) as client:
            return next(one.agent.version for one in client.beta.deployments.list() if one.agent.id == agent_id)
