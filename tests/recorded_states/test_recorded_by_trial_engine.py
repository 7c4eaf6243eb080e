from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands.report_schemas import valid
from tests.recorded_states.recorded_state import COMMIT, TRIAGE_ANSWERS, unmoved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.recorded_states.recorded_state import Left

SKILL = b"---\nname: refunds\ndescription: By hand.\n---\nPay at once.\n"
BY_HAND = {
    "agents/orders",
    "deployments/nightly",
    "environments/sandbox",
    "files/prices.csv",
    "memory_stores/customers",
    "skills/refunds",
    "vaults/crm",
    "vaults/crm/SHOP_API_KEY",
}
"""What `change_by_hand` changes: an object of every kind."""


PINNED = {"agents/lead": 2, "agents/orders": 1, "agents/planner": 1, "agents/triage": 2}


def files(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder with its content."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def recorded(state: Path) -> dict[str, dict[str, Any]]:
    """The resources in a state of the trial engine, by name."""
    return {one["name"]: one for one in json.loads(state.read_text("utf-8"))["resources"]}


def change_by_hand(left: Left) -> None:
    """Change an object of every kind as somebody in the Console would."""
    ids = {name: one["id"] for name, one in recorded(left.state_of("dev")).items()}
    hand, text = left.server.hand.beta, "By hand."
    hand.agents.update(ids["agents/orders"], version=1, system=text)
    hand.deployments.pause(ids["deployments/nightly"])
    hand.environments.update(ids["environments/sandbox"], description=text)
    left.server.hand.files.delete(ids["files/prices.csv"])
    hand.memory_stores.update(ids["memory_stores/customers"], description=text)
    left.server.hand.skills.versions.create(ids["skills/refunds"], files=[("refunds/SKILL.md", SKILL)])
    hand.vaults.update(ids["vaults/crm"], display_name=text)
    hand.vaults.credentials.update(
        ids["vaults/crm/SHOP_API_KEY"], vault_id=ids["vaults/crm"], display_name="Shop API, by hand"
    )


@contextmanager
def let_out(left: Left) -> Iterator[None]:
    """Let staging's environment out to where a web tool of its agent is allowed, which `validate` has wanted since."""
    file = left.project.folder / "stacks/staging.values.yaml"
    file.write_text(file.read_text("utf-8").replace("[pypi.org, ", "[pypi.org, docs.shop.example, "), "utf-8")
    yield
    file.write_text(file.read_text("utf-8").replace("docs.shop.example, ", ""), "utf-8")


def bind_exemption(left: Left) -> None:
    """Write staging's exemption as it must be now, as the refusal shows it."""
    with let_out(left):
        code, refused = left.project.run("validate", "staging")
    assert code == 7
    assert "a29b7795111b (nothing calls it yet) allows nothing: it must name its root and both digests" in refused
    (bound,) = re.findall(r"root: agents/planner, digest: a29b7795111b, effective: [0-9a-f]{12}", refused)
    file = left.project.folder / "stacks/Pulumi.staging.yaml"
    file.write_text(file.read_text("utf-8").replace("digest: a29b7795111b", bound), "utf-8")


@pytest.mark.parametrize("stage", ["dev", "staging"])
def test_there_is_nothing_to_do(left: Left, stage: str) -> None:
    """A preview is empty, an up sends no write, no test is run again, and what is recorded stays."""
    if stage == "staging":
        bind_exemption(left)
    before = recorded(left.state_of(stage))

    left.project.output_of("preview", stage, "--emulator", "--detailed-exitcode")
    assert "nothing to change, 0 write requests" in left.project.output_of("up", stage, "--emulator", "--yes")
    after = recorded(left.state_of(stage))

    assert left.server.writes() == []
    assert {name: unmoved(one) for name, one in after.items()} == {name: unmoved(one) for name, one in before.items()}


def test_what_was_changed_by_hand_is_noticed_and_put_back(left: Left) -> None:
    """The records say enough to find a change of each kind, and nothing beside it; an up heals it."""
    change_by_hand(left)
    left.server.script(TRIAGE_ANSWERS)

    report = json.loads(left.project.output_of("drift", "dev", "--emulator", "--output-format", "json", code=5))
    assert {one["name"] for one in report["stages"][0]["drifted"]} == BY_HAND

    left.project.output_of("up", "dev", "--emulator", "--yes")
    left.project.output_of("drift", "dev", "--emulator")


def test_an_edit_changes_what_it_reaches_and_no_more(left: Left) -> None:
    """An edited agent gets a new version, its coordinators follow, and only their tests are run."""
    left.project.replace("agents/orders.yaml", "You look after one order.", "You look after one order at a time.")
    ids = {name: one["id"] for name, one in recorded(left.state_of("dev")).items()}

    left.project.output_of("up", "dev", "--emulator", "--yes")
    writes = left.server.writes()

    changed = [f"POST /v1/agents/{ids[name]}" for name in ("agents/orders", "agents/lead", "agents/planner")]
    assert sorted(one for one in writes if not one.startswith(("POST /v1/sessions", "DELETE /v1/sessions"))) == sorted(
        changed
    )
    assert writes.count("POST /v1/sessions") == 3
    results = recorded(left.state_of("dev"))["smoke-tests"]["outputs"]["results"]
    assert {name for name, one in results.items() if one["commit"] == COMMIT} == {"lead", "orders"}


def test_it_can_be_taken_down(left: Left) -> None:
    """Every object that is recorded is removed, and none of the other stage."""
    others = {name: one["id"] for name, one in recorded(left.state_of("staging")).items()}

    assert "15 removed" in left.project.output_of("destroy", "dev", "--emulator", "--yes")

    hand = left.server.hand
    lists = (hand.beta.agents, hand.beta.deployments, hand.beta.environments, hand.beta.memory_stores, hand.beta.vaults)
    live = {one.id for found in lists for one in found.list()} | {one.id for one in hand.files.list()}
    live |= {one.id for one in hand.skills.list(source="custom")}
    assert live == {id for name, id in others.items() if "/" in name and not name.startswith("vaults/crm/")}
    assert recorded(left.state_of("dev")) == {}


def test_receipts_open_the_gate(left: Left) -> None:
    """The receipts beside the stage and in the other stage's release are read, and each is enough by itself."""
    bind_exemption(left)
    file = left.project.folder / "stacks/staging.receipts.json"
    with let_out(left):
        assert "agents/triage:model.id: proven in dev with another value" in left.project.output_of(
            "validate", "staging"
        )
        file.unlink()
        left.project.output_of("validate", "staging", code=7)
    assert "nothing to change" in left.project.output_of("up", "staging", "--emulator", "--yes")

    left.project.output_of("receipts", "dev", "--emulator", "--output", "handed-over")
    left.project.environment["MANAGED_AGENTS_RECEIPTS"] = "handed-over"
    with let_out(left):
        left.project.output_of("validate", "staging")


def test_the_gate_still_tells_other_content(left: Left) -> None:
    """Content that nobody proved is refused, whichever file of it was edited; what may differ still may."""
    bind_exemption(left)
    with let_out(left):
        left.project.replace("skills/refunds/reference.md", "50 euros", "5000 euros")
        left.project.output_of("validate", "staging", code=7)
        left.project.replace("skills/refunds/reference.md", "5000 euros", "50 euros")
        left.project.output_of("validate", "staging")

        values = left.project.folder / "stacks/staging.values.yaml"
        text = values.read_text("utf-8")
        values.write_text(text.replace("claude-haiku-5-5", "claude-sonnet-5-5"), "utf-8")
        left.project.output_of("validate", "staging")
        values.write_text(f"{text}  agents/lead.yaml: {{system: You do all the work yourself.}}\n", "utf-8")
        left.project.output_of("validate", "staging", code=7)


def test_a_promotion_that_was_made_is_known(left: Left) -> None:
    """What was handed over is not handed over again, and no file is written."""
    before = files(left.project.folder / "stacks")

    assert "nothing was written" in left.project.output_of("promote", "dev", "staging", "--emulator")

    assert files(left.project.folder / "stacks") == before


def test_a_version_that_was_proven_can_serve_again(left: Left) -> None:
    """What serves is what did, and the earlier version that passed its tests is known."""
    pins = json.loads(left.project.output_of("pins", "dev", "--emulator"))
    assert {name: pin["version"] for name, pin in pins.items()} == PINNED

    json_too = ("--emulator", "--yes", "--output-format", "json")
    output = left.project.output_of("rollback", "dev", "--pins", "--only", "agents/lead", *json_too)
    (moved,) = valid("rollback", output)["moved"]
    assert (moved["agent"], moved["to"]) == ("agents/lead", 1)

    pins = json.loads(left.project.output_of("pins", "dev", "--emulator"))
    assert {name: pin["version"] for name, pin in pins.items()} == {**PINNED, "agents/lead": 1}
    assert left.server.writes() == []


def test_its_status_and_its_history_are_reported(left: Left) -> None:
    """What serves, and since when by its proof; the turns were not noted then, and receipts tell of them."""
    report = json.loads(left.project.output_of("status", "dev", "staging", "--emulator", "--output-format", "json"))
    dev, staging = report["stages"]
    assert {one["name"]: one["serving"]["serves"] for one in dev["roots"] if one["kind"] == "agent"} == PINNED
    assert [one["drift"]["drifted"] for one in (dev, staging)] == [[], []]
    triage = next(one for one in dev["roots"] if one["name"] == "agents/triage")
    assert triage["proof"]["verdict"] == "proven"
    assert triage["serving"]["since"] == triage["proof"]["since"] != ""
    history = json.loads(
        left.project.output_of("history", "dev", "agents/triage", "--emulator", "--output-format", "json")
    )
    turns = history["agents"][0]["turns"]
    assert turns[0]["version"] == PINNED["agents/triage"]
    assert not any(turn["noted"] for turn in turns)
    assert left.server.writes() == []
