"""The pages of the site, from facts that `status`, `history` and `replay` show as well; self-contained HTML.

Whatever a page shows is scrubbed, its characters made visible, and escaped, in the one place that every value passes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.report.chart import SmokeRun, chart
from pulumi_managed_agents.reconcile.plan_rows import rows_of
from pulumi_managed_agents.review import phrases, status_phrases
from pulumi_managed_agents.review.capability import gained
from pulumi_managed_agents.review.history import DEDUCED, KEPT_FOR, SHORT
from pulumi_managed_agents.review.style import ATTENTION, ERROR
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jinja2 import Environment

    from pulumi_managed_agents.commands.report.chart import Chart
    from pulumi_managed_agents.commands.report.session_page import SessionPage
    from pulumi_managed_agents.commands.report.versions import FileVersion
    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.review.history import AgentHistory, HistoryReport
    from pulumi_managed_agents.review.stage_state import StageState
    from pulumi_managed_agents.review.status import RootStatus, StageStatus, StatusReport

STYLES = {ERROR: "bad", ATTENTION: "warn", "": "good"}
BAD = frozenset({"FAILED", "changed outside", "archived outside", "deleted outside", "conflict outside"})
_PLAIN = re.compile(r"[a-z0-9._-]+")


@dataclass(frozen=True)
class Release:
    """What began to serve with one commit: when, and which agents from which version to which."""

    at: str
    commit: str
    subject: str
    moves: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StageFacts:
    """All that is known of one stage."""

    status: StageStatus
    state: StageState | None = None
    history: HistoryReport | None = None
    sessions: tuple[SessionPage, ...] = ()

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.status.stage

    @cached_property
    def roots(self) -> Mapping[tuple[str, str], RootStatus]:
        """Its agents and deployments, by kind and name."""
        return {(root.kind, root.name): root for root in self.status.roots}

    @cached_property
    def turns(self) -> Mapping[str, AgentHistory]:
        """What served when, by agent."""
        return {agent.name: agent for agent in self.history.agents} if self.history else {}

    def costs(self) -> Chart | None:
        """What its tests cost over time, by its receipts; and those that failed, as they last ran."""
        receipts = self.state.released.receipts if self.state else ()
        runs = [
            SmokeRun(receipt.finished_at, receipt.cost_usd, receipt.root, receipt.passed)
            for receipt in receipts
            if receipt.cost_usd is not None
        ]
        runs += [
            SmokeRun(test.at, test.cost_usd, f"smoke test {test.name}", test.passed)
            for root in self.status.roots
            for test in root.tests
            if test.cost_usd is not None and not test.passed
        ]
        return chart(runs)


@dataclass(frozen=True)
class Site:
    """The facts of all pages; `versions` are those of each definition file, by its path in the project."""

    project: str
    report: StatusReport
    stages: tuple[StageFacts, ...]
    versions: Mapping[str, list[FileVersion]] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    made: str = ""


def pages(site: Site) -> Iterator[tuple[str, str]]:
    """Each page by its path, the board first."""
    environment = _environment(site)
    names = sorted({(root.kind, root.name) for stage in site.stages for root in stage.status.roots})
    yield "index.html", environment.get_template("board.html").render(names=names, up="")
    for stage in site.stages:
        folder = f"stages/{_slug(stage.name)}"
        shown = {"stage": stage, "chart": stage.costs(), "releases": list(_releases(stage, site)), "up": "../../"}
        yield f"{folder}/index.html", environment.get_template("stage.html").render(shown)
        page = environment.get_template("root.html")
        for root in stage.status.roots:
            yield (
                _root_path(stage.name, root),
                page.render(stage=stage, root=root, up=_up(_root_path(stage.name, root))),
            )
        for session in stage.sessions:
            path = _session_path(stage.name, session)
            yield path, environment.get_template("session.html").render(stage=stage, session=session, up=_up(path))


def one_session(session: SessionPage) -> str:
    """The page of one session, which belongs to no site."""
    environment = _environment(None)
    return environment.get_template("session.html").render(stage=None, session=session, up="")


def _environment(site: Site | None) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    scrubber = KNOWN.scrubber()

    @lru_cache(maxsize=100_000)  # one text stands on the pages of several stages
    def shown(text: str) -> str:
        return "\n".join(visible(line.replace("\t", "    ")) for line in scrubber.text(text).split("\n"))

    def harmless(value: Any) -> Any:
        return shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value

    environment = Environment(
        loader=PackageLoader("pulumi_managed_agents.commands.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "site": site,
        "phrases": status_phrases,
        "marks": _marks,
        "tone": lambda root: STYLES[status_phrases.style(root)],
        "note_tone": lambda note: STYLES[note.style],
        "root_path": _root_path,
        "stage_path": lambda stage: f"stages/{_slug(stage)}/index.html",
        "session_path": _session_path,
        "sessions_of": _sessions_of,
        "versions_of": lambda root: site.versions.get(root.file, []) if site else [],
        "drift_of": _drift_of,
        "KEPT_FOR": KEPT_FOR,
        "DEDUCED": DEDUCED,
        "SHORT": SHORT,
    }
    environment.filters |= {"moment": phrases.to_the_minute, "usd": _usd}
    return environment


def _marks(root: RootStatus, stage: StageStatus) -> list[tuple[str, str]]:
    """What is to be said of what serves, each with its tone; that all is well where nothing is."""
    marks = [(mark, "bad" if mark in BAD else "warn") for mark in status_phrases.marks(root, released=stage.released)]
    return marks or [("proven", "good")]


def _drift_of(root: RootStatus, stage: StageStatus) -> list[tuple[Plan, list[str], list[str]]]:
    """What somebody else did to it: the plan, the power it gave, and each field from recorded to live."""
    return [
        (plan, [gain.text for gain in gained(plan)], [f"{row.label} {row.text}" for row in rows_of(plan, plan.outside)])
        for plan in (stage.drift.drifted if stage.drift else ())
        if (plan.kind, plan.name) == (root.kind, root.name)
    ]


def _sessions_of(stage: StageFacts, test: str) -> list[SessionPage]:
    """The recorded sessions of a test, newest first."""
    return sorted(
        (session for session in stage.sessions if session.test == test), key=lambda session: session.at, reverse=True
    )


def _releases(stage: StageFacts, site: Site) -> Iterator[Release]:
    """What began to serve together, newest first: turns that share a moment and a commit."""
    together: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for agent in stage.turns.values():
        for turn, earlier in zip(agent.turns, [*agent.turns[1:], None], strict=True):
            move = f"{earlier.version} → {turn.version}" if earlier else f"{turn.version}, its first"
            together.setdefault((turn.since[:19], turn.commit), []).append((agent.name, move))
    for (at, commit), moves in sorted(together.items(), reverse=True):
        yield Release(at, commit, site.subjects.get(commit, ""), tuple(moves))


def _root_path(stage: str, root: RootStatus) -> str:
    return f"stages/{_slug(stage)}/{root.kind}/{'/'.join(map(_slug, root.name.split('/')))}.html"


def _session_path(stage: str, session: SessionPage) -> str:
    return f"stages/{_slug(stage)}/sessions/{_slug(session.test)}-{_slug(session.facts['session'])}.html"


def _usd(value: float | None) -> str:
    """A cost; of one below a cent its first digits."""
    return "" if value is None else f"${value:.2f}" if value >= 0.01 or not value else f"${value:.4f}"


def _up(path: str) -> str:
    return "../" * path.count("/")


def _slug(name: str) -> str:
    """A name as a part of a path that every file system and browser takes, another one for each name."""
    if _PLAIN.fullmatch(name) and name.strip("."):
        return name
    plain = re.sub(r"[^a-z0-9_-]", "-", name.lower())[:60]
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
