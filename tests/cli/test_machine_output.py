"""What commands write for programs: JSON, Markdown, annotations, the run's log; one deployed stage for all of them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_project import Project
from tests.commands.report_schemas import valid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "canary-7c1e"
VAULT = """\
display_name: CRM
credentials:
  - auth: {type: static_bearer, mcp_server_url: https://mcp.crm.example/sse, token: {secret: CRM}}
"""
OPEN_VAULT = """\
display_name: CRM
credentials:
  - auth:
      type: environment_variable
      secret_name: KEY
      secret_value: {secret: CRM}
      networking: {type: limited, allowed_hosts: [a.com]}
"""


class Watched(Project):
    """A project with one agent and a vault, whose secret nothing may say."""

    hidden = CANARY

    def write(self, file: str, text: str) -> None:
        """Write a file of the stage."""
        path = self.folder / "stacks/dev" / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, file: str) -> str:
        """A file of the project."""
        return (self.folder / file).read_text(encoding="utf-8")

    def log(self) -> list[dict[str, Any]]:
        """The run's log."""
        return [json.loads(line) for line in self.read("run.jsonl").splitlines()]

    def by_hand(self) -> None:
        """Change the agent as somebody in the Console would."""
        with self.console_client() as client:
            (agent,) = client.beta.agents.list()
            client.beta.agents.update(agent.id, version=agent.version, system="By hand.")


@pytest.fixture
def project(deployed_project: Project, tmp_path: Path) -> Iterator[Watched]:
    """Its stage is deployed, except the vault."""
    with Watched(deployed_project.copied_to(tmp_path / "mine")).served() as made:
        made.environment["MANAGED_AGENTS_SECRET_CRM"] = CANARY
        made.write("vaults/crm.yaml", VAULT)
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Watched]:
    """Nothing of it is deployed."""
    made = Watched(tmp_path / "mine")
    made.init()
    made.spell_out()
    made.environment["MANAGED_AGENTS_SECRET_CRM"] = CANARY
    made.write("vaults/crm.yaml", VAULT)
    with made.served():
        yield made


def test_an_up_is_reported_as_json_and_logged_without_secrets(fresh: Watched) -> None:
    """Standard output is the result alone; the log names steps, requests and request ids, and nothing of a body."""
    written = fresh.output_of("up", "dev", "--emulator", "--output-format", "json", "--log-file", "run.jsonl")
    result = valid("up", written)
    assert (result["ok"], result["stage"], result["errors"]) == (True, "dev", [])
    assert {(one["kind"], one["action"]) for one in result["resources"]} >= {
        ("agent", "created"),
        ("credential", "created"),
    }
    assert [(test["name"], test["passed"]) for test in result["tests"]] == [("answers", True)]

    log = fresh.log()
    assert (log[0]["event"], log[-1]["event"], log[-1]["ok"]) == ("run began", "run ended", True)
    requests = [line for line in log if line["event"] == "request"]
    assert {"POST /v1/agents", "POST /v1/sessions"} <= {f"{one['method']} {one['path']}" for one in requests}
    assert all(one["status"] == 200 and one["request_id"] and one["seconds"] >= 0 for one in requests)
    (agent,) = [line for line in log if line["event"] == "step ended" and line.get("kind") == "agent"]
    assert (agent["operation"], agent["ok"], agent["version"]) == ("create", True, "1")
    text = fresh.read("run.jsonl")
    assert [hidden for hidden in (CANARY, "You answer questions", "x-api-key") if hidden in text] == []

    again = valid("up", fresh.output_of("up", "dev", "--emulator", "--output-format", "json"))
    assert (again["write_requests"], {one["action"] for one in again["resources"]}) == (0, {"unchanged"})
    ran = valid("smoke-run", fresh.output_of("smoke", "dev", "--emulator", "--output-format", "json"))
    assert [(test["name"], test["passed"]) for test in ran["tests"]] == [("answers", True)]


def test_drift_is_reported_with_its_own_exit_code_and_changes_nothing(project: Watched) -> None:
    """Clean is 0; an agent that somebody changed is 5, told in every form, however the stage treats drift.

    What is not deployed yet cannot drift.
    """
    assert "no drift in 2 objects" in project.output_of("drift", "dev", "--emulator")
    project.by_hand()
    config = project.folder / "stacks/Pulumi.dev.yaml"
    for policy in ("fail", "ignore"):
        config.write_text(f"config: {{managed-agents:onDrift: {policy}}}\n", encoding="utf-8")
        project.output_of(
            "drift", "dev", "--emulator", "--output", "d.md", "--output", "d.json", "--log-file", "l", code=5
        )
        (stage,) = json.loads(project.read("d.json"))["stages"]
        assert (stage["complete"], stage["looked_at"]) == (True, 2)
        assert [(one["name"], one["how"], one["live_version"]) for one in stage["drifted"]] == [
            ("agents/assistant", "changed", "2")
        ]
        assert stage["drifted"][0]["live_at"]
        assert '→ "By hand."' in project.read("d.md")
    methods = {line["method"] for line in map(json.loads, project.read("l").splitlines()) if "method" in line}
    assert methods == {"GET"}


def test_a_preview_writes_several_forms_and_looks_into_a_credential(project: Watched) -> None:
    """The format is that of each file's suffix; where a secret goes is reviewed, the secret itself is nowhere."""
    project.write("vaults/crm.yaml", OPEN_VAULT)
    project.output_of("up", "dev", "--emulator")
    project.write("vaults/crm.yaml", OPEN_VAULT.replace("[a.com]", "[a.com, '*.b.com']"))
    project.output_of("preview", "dev", "--emulator", "--output", "r.md", "--output", "r.json", "--output", "r.txt")
    (stage,) = json.loads(project.read("r.json"))["stages"]
    assert [(one["name"], one["rule"], one["text"]) for one in stage["capability"]] == [
        ("vaults/crm/KEY", "secret-hosts-widened", "goes to *.b.com as well")
    ]
    assert stage["resources"][0]["hidden"] == []
    assert "### ⚠️ New power" in project.read("r.md")
    assert "auth.networking.allowed_hosts  +*.b.com" in project.read("r.txt")
    assert CANARY not in project.read("r.json") + project.read("r.md") + project.read("r.txt")
    project.output_of("preview", "dev", "--emulator", "--output", "review.html", code=2)

    project.environment["MANAGED_AGENTS_SECRET_CRM"] = f"{CANARY}-rotated"
    project.write("vaults/crm.yaml", OPEN_VAULT)
    stage = json.loads(project.output_of("preview", "dev", "--emulator", "--output-format", "json"))["stages"][0]
    assert [(change["path"], change["desired"]) for change in stage["resources"][0]["changes"]] == [
        (["auth", "secret_value"], "[secret]")
    ]
    assert stage["capability"] == []

    del project.environment["MANAGED_AGENTS_SECRET_CRM"]
    stage = json.loads(project.output_of("preview", "dev", "--emulator", "--output-format", "json", code=2))["stages"][
        0
    ]
    assert stage["errors"][0].startswith(
        "stacks/dev/vaults/crm.yaml:6: credentials[0].auth.secret_value: the secret 'CRM'"
    )


def test_doctor_answers_a_program(project: Watched) -> None:
    """Each check has a name, a verdict and, where it is not well, what to type."""
    well = json.loads(project.output_of("doctor", "dev", "--emulator", "--output-format", "json"))
    assert [one["name"] for one in well["checks"]][-3:] == ["credential", "API", "workspace"]
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        project.environment.pop(name, None)
    ill = json.loads(project.output_of("doctor", "dev", "--output-format", "json", code=1))
    bad = {check["name"]: f"{check['detail']} {check['advice']}" for check in ill["checks"] if not check["ok"]}
    if shutil.which("pulumi", path=project.environment["PATH"]):
        assert "python3 -m venv" in bad["virtualenv"]
    else:
        assert "pulumi.com/docs/install" in bad["Pulumi CLI"]
    assert "set ANTHROPIC_API_KEY" in bad["credential"]
