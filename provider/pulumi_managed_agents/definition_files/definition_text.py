"""New fields in the text of a definition file: Markdown, YAML or JSON. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.definition_files.edit_text import CannotEdit, with_value
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import parse
from pulumi_managed_agents.files.names import suffix_of
from pulumi_managed_agents.stage.reader import PROSE_FIELDS, fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.files.document import Document


def body_of(text: str, name: str, kind: str) -> dict[str, Any]:
    """What a definition file says, before anything is overridden, with its `type` where it has one.

    Raises:
        InputError: it cannot be read.
    """
    body: dict[str, Any] = fill(parse(text, name, name), kind).plain()
    return body


def with_fields(text: str, name: str, kind: str, fields: Mapping[str, Any]) -> str:
    """The text of a definition file with other values of some fields; None takes a field out.

    Raises:
        CannotEdit: it is written in a way that is not understood well enough, so that it would say something else.
    """
    before = body_of(text, name, kind)
    new_body = {key: value for key, value in {**before, **fields}.items() if value is not None or key not in fields}
    edited = _edited(text, name, kind, new_body)
    try:
        reads_back = body_of(edited, name, kind) == new_body
    except InputError:
        reads_back = False
    if not reads_back:
        raise CannotEdit("it would not say what it should afterwards")
    return edited


def _edited(text: str, name: str, kind: str, new_body: dict[str, Any]) -> str:
    syntax = suffix_of(name)
    if syntax == ".json":
        return with_value(text, new_body, "json")
    if syntax != ".md":
        return with_value(text, new_body, "yaml")
    parts = _Markdown.of(text, parse(text, name, name))
    field = "initial_events" if kind == "deployment" else PROSE_FIELDS.get(kind, "")
    is_field = field in parse(text, name, name).root.value
    prose = None if is_field else _prose_in(kind, new_body.get(field))
    rest = new_body if prose is None else {key: value for key, value in new_body.items() if key != field}
    return parts.written(with_value(parts.fields, rest, "yaml"), prose or "")


def _prose_in(kind: str, value: Any) -> str | None:
    """What of a field's value the text below the front matter can say; None if it cannot say it."""
    if kind == "deployment":
        # The shape that `fill` makes of a text.
        match value:
            case [{"type": "user.message", "content": [{"type": "text", "text": text, **more}], **others}]:
                value = None if more or others else text
            case _:
                value = None
    return value if isinstance(value, str) and _can_be_prose(value) else None


def _can_be_prose(text: str) -> bool:
    """Whether Markdown gives a text back as it is: what begins with an empty line, say, it does not."""
    return bool(text.strip()) and bool(text.split("\n", 1)[0].strip()) and "\r" not in text


@dataclass(frozen=True)
class _Markdown:
    """The parts of a Markdown definition: what stands before and behind its fields, its prose, and what follows."""

    opening: str
    fields: str
    closing: str
    prose: str
    ending: str

    @classmethod
    def of(cls, text: str, document: Document) -> _Markdown:
        """Cut a text that was parsed into its parts."""
        opening = text.index("\n") + 1
        end = opening
        while text[end:].split("\n", 1)[0].rstrip(" \t") != "---":
            end = text.index("\n", end) + 1
        prose = document.prose.value if document.prose else ""
        behind = text.find("\n", end) + 1 or len(text)
        start = text.index(prose, behind) if prose else behind
        ending = text[start + len(prose) :]
        return cls(text[:opening], text[opening:end], text[end:start], prose, ending)

    def written(self, fields: str, prose: str) -> str:
        """The text with other fields and another prose."""
        if prose and not self.prose:
            closing = self.closing if self.closing.endswith("\n") else f"{self.closing}\n"
            return f"{self.opening}{fields}{closing}{prose}\n"
        ending = "" if self.prose and not prose else self.ending
        if prose.endswith("\n") and not ending:  # the last line break of a file is no part of its prose
            ending = "\n"
        return f"{self.opening}{fields}{self.closing}{prose}{ending}"
