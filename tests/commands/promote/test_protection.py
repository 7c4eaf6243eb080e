from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.cli.options import confirm, confirmation
from pulumi_managed_agents.errors import InputError, Refused

if TYPE_CHECKING:
    from tests.commands.promote.promotion_project import Project


@pytest.fixture
def protected(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    project.put("stacks/Pulumi.prod.yaml", "config: {managed-agents:protectedStage: true}\n")
    monkeypatch.chdir(project.root)
    return project


@pytest.mark.usefixtures("protected")
def test_a_protected_stage_wants_its_name() -> None:
    """A yes is not enough, and the message has what is; another stage needs no more than a yes."""
    with pytest.raises(Refused, match="add --confirm-stage prod"):
        confirmation("prod", None, yes=True)
    with pytest.raises(Refused, match="add --confirm-stage prod"):
        confirmation("prod", None, yes=False, emulator=True)
    with pytest.raises(Refused, match="names 'dev', but the stage is 'prod'"):
        confirmation("prod", "dev", yes=True)
    assert confirmation("prod", "prod", yes=False) is None
    assert confirmation("dev", None, yes=True) is None
    assert confirmation("dev", None, yes=False) is confirm


def test_a_protection_that_is_neither_on_nor_off_is_bad_input(protected: Project) -> None:
    """A typing error must not leave a stage unprotected."""
    protected.put("stacks/Pulumi.prod.yaml", "config: {managed-agents:protectedStage: yess}\n")

    with pytest.raises(InputError, match="must be true or false"):
        confirmation("prod", None, yes=True)
