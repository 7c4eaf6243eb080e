"""Plans as a file: the provider's process writes what it decided, and the command reads it after a preview.

In the directory that the environment variable ``MANAGED_AGENTS_PLAN`` names each resource adds a line per call to one
file: the plan at `check`, which is the only one for a new resource, and the plan at `diff`, which replaces it.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import Change
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.plan_text import sentence
from pulumi_managed_agents.release.serving import Serving
from pulumi_managed_agents.release.smoke_results import is_cancelled
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.stage.moves import ProbableMove
from pulumi_managed_agents.stage.removal import Removals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VARIABLE = "MANAGED_AGENTS_PLAN"
GO_ON_PAST_STOPS = "MANAGED_AGENTS_LOOK_ON"
"""The variable that lets a preview go on where an up would stop: at a conflict, a drift, or missing proof."""
REVIEWED_PLANS = "MANAGED_AGENTS_REVIEWED"
"""The variable for the directory with the plans that a person has just read, so that an up does not repeat them."""
AHEAD_PLANS = "MANAGED_AGENTS_AHEAD"
"""The variable for the directory that gets, from an up without a preview, plans of objects with a later live version.

Such a version changes nothing, so that no plan of the engine's shows it; the table of the up does."""
AS_REVIEWED = "MANAGED_AGENTS_AS_REVIEWED"
"""The variable that lets an up stop where a live object is another than in the plans that were reviewed."""
JUDGED = "MANAGED_AGENTS_JUDGED"
"""The variable that says of an up that a preview found nothing that would stop it."""

_LINES = "plans.jsonl"
_SALT = "salt"
_ENGINE_PLAN = "engine.plan"

_UNSAID = vars(Plan())
_OF_CHANGES = ("changes", "left")

Phase = Literal["check", "diff"]
Records = Mapping[str, Mapping[Phase, dict[str, Any]]]


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
        cost_usd: What its sessions cost, in US dollars; null if the API did not say.
        failure: The first assertion that did not hold, or empty.
        cancelled: Whether somebody ended it, so that it says nothing.
    """

    name: str
    agent: str
    passed: bool
    at: str = ""
    cost_usd: float | None = None
    failure: str = ""
    cancelled: bool = False


def last_result(name: str, test: Mapping[str, Any], result: Mapping[str, Any]) -> LastResult:
    """What came of a test, from its record and that of its result."""
    failure = next(iter(result.get("failures") or ()), "")
    at, cost = str(result.get("finished_at") or ""), result.get("cost_usd")
    passed, cancelled = bool(result.get("passed")), is_cancelled(result)
    return LastResult(name, test["agent"], passed, at, cost, failure, cancelled)


@dataclass(frozen=True)
class TestsRecord:
    """Which of a stage's smoke tests are due; the fields are those of `review.Tests`."""

    due: tuple[DueTest, ...] = ()
    total: int = 0
    cap_usd: float | None = None
    coverage: str = ""
    standing: tuple[LastResult, ...] = ()
    held: tuple[Serving, ...] = ()

    __test__ = False


@dataclass(frozen=True)
class GateRecord:
    """What the gate says, one line each.

    Attributes:
        refusals: Why it would refuse the stage before its first resource.
        notes: Where the stage differs from what was proved, as it may.
        unproven: What goes without proof, and what no proof covers.
    """

    refusals: tuple[str, ...]
    notes: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilesRecord:
    """The files that the program declared its resources from: the SHA-256 of each, by its path in the project."""

    files: Mapping[str, str]


@dataclass(frozen=True)
class SecretsRecord:
    """Marks of the secrets of a resource, by their dotted paths."""

    resource: str
    secrets: Mapping[str, str]


@dataclass(frozen=True)
class Plans:
    """All that one preview of one stage decided, the files that it was made from, and the marks of its secrets."""

    resources: tuple[Plan, ...] = ()
    tests: TestsRecord | None = None
    refusals: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    removals: Removals = field(default_factory=Removals)

    @property
    def stops(self) -> tuple[str, ...]:
        """Why an up would stop although the preview went on."""
        return (*self.refusals, *(sentence(plan) for plan in self.resources if plan.stops))


def save(
    record: Plan | TestsRecord | GateRecord | FilesRecord | SecretsRecord | Removals,
    directory: Path,
    phase: Phase = "diff",
    within: str = "",
) -> None:
    """Write a record, without secrets; it replaces an earlier one of the same resource and phase.

    `within` distinguishes the stages of one program.
    """
    if isinstance(record, Plan):
        name = _name(record.kind, record.name)
    else:
        name = _name(type(record).__name__, record.resource if isinstance(record, SecretsRecord) else within)
    content = _told(record, whole=bool(salt_of(directory))) if isinstance(record, Plan) else asdict(record)
    # A secret may be where none belongs, as in a prompt that somebody edited.
    line = json.dumps([name, phase, KNOWN.scrubber().value(content)]).encode() + b"\n"
    file = os.open(directory / _LINES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # In one piece: threads and processes write side by side.
        if os.write(file, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(directory / _LINES))
    finally:
        os.close(file)


def _told(plan: Plan, *, whole: bool) -> dict[str, Any]:
    """What a plan says. Of most resources that is little: they stay as they are, so that all else is as it begins.

    What the file says of these, long prompts above all, is told as a `whole` only to a preview that is saved.
    """
    kept = whole or not plan.is_empty or plan.is_remarkable
    untold = {"entries"} if kept else {"entries", "desired"}
    said = {key: value for key, value in vars(plan).items() if key not in untold and value != _UNSAID[key]}
    return said | {key: [asdict(change) for change in said[key]] for key in _OF_CHANGES if key in said}


def saved(kind: str, name: str, directory: Path) -> Plan | None:
    """The plan that `diff` made for a resource; None if there is none."""
    record = _records(directory).get(_name(kind, name), {}).get("diff")
    return _plan(record) if record else None


def saved_files(directory: Path, within: str = "") -> Mapping[str, str] | None:
    """The files that a preview of a stage was made from, by their digests; None if its program read none."""
    record = _records(directory).get(_name(FilesRecord.__name__, within), {}).get("diff")
    return dict(record["files"]) if record else None


def prepare_to_save(folder: Path, salt: str) -> Path:
    """Ask a preview for fingerprints of its secrets; returns where in `folder` the engine's own plan goes."""
    (folder / _SALT).write_text(salt, encoding="utf-8")
    return folder / _ENGINE_PLAN


def engine_plan(folder: Path) -> Path | None:
    """The engine's own plan of the preview whose plans are in a folder; None if it makes none."""
    file = folder / _ENGINE_PLAN
    return file if file.exists() else None


def salt_of(directory: Path) -> str:
    """The salt of the fingerprints that are asked for, or an empty string."""
    file = directory / _SALT
    return file.read_text(encoding="utf-8") if file.exists() else ""


def collect(directory: Path) -> Plans:
    """Read all that a preview decided: for each resource the plan at `diff`, else the one at `check`."""
    records = [phases.get("diff") or phases["check"] for phases in _records(directory).values()]
    plans = (_plan(record) for record in records if "kind" in record)
    tests = [_tests_record(record) for record in records if "due" in record]
    refusals = (line for record in records for line in record.get("refusals", ()))
    resources = tuple(sorted(plans, key=lambda plan: (plan.kind, plan.name)))
    sealed = ((record["resource"], record["secrets"]) for record in records if "secrets" in record)
    secrets = {f"{path} of {resource}": mark for resource, marks in sealed for path, mark in marks.items()}
    notes, unproven = (
        tuple(line for record in records for line in record.get(key, ())) for key in ("notes", "unproven")
    )
    removals = Removals.together(_removals(record) for record in records if "wholesale" in record)
    files_of_stages = (record["files"] for record in records if record.keys() == {"files"})
    declared_from = {path: digest for files in files_of_stages for path, digest in files.items()}
    return Plans(
        resources,
        _together(tests) if tests else None,
        tuple(refusals),
        declared_from,
        secrets,
        notes,
        unproven,
        removals,
    )


def _together(tests: Sequence[TestsRecord]) -> TestsRecord:
    """The tests of all stages of a program."""
    caps = [test.cap_usd for test in tests if test.cap_usd is not None]
    return TestsRecord(
        tuple(due for test in tests for due in test.due),
        sum(test.total for test in tests),
        sum(caps) if caps else None,
        "; ".join(dict.fromkeys(test.coverage for test in tests if test.coverage)),
        tuple(last for test in tests for last in test.standing),
        tuple(version for test in tests for version in test.held),
    )


def _name(*parts: str) -> str:
    return "/".join(parts)


def _records(directory: Path) -> Records:
    """What was written, by whom and in which phase; of two lines the later one counts."""
    file = directory / _LINES
    if not file.exists():
        return {}
    found = file.stat()
    return _read(file, (found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=1)
def _read(file: Path, _revision: tuple[int, int]) -> Records:
    """The same of a file as it is now: an up asks for the reviewed plan of each of its resources."""
    records: dict[str, dict[Phase, dict[str, Any]]] = {}
    *lines, _ = file.read_bytes().split(b"\n")  # the last one is empty, or still being written
    for line in lines:
        name, phase, content = json.loads(line)
        records.setdefault(name, {})[phase] = content
    return records


def _plan(content: dict[str, Any]) -> Plan:
    lists: dict[str, Any] = {
        key: tuple(content[key]) for key in ("replaces", "unknown", "hidden", "widens") if key in content
    }
    changes = {key: tuple(_change(row) for row in content[key]) for key in _OF_CHANGES if key in content}
    return Plan(**{**content, **lists, **changes}, entries=FACTS[content["kind"]].entries)


def _change(row: dict[str, Any]) -> Change:
    return Change(**{**row, **{key: tuple(row[key]) for key in ("path", "items", "diff")}})


def _removals(content: dict[str, Any]) -> Removals:
    return Removals(tuple(ProbableMove(**move) for move in content["moves"]), content["wholesale"])


def _tests_record(content: dict[str, Any]) -> TestsRecord:
    due = tuple(DueTest(**row) for row in content["due"])
    standing = tuple(LastResult(**row) for row in content["standing"])
    held_back = tuple(Serving(**{**row, "by": tuple(row["by"])}) for row in content["held"])
    return TestsRecord(**{**content, "due": due, "standing": standing, "held": held_back})
