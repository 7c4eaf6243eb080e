"""The events a deployment sends to each session it starts: messages, a graded task, a system message."""

from typing import Annotated, Literal

from pydantic import Field

from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import at_most
from pulumi_managed_agents.schema.field import Reference, Text


class TextBlock(Body):
    """Text."""

    type: Literal["text"] = Field(description="A text.")
    text: str = Field(description="The text itself.")


class Base64Source(Body):
    """Data in the file itself."""

    type: Literal["base64"] = Field(description="Data that is given here.")
    data: Text = Field(description="The data in base64.")
    media_type: Text = Field(description="MIME type of the data, such as image/png or application/pdf.")


class UrlSource(Body):
    """Data from the web."""

    type: Literal["url"] = Field(description="Data that is fetched.")
    url: Text = Field(description="Where it is fetched from.")


class FileSource(Body):
    """Data from a file."""

    type: Literal["file"] = Field(description="A file.")
    file_id: Reference = Field(description="Id of the file, or the relative path of one to upload.")


class FileByPath(Body):
    """A file of the stage folder, which is uploaded."""

    path: Text = Field(description="Relative path of a file to upload.")
    type: Text | None = Field(default=None, description="Always file; known from the path.")


class PlainTextSource(Body):
    """Plain text as a document."""

    type: Literal["text"] = Field(description="Plain text that is given here.")
    data: str = Field(description="The text itself.")
    media_type: Literal["text/plain"] = Field(description="Always text/plain.")


class ImageBlock(Body):
    """An image."""

    type: Literal["image"] = Field(description="An image.")
    source: Annotated[Base64Source | UrlSource | FileSource | FileByPath, OneOf()] = Field(
        description="Where the image is."
    )


class DocumentBlock(Body):
    """A document."""

    type: Literal["document"] = Field(description="A document.")
    source: Annotated[Base64Source | PlainTextSource | UrlSource | FileSource | FileByPath, OneOf()] = Field(
        description="Where the document is."
    )
    title: str | None = Field(default=None, description="Title of the document.")
    context: str | None = Field(default=None, description="What the model should know about the document.")


ContentBlock = Annotated[TextBlock | ImageBlock | DocumentBlock, OneOf()]


class UserMessage(Body):
    """A message to the agent."""

    type: Literal["user.message"] = Field(description="A message to the agent.")
    content: list[ContentBlock] = Field(description="Texts, images and documents of the message.")


class TextRubric(Body):
    """A rubric as text."""

    type: Literal["text"] = Field(description="A rubric that is given here.")
    content: Text = Field(max_length=262_144, description="How the result is graded, as free text.")


class FileRubric(Body):
    """A rubric in a file."""

    type: Literal["file"] = Field(description="A rubric in a file.")
    file_id: Reference = Field(description="Id of the file, or the relative path of one to upload.")


class DefineOutcome(Body):
    """A task with a rubric; the agent begins to work on it at once."""

    type: Literal["user.define_outcome"] = Field(description="A task that is graded.")
    description: Text = Field(description="What the agent should produce.")
    rubric: Annotated[TextRubric | FileRubric | FileByPath, OneOf()] = Field(description="How the result is graded.")
    max_iterations: Annotated[int, Field(ge=1, le=20)] | None = Field(
        default=None, description="Most rounds of grading and revision; default 3, at most 20."
    )


class SystemMessage(Body):
    """Instructions added to the system prompt for the turn it follows and all later ones."""

    type: Literal["system.message"] = Field(description="An addition to the system prompt; the last event.")
    content: Annotated[list[TextBlock], Field(min_length=1), at_most(1000)] = Field(
        description="The texts that are added."
    )


InitialEvent = Annotated[UserMessage | DefineOutcome | SystemMessage, OneOf()]
