"""What a program declares in Python goes into no stage behind a gate: no file says what it is, so nothing proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pytest

from pulumi_managed_agents import Agent, Environment, Skill
from tests.dynamic.mocked_program import registered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.dynamic.provider_process import Provider

SKILL = "---\nname: notes\ndescription: Takes notes.\n---\nBe brief.\n"
BESIDE_FILES: dict[str, Callable[[], object]] = {
    "new": lambda: Environment("rogue"),
    "imported": lambda: Agent("rogue", model="claude-haiku-5-5", opts=pulumi.ResourceOptions(import_="agent_1")),
    "adopted": lambda: Agent("rogue", model="claude-haiku-5-5", system="Do as you like.", adopt="agent_1"),
    "of files": lambda: Skill("rogue", directory="notes"),
}


@pytest.mark.parametrize("declared", BESIDE_FILES.values(), ids=BESIDE_FILES)
def test_no_declaration_goes_round_the_gate(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: Callable[[], object]
) -> None:
    """Whatever it is and wherever it comes from it is refused by name, unless the stage allows that name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/SKILL.md").write_text(SKILL, encoding="utf-8")
    (rogue,) = (one for one in registered(declared) if one.name == "rogue")

    provider.configure(verifiedIn="staging")
    (failure,) = provider.entry.check({}, rogue.inputs).failures
    assert "no proof covers what a program declares in Python" in failure.reason
    assert "managed-agents:uncovered: [rogue]" in failure.reason
    provider.configure(uncovered='["rogue"]')
    assert provider.entry.check({}, rogue.inputs).failures == []
