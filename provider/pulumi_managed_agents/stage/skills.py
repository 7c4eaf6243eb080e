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
        main = document.read_bytes(directory / SKILL_FILE, file)
        front_matter = document.parse(document.decode(main, file), SKILL_FILE, file).root
        findings.check("skill", front_matter.plain(), front_matter)
    findings.settle(strict=False)
    name, description = (str(front_matter.plain().get(field, "")) for field in ("name", "description"))
    contents = collect(directory, shown, Path.cwd(), {SKILL_FILE: main})
    findings.note(*Scan().skill(contents, shown, shown))
    findings.settle(strict=False)
    return Bundle.of(contents, shown, name, description)
