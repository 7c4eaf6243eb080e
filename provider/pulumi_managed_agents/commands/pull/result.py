"""What a pull came to: as a value, and as JSON for other programs, whose names do not change, with its JSON Schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from pulumi_managed_agents.commands.pull.pulled import PullOutcome  # noqa: TC001 - the schema is made from it
from pulumi_managed_agents.files.written_files import FileKind  # noqa: TC001 - as above
from pulumi_managed_agents.reconcile.plan_rows import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.commands.pull.pulled import Pulled, PulledField
    from pulumi_managed_agents.files.written_files import FileChange
SCHEMA_VERSION: Literal[1] = 1
FILE = "pull.schema.json"


@dataclass(frozen=True)
class PullReport:
    """What a pull came to, or with `dry_run` would.

    Attributes:
        stage: The stage.
        emulator: Whether the API is the local emulator.
        dry_run: Whether nothing was to be written.
        gated_by: The stage that has to prove what this one takes, or empty.
        pulled: What becomes of each resource that drifted.
        files: The files that change.
        failures: A line for each file that could not be edited.
    """

    stage: str
    emulator: bool = False
    dry_run: bool = False
    gated_by: str = ""
    pulled: tuple[Pulled, ...] = ()
    files: tuple[FileChange, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def clashes(self) -> bool:
        """Whether file and live clash somewhere."""
        return any(item.has("clash") for item in self.pulled)

    @property
    def exit_code(self) -> int:
        """What the command exits with: 6 for a clash, 1 where a file could not be edited."""
        return 6 if self.clashes else 1 if self.failures else 0


@dataclass(frozen=True)
class ChangeRecord:
    """A field that somebody changed, and what became of that."""

    field: Annotated[str, Field(description="The field, as people write it.")]
    outcome: Annotated[
        PullOutcome,
        Field(
            description="taken: the live value is in the file. merged: so is what the file changed. clash: both are, "
            "between markers. named: it comes from elsewhere. left: no file names it, and nobody asked for it."
        ),
    ]
    place: Annotated[str, Field(description="File and line where to change it by hand, or empty.")]
    reason: Annotated[str, Field(description="Why there, or what else is to be said; or empty.")]
    recorded: Annotated[Any, Field(description="What was last applied, or a fingerprint of it; null is unset.")]
    file: Annotated[Any, Field(description="What the file said; null is unset.")]
    live: Annotated[Any, Field(description="What is live; null is unset.")]


@dataclass(frozen=True)
class ResourceRecord:
    """A resource that somebody changed."""

    kind: Annotated[str, Field(description="Its kind.")]
    name: Annotated[str, Field(description="Its name.")]
    file: Annotated[str, Field(description="Its definition file, or empty.")]
    vanished: Annotated[str, Field(description="How somebody took it away, or empty.")]
    changes: Annotated[list[ChangeRecord], Field(description="Its fields that changed.")]


@dataclass(frozen=True)
class FileRecord:
    """A file that changes."""

    file: Annotated[str, Field(description="The file, from the project's folder.")]
    change: Annotated[FileKind, Field(description="What happens to it.")]
    diff: Annotated[list[str], Field(description="The lines of a unified diff, with --dry-run.")]


@dataclass(frozen=True)
class PullRecord:
    """What a pull came to, or with --dry-run would."""

    schema_version: Annotated[Literal[1], Field(description="Moves when this form changes.")]
    stage: Annotated[str, Field(description="The stage.")]
    dry_run: Annotated[bool, Field(description="Whether nothing was to be written.")]
    resources: Annotated[list[ResourceRecord], Field(description="What somebody changed.")]
    files: Annotated[list[FileRecord], Field(description="The files that change.")]
    failures: Annotated[list[str], Field(description="A line for each file that could not be edited.")]


def pull_record(report: PullReport) -> PullRecord:
    """The whole report."""
    return PullRecord(
        schema_version=SCHEMA_VERSION,
        stage=report.stage,
        dry_run=report.dry_run,
        resources=[_resource(pulled) for pulled in report.pulled],
        files=[
            FileRecord(change.shown, change.kind, change.diff() if report.dry_run else []) for change in report.files
        ],
        failures=list(report.failures),
    )


def _resource(pulled: Pulled) -> ResourceRecord:
    plan = pulled.plan
    changes = [row for part in pulled.parts for row in _changes(part)]
    return ResourceRecord(plan.kind, plan.name, plan.file, plan.vanished, changes)


def _changes(part: PulledField) -> Iterator[ChangeRecord]:
    for change in part.changes:
        yield ChangeRecord(
            field=spelled(change.path),
            outcome=part.outcome,
            place=part.place,
            reason=part.reason,
            recorded=change.recorded,
            file=change.desired,
            live=change.live,
        )


def schema() -> dict[str, Any]:
    """The JSON Schema of the record."""
    from pydantic import TypeAdapter

    record_schema = TypeAdapter(PullRecord).json_schema(mode="serialization")
    title = "What a pull came to: managed-agents pull --output-format json"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **record_schema, "title": title}


def write_schema(directory: Path) -> Path:
    """Write the schema beside those of the other reports."""
    file = directory / FILE
    file.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
    return file
