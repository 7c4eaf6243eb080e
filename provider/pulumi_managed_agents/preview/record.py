"""Plan records: what the provider decided for one resource, as a file that the command line reads after a preview.

One file per resource and call, in the directory that the environment variable ``MANAGED_AGENTS_PLAN`` names: what
`check` was given (all there is for a new resource), and what `diff` decided, which counts for more. Nothing in a
record is secret: the fields that hold a secret are named, not kept.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "MANAGED_AGENTS_PLAN"
LOOK_ON = "MANAGED_AGENTS_LOOK_ON"
"""The variable that asks a preview to go on where an up would stop: for a conflict, a drift, or what lacks proof."""
PENDING = "(known after the up)"
"""Stands for a version that only the up will tell."""
SECRET = "[secret]"  # noqa: S105 - what is shown in the place of one

Cause = Literal["edit", "drift", "conflict", "new version"]
Vanished = Literal["", "archived", "deleted"]
Decision = Literal["checked", "same", "update", "replace", "gone", "conflict", "refused"]


@dataclass(frozen=True)
class FieldChange:
    """One field on which desired, recorded and live do not agree.

    Attributes:
        path: Where it is in the effective definition; lists are keyed by identity, and ids replaced by names.
        cause: Who wants it: the file, somebody outside, both, or a new version of something that is used.
        recorded: What was last applied, or a fingerprint of it; null is unset.
        desired: What the file says; null is unset.
        live: What is live; null is unset.
        source: The name of the resource whose new version is the cause, or empty.
    """

    path: tuple[str, ...]
    cause: Cause
    recorded: Any = None
    desired: Any = None
    live: Any = None
    source: str = ""


@dataclass(frozen=True)
class PlanRecord:
    """What was decided for one resource.

    Attributes:
        kind: The resource's kind.
        name: The resource's name.
        file: Its definition file, or empty.
        decision: What `diff` decided; ``checked`` where it was not asked, which is so for a new resource.
        desired: The effective form of what the file says; ids are replaced by names, unknown versions by `PENDING`.
        changes: Every field that does not agree, in the order of paths.
        recorded_version: The version last applied, or empty.
        live_version: The version that is live, or empty.
        unknown: Fields of which nothing is known before the up.
        hidden: Fields that hold a secret; none of their values is here.
        notes: What else was said about it.
        outside: Every field that somebody else changed, also where the stage ignores that.
        vanished: How somebody else took it away, or empty.
        live_at: When it was last changed or archived, as the API says, or empty.
        items: Of a field that is recorded by a digest, what moved in it: ``SKILL.md changed``.
    """

    kind: str
    name: str
    file: str = ""
    decision: Decision = "checked"
    desired: dict[str, Any] = field(default_factory=dict)
    changes: tuple[FieldChange, ...] = ()
    recorded_version: str = ""
    live_version: str = ""
    unknown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    outside: tuple[FieldChange, ...] = ()
    vanished: Vanished = ""
    live_at: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class DueTest:
    """A smoke test that the up will run.

    Attributes:
        name: Its name.
        agent: The agent it is about.
        reason: Why it is due.
        most_usd: What its sessions may cost at most, in US dollars.
    """

    name: str
    agent: str
    reason: str
    most_usd: float


@dataclass(frozen=True)
class LastResult:
    """What came of a smoke test when it last ran.

    Attributes:
        name: Its name.
        agent: The agent it is about.
        passed: Whether every assertion held.
        at: When it ended, in UTC, or empty.
        cost_usd: What its sessions cost, in US dollars; null where the API did not tell.
        failure: The first assertion that did not hold, or empty.
    """

    name: str
    agent: str
    passed: bool
    at: str = ""
    cost_usd: float | None = None
    failure: str = ""


@dataclass(frozen=True)
class TestsRecord:
    """Which of a stage's smoke tests are due; `cap_usd` is what the stage allows one up to spend on them.

    `coverage` says how many of the stage's agents a test is about, `standing` what came of tests that ran before.
    """

    due: tuple[DueTest, ...] = ()
    total: int = 0
    cap_usd: float | None = None
    decision: Decision = "checked"
    coverage: str = ""
    standing: tuple[LastResult, ...] = ()

    __test__ = False


@dataclass(frozen=True)
class GateRecord:
    """Why the stage would be refused before its first resource, one line each."""

    refusals: tuple[str, ...]


@dataclass(frozen=True)
class Plans:
    """All records of one preview of one stage."""

    resources: tuple[PlanRecord, ...] = ()
    tests: TestsRecord | None = None
    refusals: tuple[str, ...] = ()

    @property
    def stops(self) -> tuple[str, ...]:
        """Why an up would stop although the preview went on."""
        stopped = (one for one in self.resources if one.decision in {"conflict", "refused"})
        return (*self.refusals, *(note for one in stopped for note in one.notes))


def save(record: PlanRecord | TestsRecord | GateRecord, directory: Path) -> None:
    """Write a record; one of the same resource and decision is replaced."""
    name = f"{record.kind}/{record.name}" if isinstance(record, PlanRecord) else type(record).__name__
    phase = "check" if getattr(record, "decision", "") == "checked" else "diff"
    file = directory / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.{phase}.json"
    half = file.with_suffix(".half")
    half.write_text(json.dumps(asdict(record)), encoding="utf-8")
    half.replace(file)


def collect(directory: Path) -> Plans:
    """Read the records of a preview: for each resource what was decided, else what was checked."""
    # "check" sorts before "diff".
    files = {file.name.split(".")[0]: file for file in sorted(directory.glob("*.json"))}
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files.values()]
    resources = sorted((_plan_record(one) for one in found if "kind" in one), key=lambda one: (one.kind, one.name))
    tests = [_tests_record(one) for one in found if "due" in one]
    refusals = (line for one in found if "refusals" in one for line in one["refusals"])
    return Plans(tuple(resources), tests[0] if tests else None, tuple(refusals))


def _plan_record(content: dict[str, Any]) -> PlanRecord:
    lists = {key: tuple(content[key]) for key in ("unknown", "hidden", "notes", "items")}
    changes = {key: tuple(_field_change(row) for row in content[key]) for key in ("changes", "outside")}
    return PlanRecord(**{**content, **lists, **changes})


def _field_change(row: dict[str, Any]) -> FieldChange:
    return FieldChange(**{**row, "path": tuple(row["path"])})


def _tests_record(content: dict[str, Any]) -> TestsRecord:
    due = tuple(DueTest(**row) for row in content["due"])
    standing = tuple(LastResult(**row) for row in content["standing"])
    return TestsRecord(**{**content, "due": due, "standing": standing})
