from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import httpx
import pytest

from managed_agents_emulator import Settings, running
from tests.command_project import COMMAND, WITHOUT_CLI
from tests.journeys.production_stage import CANARY, FILES, MANAGED, SMOKE, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = {
    "Pulumi.yaml": "name: shop\nstackConfigDir: stacks\nruntime: python\n",
    "__main__.py": "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n",
    "stacks/dev/smoke/triage.yaml": SMOKE.replace("[triage]", "[Triage]"),
    **{f"stacks/dev/{path}": text for path, text in FILES.items()},
}
FIRST = ("agents", "environments", "vaults", "files", "memory_stores/[^/]+/memories")
"""Where what depends on nothing is made; of a memory store, its first seed."""
RULE, ASSERTION, TOKEN = "fdrl_ci", f"{CANARY}-assertion", "sk-ant-oat01-emulator-"


class Job:
    """A project folder, and the command line in it on a machine without the Pulumi CLI."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = environment
        self.said = ""
        for path, text in PROJECT.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, *arguments: str, code: int = 0, **variables: str) -> str:
        """Run a command, with other variables if any are given; what it printed. It must end with `code`."""
        environment = self.environment | variables
        done = subprocess.run(
            [COMMAND, *arguments], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        self.said += done.stdout + done.stderr
        return done.stdout + done.stderr

    def killed(self, posts: tuple[str, ...], *arguments: str) -> None:
        """Kill a command as soon as a POST to each of these paths took effect, none of which is answered."""
        control = f"{self.environment['ANTHROPIC_BASE_URL']}/_emulator"
        faults = [{"method": "POST", "path": f"/v1/{path}", "hold": True} for path in posts]
        httpx.post(f"{control}/faults", json=faults, timeout=60).raise_for_status()
        with subprocess.Popen(
            [COMMAND, *arguments], cwd=self.root, env=self.environment, stdout=subprocess.DEVNULL
        ) as command:
            httpx.get(f"{control}/held", params={"at_least": len(posts)}, timeout=60).raise_for_status()
            command.kill()

    def keeps(self, *secrets: str) -> list[str]:
        """Where any of the secrets is: files of the project, or all that was printed."""
        files = [path for path in self.root.rglob("*") if path.is_file()]
        said = {str(path): path.read_bytes() for path in files} | {"the output": self.said.encode()}
        return [place for place, text in said.items() if any(secret.encode() in text for secret in secrets)]


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """A job whose only credential is its platform's identity token, and an API on this machine."""
    identity = tmp_path / "identity"
    identity.write_text(ASSERTION, encoding="utf-8")
    own = {key: value for key, value in os.environ.items() if not key.startswith(("ANTHROPIC_", "MANAGED_AGENTS_"))}
    with running(Settings(port=0, rules={RULE: "wrkspc_ci"})) as url:
        credential = {
            "ANTHROPIC_FEDERATION_RULE_ID": RULE,
            "ANTHROPIC_ORGANIZATION_ID": "11111111-2222-4333-8444-555555555555",
            "ANTHROPIC_IDENTITY_TOKEN_FILE": str(identity),
        }
        environment = {**own, **VARIABLES, **credential, "PATH": WITHOUT_CLI, "ANTHROPIC_BASE_URL": url}
        yield Job(tmp_path / "project", environment)


def test_a_whole_stage_without_the_pulumi_cli(job: Job) -> None:
    """The trial engine deploys every kind, also after a kill -9, and has nothing to do then.

    Neither the token of the workload identity nor a secret of the stage stays in a state, log, report or output.
    """
    assert "workload identity by ANTHROPIC_FEDERATION_RULE_ID" in job.run("doctor", "dev")
    assert "no orphans of stage dev" in job.run("orphans", "dev")
    job.killed(FIRST, "up", "dev", "--yes")
    again = job.run("up", "dev", "--yes", "--log-file", "run.jsonl", "--junit", "tests.xml")
    assert f"{MANAGED} created" in again
    assert again.count("made by an earlier run of this stack") == len(FIRST)

    job.write("stacks/dev/files/prices.csv", "c,d\n")
    job.environment["MANAGED_AGENTS_SECRET_CRM_TOKEN"] = f"{CANARY}-rotated"
    job.run("preview", "dev", "--output", "review.json", "--output", "review.md", "--output", "review.txt")
    assert json.loads((job.root / "review.json").read_text("utf-8"))["stages"][0]["resources"]
    review = (job.root / "review.txt").read_text("utf-8")
    assert "a new version of file files/prices.csv reaches 1 deployment: deployments/nightly" in review
    assert "authorization_token" not in review
    assert "2 updated, 1 replaced" in job.run("up", "dev", "--yes")
    assert "nothing to change" in job.run("up", "dev", "--yes")

    refused = job.run("preview", "dev", code=1, ANTHROPIC_FEDERATION_RULE_ID="fdrl_other")
    assert "check that federation rule fdrl_other matches" in refused
    assert {path.suffix for path in job.root.rglob("*") if path.is_file()} >= {".json", ".jsonl", ".md", ".xml"}
    destroyed = job.run("destroy", "dev", "--yes")
    assert "\nagent agents/triage: archived for ever\n" in destroyed
    assert "\nenvironment environments/box: deleted, or archived for ever instead if sessions" in destroyed
    assert f"{MANAGED} removed" in destroyed
    assert job.keeps(CANARY, TOKEN) == []
