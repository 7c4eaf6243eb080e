"""A skill's directory on its own, for programs that declare skills without a stage folder."""

from __future__ import annotations

from pathlib import Path

from pulumi_managed_agents.stage import document
from pulumi_managed_agents.stage.bundle import Bundle, collect
from pulumi_managed_agents.stage.findings import Findings
from pulumi_managed_agents.stage.layout import SKILL_FILE
from pulumi_managed_agents.stage.scanning import Scan


def open_skill(directory: Path) -> Bundle:
    """Read, check and digest the skill in `directory`, a path relative to the program.

    Raises `InputError` with every finding, each with file and line.
    """
    shown = directory.as_posix()
    file = f"{shown}/{SKILL_FILE}"
    findings = Findings()
    with findings:
        front_matter = document.parse(document.read_text(directory / SKILL_FILE, file), SKILL_FILE, file).root
        findings.check("skill", front_matter.plain(), front_matter)
    findings.settle(strict=False)
    name, description = (str(front_matter.plain().get(field, "")) for field in ("name", "description"))
    bundle = collect(directory, shown, Path.cwd(), name, description)
    findings.note(*Scan().skill(bundle, shown))
    findings.settle(strict=False)
    return bundle
