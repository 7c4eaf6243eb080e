"""One turn of a session, built up event by event. No I/O and no clock.

A turn ends with the first `session.status_idle` after the session has started on the step's own events, unless the
session only waits for an answer (`requires_action`), a workflow run goes on, or the verdict on an outcome is pending.
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

# Events that go into the transcript but do not change a turn. A test compares these types with those of the SDK.
IGNORED_EVENTS = frozenset(
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
    """A call of a tool by the agent.

    Attributes:
        id: The id of the event.
        name: The tool's name, ``server/tool`` for a tool of an MCP server.
        custom: Whether the client must run it and send the result.
        asks_permission: Whether it waits for the client to allow or deny it.
        input: Its arguments.
    """

    id: str
    name: str
    custom: bool = False
    asks_permission: bool = False
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionError:
    """An error that the session reported; `retrying` means that the platform tries again by itself."""

    type: str
    message: str
    retrying: bool

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True)
class Turn:
    """What happened in one step so far.

    Attributes:
        sent: The ids of the step's own events.
        awaits_verdict: Whether the turn lasts until an outcome has its verdict.
        started: Whether the session has started on the step's own events.
        messages: The agent's messages.
        messages_before_tool: How many of them came before its last tool use.
        tools: Its tool uses.
        errors: What the session reported as errors.
        stop: The stop reason, or ``terminated`` or ``deleted``; empty while the session works.
        stop_details: The API's explanation of it.
        waits_for: The ids of the tool uses that the session waits for.
        verdict: The last verdict on the outcome; empty while there is none.
        explanation: The explanation of the verdict.
        workflow_runs: The ids of the workflow runs that go on.
        usage: The session's total usage; None before the first event about it.
    """

    sent: frozenset[str] = frozenset()
    awaits_verdict: bool = False
    started: bool = False
    messages: tuple[str, ...] = ()
    messages_before_tool: int = 0
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
        """Whether the step is over; one that waits for an answer is not."""
        if self.stop != "end_turn":
            return self.stop not in {"", REQUIRES_ACTION}
        return not self.workflow_runs and (not self.awaits_verdict or self.verdict in FINAL_VERDICTS)

    @property
    def reply(self) -> str:
        """The agent's messages after its last tool use, or else its last message."""
        return "\n\n".join(self.messages[self.messages_before_tool :] or self.messages[-1:])

    @property
    def tool_names(self) -> tuple[str, ...]:
        """The names of the tool uses in order, those that were denied included."""
        return tuple(tool.name for tool in self.tools)

    @property
    def fatal_error(self) -> SessionError | None:
        """The error that ended the turn, if one did."""
        return self.errors[-1] if self.errors and self.stop in {"retries_exhausted", "terminated"} else None

    @property
    def model_failure(self) -> SessionError | None:
        """The error that ended the turn if it was one of the model: a new session may succeed."""
        error = self.fatal_error
        return error if error and error.type in MODEL_ERRORS else None

    @property
    def conclusive(self) -> bool:
        """Whether the turn's end says something about the agent, and not about the platform or the account."""
        # Only somebody else can have deleted the session: the runner deletes it after the test.
        error = self.fatal_error
        return self.stop != "deleted" and not (error and error.type in MODEL_ERRORS | ACCOUNT_ERRORS)


def advance(turn: Turn, event: Event) -> Turn:
    """The turn after one more event; events of unknown types change nothing."""
    if event.get("id") in turn.sent:
        turn = replace(turn, started=True)
    handle = HANDLERS.get(str(event.get("type")))
    return handle(turn, event) if handle else turn


def _message(turn: Turn, event: Event) -> Turn:
    text = "".join(block.get("text", "") for block in event.get("content", ()) if block.get("type") == "text")
    return replace(turn, messages=(*turn.messages, text))


def _built_in_tool(turn: Turn, event: Event) -> Turn:
    return _tool(turn, _tool_use(event, event["name"]))


def _mcp_tool(turn: Turn, event: Event) -> Turn:
    return _tool(turn, _tool_use(event, f"{event.get('mcp_server_name')}/{event['name']}"))


def _custom_tool(turn: Turn, event: Event) -> Turn:
    return _tool(turn, ToolUse(event["id"], event["name"], custom=True, input=event.get("input") or {}))


def _tool_use(event: Event, name: str) -> ToolUse:
    asks = event.get("evaluated_permission") == "ask"
    return ToolUse(event["id"], name, asks_permission=asks, input=event.get("input") or {})


def _tool(turn: Turn, use: ToolUse) -> Turn:
    return replace(turn, tools=(*turn.tools, use), messages_before_tool=len(turn.messages))


def _session_error(turn: Turn, event: Event) -> Turn:
    error = event.get("error") or {}
    retry = (error.get("retry_status") or {}).get("type")
    report = SessionError(str(error.get("type")), str(error.get("message") or ""), retry == "retrying")
    return replace(turn, errors=(*turn.errors, report))


def _running(turn: Turn, _: Event) -> Turn:
    return replace(turn, started=True, stop="", waits_for=())


def _idle(turn: Turn, event: Event) -> Turn:
    if not turn.started:  # the idle status of the step before
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


HANDLERS: Mapping[str, Advance] = {
    "agent.message": _message,
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
