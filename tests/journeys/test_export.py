"""A preview where neither the state nor a secret is in reach: against what `managed-agents export` has written."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from tests.journeys.journey_stack import Stack, needs_pulumi
from tests.journeys.journey_stage import write_stage
from tests.journeys.production_stage import CANARY, FILES, SMOKE, VARIABLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.journey_server import Server

pytestmark = needs_pulumi

GREEN = "rules: [{match: {agent: Triage}, do: [{reply: I triage.}]}]"
OWN = f"{CANARY}-own"
PROGRAM = """\
import pulumi
from pulumi_managed_agents import Agent, deploy_stage

deploy_stage()
Agent("own", name="Own", model="claude-haiku-5-5", system=pulumi.Config().require_secret("own"))
"""


def marks(value: object) -> set[str]:
    """The mark of every secret in a state."""
    if isinstance(value, list):
        return {found for item in value for found in marks(item)}
    if not isinstance(value, dict):
        return set()
    own = {text for text in (value.get("marks") or {}).values() if text.startswith("#")}
    return {found for item in value.values() for found in marks(item)} | own


def digests(state: Any) -> set[str]:
    """Whatever in a state can be compared with a secret."""
    (own,) = (one for one in state["deployment"]["resources"] if one["urn"].endswith(":Agent::own"))
    return marks(state) | {own["outputs"]["__applied"]["live"]["system"]}


def test_a_preview_against_an_export_needs_no_secret_and_sees_every_other_change(
    stack: Stack, server: Server, tmp_path: Path
) -> None:
    """The file holds no secret, cipher or digest of one; who has nothing but it sees edits, and drift, and no more."""
    write_stage(stack, FILES)
    stack.write("stacks/dev/smoke/triage.yaml", SMOKE)
    stack.write("__main__.py", PROGRAM)
    stack.env |= VARIABLES
    server.script(GREEN)
    stack.pulumi("config", "set", "--secret", "own", OWN).succeeded()
    stack.up().succeeded()
    file = tmp_path / "record.json"
    stack.managed_agents("export", "dev", "--output", str(file)).succeeded()

    text, state = file.read_text(encoding="utf-8"), json.loads(stack.export())
    assert len(digests(state)) == 7
    assert not [one for one in (CANARY, base64.b64encode(CANARY.encode()).decode()[:-4]) if one in text]
    assert not [digest for digest in digests(state) if digest in text]
    assert not [word for word in ("ciphertext", "secrets_providers", "hashivault") if word in text]

    kept = {key: stack.env[key] for key in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY")}
    branch = Stack(tmp_path / "branch", tmp_path / "home", kept)
    stack.copy_to(branch.folder)
    for path in (branch.folder / "backend").rglob("*"):
        if path.is_file():
            path.unlink()
    settings = branch.settings.read_bytes()
    same = branch.managed_agents("preview", "dev", "--against", str(file), "--detailed-exitcode").succeeded()
    assert same.says("nothing to change", "compared with the record of", "without secrets")

    branch.edit("agents/triage.md", "You triage.", "You triage with care.")
    edited = branch.managed_agents("preview", "dev", "--against", str(file), "--detailed-exitcode")
    assert (edited.code, edited.noise) == (3, []), edited.text
    assert edited.says("agent agents/triage v1 → v2")
    assert edited.says("2 to update", "smoke test to run"), edited.text
    clean = branch.managed_agents("drift", "dev", "--against", str(file)).succeeded()
    assert clean.says("no drift in")
    agent = server.agents()["Triage"]
    server.hand.beta.agents.update(agent.id, version=agent.version, description="By hand")
    drifted = branch.managed_agents("drift", "dev", "--against", str(file))
    assert (drifted.code, drifted.says("By hand")) == (5, True)
    assert branch.settings.read_bytes() == settings

    other = json.loads(text) | {"stage": "prod"}
    file.write_text(json.dumps(other), encoding="utf-8")
    refused = branch.managed_agents("preview", "dev", "--against", str(file))
    assert (refused.code, refused.says("it is of stage 'prod' of project 'journey'")) == (2, True)
