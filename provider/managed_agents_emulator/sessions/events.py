"""Events a client may send, as requests spell them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from managed_agents_emulator.fields import Fields, NonEmpty


class TextBlock(Fields):
    """Text."""

    type: Literal["text"]
    text: str


class Source(Fields):
    """Where an image or document comes from."""

    type: Literal["base64", "url", "file", "text"]
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None

    @model_validator(mode="after")
    def _fields_of_type(self) -> Source:
        inline = {"type", "media_type", "data"}
        needed = {"base64": inline, "text": inline, "url": {"type", "url"}, "file": {"type", "file_id"}}[self.type]
        if self.model_fields_set != needed:
            raise ValueError(f"a source of type {self.type} has the fields {', '.join(sorted(needed))}")
        return self


class ImageBlock(Fields):
    """An image."""

    type: Literal["image"]
    source: Source


class DocumentBlock(Fields):
    """A document."""

    type: Literal["document"]
    source: Source
    title: str | None = None
    context: str | None = None


class Citations(Fields):
    """Whether a search result may be cited."""

    enabled: bool


class SearchResultBlock(Fields):
    """A search result."""

    type: Literal["search_result"]
    source: str
    title: str
    content: list[TextBlock]
    citations: Citations


UserBlock = Annotated[TextBlock | ImageBlock | DocumentBlock, Field(discriminator="type")]
ResultBlock = Annotated[TextBlock | ImageBlock | DocumentBlock | SearchResultBlock, Field(discriminator="type")]


class UserMessage(Fields):
    """Something said to the agent."""

    type: Literal["user.message"]
    content: Annotated[list[UserBlock], Field(min_length=1)]


class SystemMessage(Fields):
    """Privileged context for the turn of the event before it."""

    type: Literal["system.message"]
    content: Annotated[list[TextBlock], Field(min_length=1, max_length=1000)]


class Interrupt(Fields):
    """A request to stop."""

    type: Literal["user.interrupt"]
    session_thread_id: str | None = None


class ToolConfirmation(Fields):
    """The answer to a tool call that was asked about."""

    type: Literal["user.tool_confirmation"]
    tool_use_id: NonEmpty
    result: Literal["allow", "deny"]
    deny_message: str | None = None

    @model_validator(mode="after")
    def _message_belongs_to_deny(self) -> ToolConfirmation:
        if self.deny_message is not None and self.result != "deny":
            raise ValueError("deny_message is only allowed when result is 'deny'")
        return self


class CustomToolResult(Fields):
    """The result of a custom tool call."""

    type: Literal["user.custom_tool_result"]
    custom_tool_use_id: NonEmpty
    content: list[ResultBlock] = Field(default_factory=list)
    is_error: bool | None = None


class ToolResult(Fields):
    """The result of a built-in tool call in a self-hosted sandbox."""

    type: Literal["user.tool_result"]
    tool_use_id: NonEmpty
    content: list[ResultBlock] = Field(default_factory=list)
    is_error: bool | None = None


class TextRubric(Fields):
    """How to grade, in place."""

    type: Literal["text"]
    content: Annotated[str, Field(min_length=1, max_length=262_144)]


class FileRubric(Fields):
    """How to grade, in a file."""

    type: Literal["file"]
    file_id: NonEmpty


class DefineOutcome(Fields):
    """What the agent should produce; it starts to work at once."""

    type: Literal["user.define_outcome"]
    description: NonEmpty
    rubric: Annotated[TextRubric | FileRubric, Field(discriminator="type")]
    max_iterations: Annotated[int, Field(ge=1, le=20)] | None = None


ClientEvent = Annotated[
    UserMessage | SystemMessage | Interrupt | ToolConfirmation | CustomToolResult | ToolResult | DefineOutcome,
    Field(discriminator="type"),
]


class Send(Fields):
    """The body of `POST /v1/sessions/{id}/events`."""

    events: Annotated[list[ClientEvent], Field(min_length=1)]

    @model_validator(mode="after")
    def _system_message_accompanies(self) -> Send:
        types = [event.type for event in self.events]
        hosts = {"user.message", "user.tool_result", "user.custom_tool_result"}
        if "system.message" in types[:-1]:
            raise ValueError("system.message must be the last event of its request")
        if types[-1] == "system.message" and (len(types) < 2 or types[-2] not in hosts):
            raise ValueError("system.message must follow a user.message or a tool result")
        return self
