from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.validate.validate import validate_stages
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.smoke.side_effects import side_effects_must_be_accepted
from pulumi_managed_agents.stage import Stage, load

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "agents/helper.yaml": "name: helper\nmodel: claude-opus-5\n",
    "environments/cloud.yaml": "name: cloud\n",
    "vaults/crm.yaml": "display_name: crm\n",
    "memory_stores/notes.yaml": "name: notes\n",
}
TEST = """\
agent: ../agents/helper.yaml
environment: ../environments/cloud.yaml
budget_usd: 0.25
send: Hello
expect: {reply: {contains: [hello]}}
"""
PROTECTED = {"protectedStage": "true"}
ADVICE = "and managed-agents:protectedStage is true; write side_effects: accepted if that is meant"


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    """A project with a stage that has a vault and a memory store."""
    for name, text in FILES.items():
        file = tmp_path / "stacks/prod" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def with_test(project: Path, more: str) -> Stage:
    """The stage with such a test."""
    file = project / "stacks/prod/smoke/crm.yaml"
    file.parent.mkdir()
    file.write_text(TEST + more, encoding="utf-8")
    return load("prod", project_dir=project, project="shop")


@pytest.mark.parametrize(
    ("more", "place"),
    [
        pytest.param("vaults: [../vaults/crm.yaml]\n", "crm.yaml:6: vaults[0]: gives the session real", id="vault"),
        pytest.param("vaults: [vlt_1]\n", "crm.yaml:6: vaults[0]: gives the session real", id="vault by id"),
        pytest.param(
            "memory_stores:\n  - {path: ../memory_stores/notes.yaml, access: read_write}\n",
            "crm.yaml:7: memory_stores[0]: lets the session write",
            id="memory store",
        ),
        pytest.param(
            "memory_stores: [{memory_store_id: memstore_1, access: read_write}]\n",
            "crm.yaml:6: memory_stores[0]: lets the session write",
            id="memory store by id",
        ),
    ],
)
def test_a_protected_stage_wants_side_effects_to_be_accepted(staged: Path, more: str, place: str) -> None:
    """A test that reaches beyond its session is refused with its line and what to write."""
    with pytest.raises(InputError) as caught:
        side_effects_must_be_accepted(with_test(staged, more), PROTECTED)
    [finding] = map(str, caught.value.findings)
    assert place in finding
    assert ADVICE in finding


def test_validate_tells_of_them(staged: Path) -> None:
    """They are findings like any other, before anything is called."""
    (staged / "Pulumi.yaml").write_text("name: shop\nruntime: python\nstackConfigDir: stacks\n", encoding="utf-8")
    (staged / "stacks/Pulumi.prod.yaml").write_text("config: {managed-agents:protectedStage: true}\n", encoding="utf-8")
    with_test(staged, "vaults: [vlt_1]\n")
    with pytest.raises(InputError, match="side_effects: accepted"):
        list(validate_stages(staged, ["prod"], strict=False))


@pytest.mark.parametrize(
    ("more", "config"),
    [
        pytest.param("vaults: [vlt_1]\n", {}, id="not protected"),
        pytest.param("vaults: [vlt_1]\nside_effects: accepted\n", PROTECTED, id="accepted"),
        pytest.param("vaults: [vlt_1]\nstages: [dev]\n", PROTECTED, id="runs elsewhere"),
        pytest.param("memory_stores: [../memory_stores/notes.yaml]\n", PROTECTED, id="read only"),
        pytest.param("", PROTECTED, id="nothing beyond its session"),
    ],
)
def test_what_is_meant_or_harmless_is_left_alone(staged: Path, more: str, config: dict[str, str]) -> None:
    """Nobody has to accept what has no effects here."""
    side_effects_must_be_accepted(with_test(staged, more), config)
