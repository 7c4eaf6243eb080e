from __future__ import annotations

from pathlib import Path

from pulumi_managed_agents import commands
from pulumi_managed_agents.cli import SECTIONS

SHARED = {"scope", "saved_plan"}
"""What several commands share, as docs/explanation/layout.md says."""


def test_each_module_is_what_a_person_types() -> None:
    """A command's name is that of a module or a folder; other modules are listed here."""
    typed = {str(command.name).replace("-", "_") for section in SECTIONS.values() for command in section}
    folder = Path(str(commands.__file__)).parent
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert modules - {"__init__"} - typed == {"ci_init", *SHARED}
    # `orphans` is in adopt/, `rollback` and `compare` in promote/, `receipts` in pins; the others need no module.
    assert typed - modules == {"ci", "orphans", "compare", "rollback", "receipts", "emulator", "completion"}
