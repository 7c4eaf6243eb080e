"""What Pulumi.yaml must say before anything else is looked at."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003

import pytest

from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.errors import InputError


@pytest.mark.parametrize("name", ["shop", "shop-2.agents_eu", "x" * 100])
def test_a_project_has_a_name_that_pulumi_takes(name: str, tmp_path: Path) -> None:
    """Letters, digits and three signs, up to a hundred of them."""
    (tmp_path / "Pulumi.yaml").write_text(f"name: {name}\n", encoding="utf-8")
    assert read_project(tmp_path, "dev").name == name


@pytest.mark.parametrize("name", ["my shop", "shop/agents", "caf\u00e9", "x" * 101, ""])
def test_another_name_is_refused_with_file_and_field(name: str, tmp_path: Path) -> None:
    """Pulumi would say it later, and in other words."""
    file = tmp_path / "Pulumi.yaml"
    file.write_text(f"name: '{name}'\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_project(tmp_path, "dev")
    assert str(caught.value).startswith(f"{file}: name: '{name}' cannot be a project's name: letters, digits")
