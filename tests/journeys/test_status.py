"""`managed-agents status` over three stages: before anything is deployed, held back, rolled back, changed by hand."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from anthropic import Anthropic

from tests.command_project import WITHOUT_CLI
from tests.journeys.test_promotion import three_stages

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.promotion_stages import Stages

TRIAGE, BILLING = "agents/triage", "agents/billing"


def status(stages: Stages, *arguments: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """The status by stage, as programs read it."""
    output = stages.run("status", *arguments, "--output", "status.json", code=code)
    assert output.splitlines()[-1] == "wrote status.json"
    return {one["stage"]: one for one in json.loads(stages.read("status.json"))["stages"]}


def serving(stage: dict[str, Any], name: str) -> tuple[int | None, int, str]:
    """What an agent serves, its newest version, and why these differ."""
    found = next(root["serving"] for root in stage["roots"] if root["name"] == name)
    return found["serves"], found["newest"], found["why"]


def content(stage: dict[str, Any]) -> dict[str, str]:
    return {root["name"]: root["content"] for root in stage["roots"]}


def deploy(stages: Stages) -> None:
    """Deploy dev and staging alike, then dev once more with a red test; edit an agent of staging by hand."""
    stages.run("up", "dev")
    stages.run("promote", "dev", "staging")
    stages.run("up", "staging")
    stages.edit("stacks/dev/agents/triage.md", "You are", "You really are")
    stages.edit("stacks/dev/agents/billing.md", "You are", "You truly are")
    stages.edit("stacks/dev/smoke/triage.yaml", "[triage]", "[nonsense]")
    output = stages.run("up", "dev", code=4)
    assert f"{TRIAGE} serves 1, newest 2: held back by smoke test triage" in output
    assert f"{TRIAGE} serves 1, newest 2: held back by smoke test triage" in stages.run("preview", "dev")
    with Anthropic(api_key="emulator", base_url=stages.url) as hand:
        hand.beta.agents.update(stages.pins("staging")[BILLING]["id"], version=1, system="By hand.")


def test_a_look_at_all_stages_tells_what_serves_and_what_to_do(tmp_path: Path) -> None:
    """What is held back, changed by hand, ahead, behind or never deployed is seen in one command that only reads."""
    with three_stages(tmp_path, WITHOUT_CLI) as stages:
        assert "there is no stage 'nope'" in stages.run("status", "nope", code=2)
        assert "stage 'prod' serves nothing yet" in stages.run("history", "prod", code=2)
        before = status(stages)
        assert [*before] == ["dev", "staging", "prod"]  # each behind the one that it takes over from
        assert {one["condition"] for one in before.values()} == {"never deployed"}

        deploy(stages)
        stages.writes()
        now = status(stages, "--detailed-exitcode", code=5)
        assert serving(now["dev"], TRIAGE) == (1, 2, "red")
        assert serving(now["dev"], "deployments/nightly") == (1, 2, "red")
        assert serving(now["dev"], BILLING) == (2, 2, "")
        assert [(one["kind"], one["name"]) for one in now["staging"]["drift"]["drifted"]] == [("agent", BILLING)]
        assert content(now["staging"]) == {TRIAGE: "equal", BILLING: "behind", "deployments/nightly": "equal"}
        assert now["prod"]["missing"] == [BILLING, TRIAGE, "deployments/nightly"]
        assert now["staging"]["next"][0]["command"] == "managed-agents drift staging --emulator"
        assert [one["waiting"] for one in now.values()] == [0, 0, None]
        assert stages.writes() == []

        output = stages.run("report", "site", "--offline")
        assert "wrote site/index.html: " in output
        assert "held back" in stages.read("site/index.html")
        sessions = [file.read_text("utf-8") for file in (stages.folder / "site/stages/dev/sessions").iterdir()]
        assert len([one for one in sessions if "expectation failed: step 1: " in one]) == 1
        assert "is not empty and holds no report" in stages.run("report", "stacks", "--offline", code=2)

        stages.environment["COLUMNS"] = "80"
        lines = stages.run("status").splitlines()
        assert max(map(len, lines)) <= 80

        assert [BILLING, "2", "1", "changed", "outside", "-"] in [line.split() for line in lines]

        stages.run("rollback", "dev", "--pins", "--only", BILLING)
        assert serving(status(stages, "dev", "--offline")["dev"], BILLING) == (1, 2, "rolled back")
        assert re.search(r"serves 1, newest 2: rolled back \d{4}-\d\d-\d\d ", stages.run("status", "dev", "--offline"))
        turns = [line.split()[0] for line in stages.run("history", "dev", BILLING).splitlines() if " 20" in line]
        assert turns == ["1", "2", "1"]
        stages.write("stacks/dev/agents/triage.md", "half an edit: [")
        broken = stages.run("status", "dev")
        assert "Not compared with what is live: stacks/dev/agents/triage.md" in broken

        stages.environment |= {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "nobody-listens"}
        away = stages.call("status", "staging")
        assert "Not compared with what is live: " in away
        assert [TRIAGE, "1"] in [line.split()[:2] for line in away.splitlines()]

        assert "no drift" not in away
