from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from managed_agents_emulator import Settings, running
from tests.command_project import COMMAND, WITHOUT_CLI
from tests.journeys.production_stage import CANARY, FILES, SMOKE, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = {
    "Pulumi.yaml": "name: shop\nstackConfigDir: stacks\nruntime: python\n",
    "__main__.py": "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n",
    "stacks/dev/smoke/triage.yaml": SMOKE.replace("[triage]", "[Triage]"),
    **{f"stacks/dev/{path}": text for path, text in FILES.items()},
}
RULE, ASSERTION, TOKEN = "fdrl_ci", f"{CANARY}-assertion", "sk-ant-oat01-emulator-"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in PROJECT.items():
        file = tmp_path / "project" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "project"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A job whose only credential is its platform's identity token, and an API on this machine."""
    identity = tmp_path / "identity"
    identity.write_text(ASSERTION, encoding="utf-8")
    own = {key: value for key, value in os.environ.items() if not key.startswith(("ANTHROPIC_", "MANAGED_AGENTS_"))}
    with running(Settings(port=0, rules={RULE: "wrkspc_ci"})) as url:
        yield (
            own
            | VARIABLES
            | {
                "PATH": WITHOUT_CLI,
                "ANTHROPIC_BASE_URL": url,
                "ANTHROPIC_FEDERATION_RULE_ID": RULE,
                "ANTHROPIC_ORGANIZATION_ID": "11111111-2222-4333-8444-555555555555",
                "ANTHROPIC_IDENTITY_TOKEN_FILE": str(identity),
            }
        )


def run(project: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def test_no_secret_of_a_run_stays_anywhere(project: Path, environment: dict[str, str]) -> None:
    """A stage deployed by workload identity leaves its token and its secrets in no state, log, report or output."""
    runs = [
        run(project, environment, "doctor", "dev"),
        run(project, environment, "up", "dev", "--yes", "--log-file", "run.jsonl", "--junit", "tests.xml"),
    ]
    rotated = environment | {"MANAGED_AGENTS_SECRET_CRM_TOKEN": f"{CANARY}-rotated"}
    runs += [
        run(project, rotated, "preview", "dev", "--output", "review.json", "--output", "review.md"),
        run(project, rotated, "up", "dev", "--yes"),
    ]
    assert [one.returncode for one in runs] == [0] * len(runs), "".join(one.stdout + one.stderr for one in runs)
    assert "workload identity by ANTHROPIC_FEDERATION_RULE_ID" in runs[0].stdout
    assert {path.suffix for path in project.rglob("*") if path.is_file()} >= {".json", ".jsonl", ".md", ".xml"}
    assert json.loads((project / "review.json").read_text("utf-8"))["stages"][0]["resources"]

    refused = run(project, environment | {"ANTHROPIC_FEDERATION_RULE_ID": "fdrl_other"}, "preview", "dev")
    assert refused.returncode == 1
    assert "check that federation rule fdrl_other matches" in refused.stdout + refused.stderr
    said = "".join(one.stdout + one.stderr for one in [*runs, refused])
    kept = [path for path in project.rglob("*") if path.is_file() and _holds(path.read_bytes())]
    assert (kept, _holds(said.encode())) == ([], False)


def _holds(content: bytes) -> bool:
    return CANARY.encode() in content or TOKEN.encode() in content
