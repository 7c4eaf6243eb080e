"""The workflows of `managed-agents ci init`, run from the pull request to the nightly look, against the emulator."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.ci_init import write_workflows
from pulumi_managed_agents.commands.init import write_project
from pulumi_managed_agents.review.markdown import MARKER
from tests.command_project import spell_out
from tests.commands.ci.workflow_host import Host
from tests.commands.ci.workflow_job import GIT
from tests.journeys.journey_server import Server, emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.long

SHARED = "managed-agents:definitions: stacks/dev"
STAGES = {"dev": SHARED, "prod": f"{SHARED}, managed-agents:verifiedIn: dev, managed-agents:protectedStage: true"}
VARIABLES = {
    "ANTHROPIC_FEDERATION_RULE_ID": "fdrl_ci",
    "ANTHROPIC_ORGANIZATION_ID": "org",
    "ANTHROPIC_SERVICE_ACCOUNT_ID": "svac_ci",
    "ANTHROPIC_WORKSPACE_ID": "default",
}


class Identity(BaseHTTPRequestHandler):
    """The service that tells a job who it is."""

    def do_GET(self) -> None:
        """Answer requests with the job's own token."""
        known = self.headers["Authorization"] == "bearer the-job"
        self.send_response(200 if known and self.path.endswith("https%3A%2F%2Fapi.anthropic.com") else 403)
        self.end_headers()
        self.wfile.write(json.dumps({"value": "eyJ.identity.x"}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def identity() -> Iterator[str]:
    """The service for the length of the block, and its URL."""
    with HTTPServer(("127.0.0.1", 0), Identity) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/?api-version=2.0"
        server.shutdown()


class Team:
    """A clone that people work in, its origin, and the host that runs the workflows."""

    def __init__(self, folder: Path, server: Server, token_url: str, *, approve_plans: bool = False) -> None:
        origin = folder / "origin.git"
        self.clone, self.server = folder / "clone", server
        self.clone.mkdir()
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(origin))
        self.git("init", "--quiet")
        self.git("remote", "add", "origin", str(origin))
        self.project = self.clone / "agents"
        list(write_project(self.project, "minimal", "mine"))
        spell_out(self.project)
        for stage, text in STAGES.items():
            (self.project / f"stacks/Pulumi.{stage}.yaml").write_text(f"config: {{{text}}}\n", encoding="utf-8")
        (self.project / "stacks/prod.values.yaml").write_text(
            "overrides: {agents/assistant.md: {name: Assistant of prod}, environments/sandbox.yaml: {name: prod}}\n",
            encoding="utf-8",
        )
        list(write_workflows(self.project, "main", approve_plans=approve_plans))
        self.push("main", "Begin")
        (folder / "host").mkdir()
        machine = {"ANTHROPIC_BASE_URL": server.url, "PIP_NO_INDEX": "1", "LANG": "C.UTF-8"}
        identity = {"ACTIONS_ID_TOKEN_REQUEST_URL": token_url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-job"}
        self.host = Host(folder / "host", origin, VARIABLES, machine, identity)

    @property
    def log(self) -> str:
        """What the steps of the last run printed."""
        return self.host.log.read_text(encoding="utf-8")

    def git(self, *words: str) -> None:
        """Run git as somebody."""
        who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
        subprocess.run([GIT, "-C", self.clone, *who, *words], check=True, capture_output=True)

    def push(self, branch: str, message: str) -> None:
        """Commit all there is on a branch, and push it."""
        self.git("checkout", "-B", branch)
        self.git("add", "--all")
        self.git("commit", "--allow-empty", "--message", message)
        self.git("push", "origin", branch)

    def replace(self, old: str, new: str) -> None:
        """Edit the agent's file."""
        path = self.project / "stacks/dev/agents/assistant.md"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    def review(self, branch: str, repository: str = "team/agents") -> dict[str, str]:
        """Run what a pull request runs."""
        event = {"pull_request": {"number": 1, "head": {"repo": {"full_name": repository}}}}
        return self.host.run("agents-review", branch, event)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with emulator(tmp_path / "data") as server, identity() as url:
        yield Team(tmp_path, server, url)


def test_a_change_goes_from_the_pull_request_to_production_and_is_watched_there(team: Team) -> None:
    """One comment however often it is pushed, receipts from job to job, one issue while there is drift.

    No state is in reach of what runs for a pull request or looks for drift: they compare with what deployments leave.
    """
    reviewed = dict.fromkeys(("validate", "preview", "report", "comment"), "success")
    team.replace("questions briefly", "in one sentence")
    team.push("topic", "Be brief")
    assert team.review("topic") == reviewed, team.log
    (comment,) = team.host.posted("comments")
    assert comment["body"].startswith(MARKER)
    assert "- `dev`, `prod`: compared with nothing, as no deployment has left a record" in comment["body"]
    assert "An up would stop (refused)." in comment["body"].partition("### `prod`")[2]
    unknown = {"validate": "success", "preview": "skipped", "report": "skipped", "comment": "skipped"}
    assert team.review("topic", repository="stranger/agents") == unknown

    assert set(team.host.run("agents-deploy", "topic").values()) == {"skipped"}
    assert team.server.agents() == {}
    team.push("main", "Merge")
    deployed = {"deploy-dev": "success", "deploy-prod": "success"}
    assert team.host.run("agents-deploy", "main") == deployed, team.log
    made = team.server.agents()
    assert sorted(made) == ["Assistant", "Assistant of prod"]
    assert all("in one sentence" in one.system for one in made.values())

    team.replace("{name: bash, enabled: false}", "{name: bash}")
    team.push("topic", "Allow the shell")
    assert team.review("topic") == reviewed, team.log
    (comment,) = team.host.posted("comments")
    assert "compared with the record of " in comment["body"]
    assert "bash" in comment["body"]
    assert "1 to update" in comment["body"]
    assert "to create" not in comment["body"]

    watched = {"drift": "success", "issue": "success"}
    agent = made["Assistant of prod"]
    changed = team.server.hand.beta.agents.update(agent.id, version=agent.version, description="By hand")
    assert team.host.run("agents-drift", "main") == watched, team.log
    (issue,) = team.host.posted("issues")
    assert issue["open"]
    assert "By hand" in issue["body"]
    team.server.hand.beta.agents.update(agent.id, version=changed.version, description=agent.description)
    assert team.host.run("agents-drift", "main") == watched, team.log
    (issue,) = team.host.posted("issues")
    assert not issue["open"]


def test_an_approved_plan_goes_from_the_job_that_made_it_to_the_job_that_applies_it(tmp_path: Path) -> None:
    """Each stage is planned with what the one before has proven, and the plan is what is applied."""
    with emulator(tmp_path / "data") as server, identity() as url:
        team = Team(tmp_path, server, url, approve_plans=True)
        jobs = ("plan-dev", "deploy-dev", "plan-prod", "deploy-prod")
        assert team.host.run("agents-deploy", "main") == dict.fromkeys(jobs, "success"), team.log
        assert sorted(server.agents()) == ["Assistant", "Assistant of prod"]
        assert team.log.count("as reviewed in ") == 2
