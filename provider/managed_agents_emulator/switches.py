"""What the real API has not settled: each open fact is a switch, so that a client can be tried against both answers.

The defaults are what the documentation suggests. `PUT /_emulator/switches` changes any of them at run time.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Switches(BaseModel):
    """The chosen answer for every unsettled fact."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    unknown_fields: Literal["refuse", "ignore"] = "refuse"
    """What happens to a request field the API does not know."""
    unknown_model: Literal["accept", "refuse"] = "accept"
    """What happens to a model id that is no known family's: new ones come out faster than an emulator."""
    unset_optionals: Literal["null", "absent"] = "null"
    """Whether an optional field without a value is returned as null or left out."""
    toolset_configs: Literal["echo", "expand"] = "echo"
    """Whether a toolset returns the configs it was sent or one for every built-in tool."""
    skill_latest: Literal["resolve", "echo"] = "resolve"
    """Whether a skill reference without a version returns its version id or `latest`."""
    schema_optionals: Literal["as_sent", "null"] = "as_sent"
    """Whether a custom tool's input_schema gains null `properties` and `required`."""
    domains: Literal["as_sent", "lower"] = "as_sent"
    """Whether domains of the web tools are returned in lower case."""
    metadata_only_update: Literal["new_version", "same_version"] = "new_version"
    """Whether an agent update of metadata alone makes a new version."""
    conflict_type: Literal["conflict_error", "invalid_request_error"] = "conflict_error"
    """The error type of a 409."""
    archived_update_status: Literal[400, 409] = 400
    """Status of updating an archived agent."""
    archived_reference_status: Literal[400, 404] = 400
    """Status of creating a session on an archived agent or environment."""
    missing_reference_status: Literal[400, 404] = 404
    """Status of creating a session on an agent or environment that does not exist."""
    running_session_status: Literal[400, 409] = 400
    """Status of archiving or deleting a running session."""
    environment_in_use_status: Literal[400, 409] = 409
    """Status of deleting an environment that sessions refer to."""
    archived_sessions_hold_environment: bool = True
    """Whether an archived session still keeps its environment from being deleted."""
    archived_environment_name: Literal["taken", "free"] = "taken"
    """Whether the name of an archived environment stays taken."""
    archive_again: Literal["accept", "refuse"] = "accept"
    """Whether archiving what is archived is a silent 200 or a 400."""
    unchanged_environment_updated_at: Literal["kept", "moved"] = "kept"
    """Whether an environment update that changes nothing moves updated_at."""
    default_page_size: Annotated[int, Field(ge=1, le=1000)] = 20
    """Page size of the lists whose default is not stated: environments, sessions."""
    token_seconds: Annotated[int, Field(ge=1)] = 600
    """How long a token lasts that workload identity federation hands out."""
    missing_beta_status: Literal[400, 404] = 404
    """Status of a gated path without its beta header."""
    workspace_header: Literal["sent", "absent"] = "sent"
    """Whether answers name organization and workspace; a self-hosted server has none to name."""
    workspace_mismatch_status: Literal[400, 403, 404] = 403
    """Status of an anthropic-workspace-id header that is not the key's workspace."""
    message_while_waiting: Literal["queue", "refuse"] = "queue"
    """What a user.message meets while a session waits for a tool confirmation or result."""
    only_skill_version_delete: Literal["refuse", "accept"] = "refuse"
    """Whether the only version of a skill may be deleted (the skill then goes with it)."""
    skill_with_versions_delete: Literal["accept", "refuse"] = "accept"
    """Whether a skill may be deleted while it has versions."""
    skills_without_read_tool: Literal["accept", "refuse"] = "accept"
    """Whether an agent may have skills while its read tool is missing."""
    web_domains_outside_hosts: Literal["refuse", "allow"] = "refuse"
    """Whether a session starts whose web tools are allowed what its networking is not; until 7 October 2026 it did."""
    outcome_max_iterations: Literal["default", "null"] = "default"
    """What an outcome without max_iterations echoes: 3 or null."""
    event_frames: Literal["typed", "message"] = "typed"
    """Whether an SSE frame names the event's type or always says `message`."""

    def described(self) -> dict[str, dict[str, object]]:
        """Every switch with its value, its default and what it decides."""
        fields = type(self).model_fields
        return {
            name: {"value": getattr(self, name), "default": field.default, "decides": field.description}
            for name, field in fields.items()
        }

    def changed(self, patch: dict[str, object]) -> Switches:
        """These switches with some replaced. Raises pydantic's `ValidationError` for an unknown one or value."""
        return Switches.model_validate(self.model_dump() | patch)
