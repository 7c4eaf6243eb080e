"""Drift in fields that no file names, as every command tells it; one deployed stage, by the trial engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.command_project import Project

if TYPE_CHECKING:
    from pathlib import Path

ROLE: dict[str, Any] = {"type": "aws_role", "role_arn": "arn:aws:iam::123456789012:role/admin"}
POWER = "acts as AWS role arn:aws:iam::123456789012:role/admin instead of service account"
TOLD = (f"more power: {POWER}", "was changed outside Pulumi (version 1 → 2, last changed 20")


def configure(project: Project, **settings: str) -> None:
    """Write the stage's settings."""
    lines = "".join(f"  managed-agents:{key}: {value}\n" for key, value in settings.items())
    (project.folder / "stacks/Pulumi.dev.yaml").write_text(f"config:\n{lines}" if lines else "config: {}\n", "utf-8")


def drift(project: Project, code: int) -> list[tuple[str, list[tuple[str, str]]]]:
    """What `drift` reports, by resource: fields and causes."""
    report = project.output_of("drift", "dev", "--emulator", "--output-format", "json", code=code)
    (stage,) = json.loads(report)["stages"]
    return [(one["name"], [(".".join(c["path"]), c["cause"]) for c in one["changes"]]) for one in stage["drifted"]]


def test_undeclared_drift_is_reported_until_it_is_settled(deployed_project: Project, tmp_path: Path) -> None:
    """Each command tells it, with the power it gives, and no up takes it away: not before the stage's setting says so.

    An up that writes something else keeps telling it; `fail` stops; `restore` puts back what was recorded; afterwards
    all is quiet. A later version that says the same is reported, and is no drift.
    """
    with Project(deployed_project.copied_to(tmp_path / "mine")).served() as project, project.console_client() as api:
        (agent,) = api.beta.agents.list()
        api.beta.agents.update(agent.id, version=1, execution_identity=ROLE, metadata={"owner": "somebody"})  # type: ignore[arg-type]
        fields = [
            ("execution_identity.role_arn", "undeclared drift"),
            ("execution_identity.type", "undeclared drift"),
            ("metadata.owner", "undeclared drift"),
        ]
        project.output_of("preview", "dev", "--emulator", "--output", "p.md", "--output", "p.json", "--output", "p.txt")
        text = (project.folder / "p.txt").read_text("utf-8")
        assert "nothing to change, 1 changed outside" in text
        given = f"New power: ! agent agents/assistant: {POWER} (given outside Pulumi, in no file)"
        assert all(line in " ".join(text.split()) for line in (*TOLD, given))
        shown = (project.folder / "p.md").read_text("utf-8")
        assert "- execution_identity.type: service_account\n+ execution_identity.type: aws_role\n" in shown
        (stage,) = json.loads((project.folder / "p.json").read_text("utf-8"))["stages"]
        assert [one["rule"] for one in stage["capability"]] == ["identity-changed"]
        assert [(".".join(one["path"]), one["cause"]) for one in stage["left"][0]["left"]] == fields
        assert drift(project, 5) == [("agents/assistant", fields)]
        project.requests()
        assert "(2 is live)" in project.output_of("up", "dev", "--emulator", "--yes")
        assert {one["method"] for one in project.requests()} == {"GET"}

        project.replace("agents/assistant.md", "You answer questions", "You gladly answer questions")
        assert "1 updated" in project.output_of("up", "dev", "--emulator", "--yes")
        assert drift(project, 5) == [("agents/assistant", fields)]
        assert api.beta.agents.retrieve(agent.id).execution_identity.type == "aws_role"

        configure(project, onUndeclared="fail")
        code, output = project.run("up", "dev", "--emulator", "--yes")
        assert (code, "managed-agents:onUndeclared is 'fail'" in output) == (7, True), output
        configure(project, onUndeclared="restore")
        assert "1 updated" in project.output_of("up", "dev", "--emulator", "--yes")
        now = api.beta.agents.retrieve(agent.id)
        assert (now.execution_identity.type, "owner" in now.metadata) == ("service_account", False)
        configure(project)

        for name in ("Other", now.name):
            version = api.beta.agents.update(
                agent.id, version=api.beta.agents.retrieve(agent.id).version, name=name
            ).version
        assert drift(project, 0) == []
        assert f"v{version} is live and v{now.version} recorded; they say the same" in project.output_of(
            "preview", "dev", "--emulator"
        )
