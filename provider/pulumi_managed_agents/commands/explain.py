"""`managed-agents explain`: what a live session ran, and how that version stands on its stage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import command_line, read_project, stages
from pulumi_managed_agents.engine.stage_results import outputs_of
from pulumi_managed_agents.errors import ApiError, InputError
from pulumi_managed_agents.output.reports import CommandResult
from pulumi_managed_agents.reconcile.mark import mark_of, stack_of
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.serving import reason, serving
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.explanation import Explanation, StageRecord, explanation
from pulumi_managed_agents.smoke.stage_tests import TRANSCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.engine.open_stage import OpenStage


def explain_session(project: Path, session_id: str, stage: str | None, *, emulator: bool) -> CommandResult[Explanation]:
    """What a session ran, and how that version stands on its stage, which is searched for unless it is named.

    Raises:
        InputError: there is no such session, or no stage manages its agent.
    """
    name = stage or _stage_of(project, session_id, emulator=emulator)
    found_session = find_session(project, session_id, name, emulator=emulator)
    events = found_session.opened.client().sessions.events(session_id, "session.error", "workflow_run.error")
    errors = KNOWN.scrubber().value([event.get("error") or {} for event in events])
    record = explanation(found_session.session, found_session.stage, partial(command_line, emulator=emulator), errors)
    return CommandResult(tuple(record.lines()), record)


@dataclass(frozen=True)
class FoundSession:
    """A session, and the stage whose agent it ran."""

    session: dict[str, Any]
    opened: OpenStage
    stage: StageRecord

    @property
    def agent(self) -> str:
        """The agent's name on the stage."""
        return self.stage.agent_named(self.session["agent"]["id"])


def find_session(project: Path, session_id: str, name: str, *, emulator: bool) -> FoundSession:
    """The session of one of a stage's agents; raises InputError for any other session."""
    opened = open_stage(project, name, emulator=emulator)
    session = _session(opened, session_id)
    if session is None:
        raise InputError(f"the workspace of stage {name} has no session {session_id}{_transcript(project, session_id)}")
    stage = _recorded_stage(name, opened.engine.resources())
    if not stage.agent_named(session["agent"]["id"]):
        raise InputError(f"stage {name} does not manage the agent of {session_id}, {session['agent']['id']}")
    return FoundSession(session, opened, stage)


def _stage_of(project: Path, session_id: str, *, emulator: bool) -> str:
    """The stage whose mark the session's agent carries; the first in whose workspace it is where it carries none."""
    known = stages(project.resolve())
    if not known:
        read_project(project, "dev")
        command = command_line(f"explain {session_id} STAGE", emulator=emulator)
        raise InputError(f"a Python program has no list of its stages; name one: `{command}`")
    for name in known:
        opened = open_stage(project, name, emulator=emulator)
        if session := _session(opened, session_id):
            owner, _, marked = stack_of(mark_of(opened.client().agents.get(session["agent"]["id"]))).partition("/")
            return marked if owner == opened.project.name and marked in known else name
    searched = f"(asked: {', '.join(known)})"
    raise InputError(f"no stage's workspace has a session {session_id} {searched}{_transcript(project, session_id)}")


def _transcript(project: Path, session_id: str) -> str:
    """Where a smoke test's session can still be read: the session itself is deleted once the test has passed."""
    for transcript in (project / TRANSCRIPTS).glob("*/*.jsonl"):
        if transcript.stem.rpartition("-")[2] == session_id:
            replay = command_line(f"replay {transcript}", emulator=False)
            return f"; a smoke test had it, and `{replay}` shows it"
    return ""


def _session(opened: OpenStage, id: str) -> dict[str, Any] | None:
    try:
        return opened.client().sessions.get(id)
    except ApiError as error:
        if error.status in {400, 404}:  # 400: not well formed as an id of a session
            return None
        raise


def _recorded_stage(name: str, resources: list[dict[str, Any]]) -> StageRecord:
    """What a stage's state records about its agents, tests and release."""
    tests, release = outputs_of(resources, "SmokeTests"), outputs_of(resources, "Release")
    agents = {
        agent: {"id": resource["id"], "version": resource["outputs"].get("version") or 0, "file": resource["file"]}
        for agent, resource in recorded_of_kind(resources, "agent").items()
    }
    pins = release.get("pins") or tests.get("pins") or {}
    applied = {agent: int(resource["version"]) for agent, resource in agents.items()}
    return StageRecord(
        name,
        agents,
        {resource["id"]: deployment for deployment, resource in recorded_of_kind(resources, "deployment").items()},
        tests.get("tests") or {},
        tests.get("results") or {},
        pins,
        tests.get("proved") or {},
        release.get("receipts") or {},
        {version.agent: reason(version) for version in serving(tests, pins, applied)},
    )


def recorded_of_kind(resources: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """The recorded resources of a kind, by name, each with the `file` of its definition (empty if it has none)."""
    by_name = {}
    for resource in resources:
        about = resource["inputs"].get(RESOURCE) or {}
        if about.get("kind") == kind and resource["id"]:
            by_name[about["name"]] = {**resource, "file": about.get("file", "")}
    return by_name
