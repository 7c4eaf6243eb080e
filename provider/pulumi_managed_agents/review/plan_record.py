"""Plans as files: what the provider decided, for the command line to read after a preview.

One file per resource and call, in the directory that the environment variable ``MANAGED_AGENTS_PLAN`` names: what
`check` was given (all there is for a new resource), and what `diff` decided, which counts for more.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import Change
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.plan_text import sentence
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "MANAGED_AGENTS_PLAN"
LOOK_ON = "MANAGED_AGENTS_LOOK_ON"
"""The variable that asks a preview to go on where an up would stop: for a conflict, a drift, or what lacks proof."""
REVIEWED = "MANAGED_AGENTS_REVIEWED"
"""The variable that names a directory with the plans a person has just read, which an up does not tell again."""

Phase = Literal["check", "diff"]


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
    coverage: str = ""
    standing: tuple[LastResult, ...] = ()

    __test__ = False


@dataclass(frozen=True)
class GateRecord:
    """Why the stage would be refused before its first resource, one line each."""

    refusals: tuple[str, ...]


@dataclass(frozen=True)
class Plans:
    """All that one preview of one stage decided."""

    resources: tuple[Plan, ...] = ()
    tests: TestsRecord | None = None
    refusals: tuple[str, ...] = ()

    @property
    def stops(self) -> tuple[str, ...]:
        """Why an up would stop although the preview went on."""
        return (*self.refusals, *(sentence(plan) for plan in self.resources if plan.stops))


def save(record: Plan | TestsRecord | GateRecord, directory: Path, phase: Phase = "diff") -> None:
    """Write what was decided; an earlier decision on the same resource in the same phase is replaced."""
    name = _name(record.kind, record.name) if isinstance(record, Plan) else _name(type(record).__name__)
    file = directory / f"{name}.{phase}.json"
    half = file.with_suffix(".half")
    # A secret may stand where none belongs, as in a prompt that somebody edited.
    content = {key: value for key, value in asdict(record).items() if key != "entries"}
    half.write_text(json.dumps(KNOWN.scrubber().value(content)), encoding="utf-8")
    half.replace(file)


def saved(kind: str, name: str, directory: Path) -> Plan | None:
    """What `diff` decided for a resource, if it is there."""
    file = directory / f"{_name(kind, name)}.diff.json"
    return _plan(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def collect(directory: Path) -> Plans:
    """Read all that a preview decided: for each resource what was decided, else what was checked."""
    # "check" sorts before "diff".
    files = {file.name.split(".")[0]: file for file in sorted(directory.glob("*.json"))}
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files.values()]
    resources = sorted((_plan(one) for one in found if "kind" in one), key=lambda one: (one.kind, one.name))
    tests = [_tests_record(one) for one in found if "due" in one]
    refusals = (line for one in found if "refusals" in one for line in one["refusals"])
    return Plans(tuple(resources), tests[0] if tests else None, tuple(refusals))


def _name(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def _plan(content: dict[str, Any]) -> Plan:
    lists = {key: tuple(content[key]) for key in ("replaces", "unknown", "hidden")}
    changes = {key: tuple(_change(row) for row in content[key]) for key in ("changes", "left")}
    return Plan(**{**content, **lists, **changes}, entries=FACTS[content["kind"]].entries)


def _change(row: dict[str, Any]) -> Change:
    return Change(**{**row, "path": tuple(row["path"]), "items": tuple(row["items"])})


def _tests_record(content: dict[str, Any]) -> TestsRecord:
    due = tuple(DueTest(**row) for row in content["due"])
    standing = tuple(LastResult(**row) for row in content["standing"])
    return TestsRecord(**{**content, "due": due, "standing": standing})
