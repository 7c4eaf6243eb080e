"""What the events of one step amount to, as a value grown event by event. No I/O and no clock.

A turn is over with the first `session.status_idle` after its own events were taken up, unless the session merely
waits for an answer (`requires_action`), a workflow run is under way, or the verdict on an outcome is still to come.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.smoke.result import Usage

MODEL_ERRORS = frozenset({"model_overloaded_error", "model_rate_limited_error", "model_request_failed_error"})
ACCOUNT_ERRORS = frozenset({"billing_error"})
SETUP_ERRORS = frozenset(
    {
        "compaction_limit_reached_error",
        "credential_host_unreachable_error",
        "mcp_authentication_failed_error",
        "mcp_connection_failed_error",
        "repository_authentication_error",
        "repository_checkout_error",
        "repository_clone_error",
        "repository_forbidden_error",
        "repository_not_found_error",
        "tool_use_limit_reached_error",
        "unknown_error",
    }
)

# Event types that are written to the transcript, and have no bearing on whether and how a turn ends.
WITHOUT_BEARING = frozenset(
    {
        "agent.mcp_tool_result",
        "agent.thinking",
        "agent.thread_context_compacted",
        "agent.thread_message_received",
        "agent.thread_message_sent",
        "agent.tool_result",
        "event_delta",
        "event_start",
        "session.status_rescheduled",
        "session.thread_created",
        "session.thread_status_idle",
        "session.thread_status_rescheduled",
        "session.thread_status_running",
        "session.thread_status_terminated",
        "session.updated",
        "span.model_request_end",
        "span.model_request_start",
        "span.outcome_evaluation_ongoing",
        "span.outcome_evaluation_start",
        "system.message",
        "user.custom_tool_result",
        "user.define_outcome",
        "user.interrupt",
        "user.message",
        "user.tool_confirmation",
        "user.tool_result",
        "workflow_run.phase_ended",
        "workflow_run.phase_started",
        "workflow_run.status_idle",
        "workflow_run.status_running",
    }
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Event = Mapping[str, Any]
    Advance = Callable[["Turn", Event], "Turn"]

REQUIRES_ACTION = "requires_action"
FINAL_VERDICTS = frozenset({"satisfied", "max_iterations_reached", "failed", "interrupted"})


@dataclass(frozen=True)
class ToolUse:
    """A tool the agent asked for; `custom` ones are run by the client, `asks` means that it waits for a yes or no.

    `name` is ``server/tool`` for a tool of an MCP server, `input` are its arguments.
    """

    id: str
    name: str
    custom: bool = False
    asks: bool = False
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionError:
    """An error the session reported; while `retrying` the platform is still trying to get over it."""

    type: str
    message: str
    retrying: bool

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True)
class Turn:
    """One step so far.

    `said` holds the agent's messages, `before_tool` counts those from before its last tool use. `stop` is the stop
    reason, or ``terminated`` or ``deleted``, and empty while the session works. `sent` are the step's own events' ids.
    """

    sent: frozenset[str] = frozenset()
    wants_verdict: bool = False
    started: bool = False
    said: tuple[str, ...] = ()
    before_tool: int = 0
    tools: tuple[ToolUse, ...] = ()
    errors: tuple[SessionError, ...] = ()
    stop: str = ""
    stop_details: str = ""
    waits_for: tuple[str, ...] = ()
    verdict: str = ""
    explanation: str = ""
    workflow_runs: frozenset[str] = frozenset()
    usage: Usage | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing more will come of this step by itself."""
        if self.stop != "end_turn":
            return self.stop not in {"", REQUIRES_ACTION}
        return not self.workflow_runs and (not self.wants_verdict or self.verdict in FINAL_VERDICTS)

    @property
    def reply(self) -> str:
        """What the agent said after its last tool use, or else its last message."""
        return "\n\n".join(self.said[self.before_tool :] or self.said[-1:])

    @property
    def tool_names(self) -> tuple[str, ...]:
        """The tools asked for, in order, also those that were denied; an MCP tool is ``server/tool``."""
        return tuple(tool.name for tool in self.tools)

    @property
    def fatal_error(self) -> SessionError | None:
        """The error that ended the turn, if one did."""
        return self.errors[-1] if self.errors and self.stop in {"retries_exhausted", "terminated"} else None

    @property
    def model_failure(self) -> SessionError | None:
        """The error that ended the turn, when the model was to blame: another session may fare better."""
        error = self.fatal_error
        return error if error and error.type in MODEL_ERRORS else None

    @property
    def conclusive(self) -> bool:
        """Whether the turn's end says something about the agent, not the platform, the account or a visitor."""
        error = self.fatal_error
        return self.stop != "deleted" and not (error and error.type in MODEL_ERRORS | ACCOUNT_ERRORS)


def advance(turn: Turn, event: Event) -> Turn:
    """The turn after one more event; what is unknown or says nothing about the turn leaves it as it is."""
    if event.get("id") in turn.sent:
        turn = replace(turn, started=True)
    step = ADVANCES.get(str(event.get("type")))
    return step(turn, event) if step else turn


def _said(turn: Turn, event: Event) -> Turn:
    text = "".join(block.get("text", "") for block in event.get("content", ()) if block.get("type") == "text")
    return replace(turn, said=(*turn.said, text))


def _built_in_tool(turn: Turn, event: Event) -> Turn:
    return _tool(turn, _policed(event, event["name"]))


def _mcp_tool(turn: Turn, event: Event) -> Turn:
    return _tool(turn, _policed(event, f"{event.get('mcp_server_name')}/{event['name']}"))


def _custom_tool(turn: Turn, event: Event) -> Turn:
    return _tool(turn, ToolUse(event["id"], event["name"], custom=True, input=event.get("input") or {}))


def _policed(event: Event, name: str) -> ToolUse:
    asks = event.get("evaluated_permission") == "ask"
    return ToolUse(event["id"], name, asks=asks, input=event.get("input") or {})


def _tool(turn: Turn, use: ToolUse) -> Turn:
    return replace(turn, tools=(*turn.tools, use), before_tool=len(turn.said))


def _session_error(turn: Turn, event: Event) -> Turn:
    error = event.get("error") or {}
    retry = (error.get("retry_status") or {}).get("type")
    report = SessionError(str(error.get("type")), str(error.get("message") or ""), retry == "retrying")
    return replace(turn, errors=(*turn.errors, report))


def _running(turn: Turn, _: Event) -> Turn:
    return replace(turn, started=True, stop="", waits_for=())


def _idle(turn: Turn, event: Event) -> Turn:
    if not turn.started:
        return turn
    reason = event.get("stop_reason") or {}
    details = str((event.get("stop_details") or {}).get("explanation") or "")
    waits_for = tuple(reason.get("event_ids", ()))
    return replace(turn, stop=str(reason.get("type")), stop_details=details, waits_for=waits_for)


def _terminated(turn: Turn, _: Event) -> Turn:
    return replace(turn, stop="terminated")


def _deleted(turn: Turn, _: Event) -> Turn:
    return replace(turn, stop="deleted")


def _usage(turn: Turn, event: Event) -> Turn:
    return replace(turn, usage=Usage.read(event.get("usage") or {}))


def _verdict(turn: Turn, event: Event) -> Turn:
    return replace(turn, verdict=str(event.get("result")), explanation=str(event.get("explanation") or ""))


def _workflow_begun(turn: Turn, event: Event) -> Turn:
    return replace(turn, workflow_runs=turn.workflow_runs | {event["workflow_run_id"]})


def _workflow_ended(turn: Turn, event: Event) -> Turn:
    return replace(turn, workflow_runs=turn.workflow_runs - {event["workflow_run_id"]})


ADVANCES: Mapping[str, Advance] = {
    "agent.message": _said,
    "agent.tool_use": _built_in_tool,
    "agent.mcp_tool_use": _mcp_tool,
    "agent.custom_tool_use": _custom_tool,
    "session.error": _session_error,
    "session.status_running": _running,
    "session.status_idle": _idle,
    "session.status_terminated": _terminated,
    "session.deleted": _deleted,
    "session.usage": _usage,
    "span.outcome_evaluation_end": _verdict,
    "workflow_run.created": _workflow_begun,
    "workflow_run.status_ended": _workflow_ended,
    "workflow_run.error": _session_error,
}
