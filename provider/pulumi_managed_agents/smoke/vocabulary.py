"""Words of the API's event stream that need no code of their own; a test compares them all with the official SDK."""

from __future__ import annotations

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
