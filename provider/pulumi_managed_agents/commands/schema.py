"""`managed-agents schema`: the JSON Schemas of files, for editors, and of what commands write as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.adopt.orphans import OrphansReport
from pulumi_managed_agents.commands.adopt.report import AdoptableReport, AdoptionReport
from pulumi_managed_agents.commands.doctor import DoctorReport
from pulumi_managed_agents.commands.pins import Pin, ReceiptsReport
from pulumi_managed_agents.commands.promote.compare import Comparison
from pulumi_managed_agents.commands.promote.result import PromotionReport, RollbackReport
from pulumi_managed_agents.commands.pull.result import write_schema
from pulumi_managed_agents.commands.skills import SkillsUpdateReport
from pulumi_managed_agents.commands.validate.validate import ValidationReport
from pulumi_managed_agents.kinds import json_schema
from pulumi_managed_agents.output.run_report import SmokeReport, UpReport
from pulumi_managed_agents.review.json import schema_of, schemas, write_schemas
from pulumi_managed_agents.smoke.explanation import Explanation

if TYPE_CHECKING:
    from pathlib import Path

REPORTS: dict[str, tuple[type, str]] = {
    "compare": (Comparison, "Two stages side by side: managed-agents compare"),
    "doctor": (DoctorReport, "What a deployment needs: managed-agents doctor"),
    "explain": (Explanation, "What a session ran: managed-agents explain"),
    "orphans": (OrphansReport, "Objects that nothing manages: managed-agents orphans"),
    "promote": (PromotionReport, "A promotion: managed-agents promote"),
    "receipts": (ReceiptsReport, "What is proven: managed-agents receipts"),
    "rollback": (RollbackReport, "A roll-back: managed-agents rollback"),
    "skills-update": (SkillsUpdateReport, "An update of skills: managed-agents skills update"),
    "smoke-run": (SmokeReport, "A run of smoke tests: managed-agents smoke"),
    "up": (UpReport, "A deployment: managed-agents up"),
    "validate": (ValidationReport, "A check of files: managed-agents validate"),
}


def write_all_schemas(directory: Path) -> list[Path]:
    """Write every schema to a directory, and return the files."""
    # `pull` makes the schema of its report itself.
    return [*json_schema.write(directory), *write_schemas(directory, report_schemas()), write_schema(directory)]


def report_schemas() -> dict[str, dict[str, Any]]:
    """The schemas of all that commands write as JSON, except `pull`, by their files."""
    by_command = {
        f"{command}.schema.json": schema_of(report, f"{title} --output-format json")
        for command, (report, title) in REPORTS.items()
    }
    return {**schemas(), **by_command, "adopt.schema.json": _adopt(), "pins.schema.json": _pins()}


def _adopt() -> dict[str, Any]:
    """The schema of an adoption, or of what could be adopted where nothing was chosen."""
    title = "Adoption: managed-agents adopt --output-format json"
    forms = [schema_of(report, title) for report in (AdoptionReport, AdoptableReport)]
    known = {name: definition for form in forms for name, definition in form.pop("$defs").items()}
    dialect = forms[0]["$schema"]
    for form in forms:
        del form["title"], form["$schema"]
    return {"$schema": dialect, "title": title, "anyOf": forms, "$defs": known}


def _pins() -> dict[str, Any]:
    """The schema of pins, whose names are those of agents."""
    pin = schema_of(Pin, "Pin")
    dialect = pin.pop("$schema")
    for unused in ("$defs", "title"):
        del pin[unused]
    title = "What serves: managed-agents pins"
    described = "The version that each agent of a stage serves, by the agent's name."
    return {
        "$schema": dialect,
        "title": title,
        "description": described,
        "type": "object",
        "additionalProperties": pin,
    }
