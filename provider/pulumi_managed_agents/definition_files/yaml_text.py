"""Bodies as the text of definition files that people like to read and that read back as the same bodies.

No I/O. YAML means here what `files.parsing` reads: version 1.2, where `1e5` and `0o7` are numbers and `on` is text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import decode, parse
from pulumi_managed_agents.stage.reader import PROSE_FIELDS, fill

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_FIELD = {kind: PROSE_FIELDS[kind] for kind in ("agent",)}
"""Kinds that are written as Markdown, and the field that is the prose."""

_WIDTH = 110
_LONGEST_IN_ONE_LINE = 72
_LIKE_A_NUMBER = re.compile(r"[-+]?\.?[0-9]")


def suffix(kind: str) -> str:
    """The suffix of the file that `text_of` writes."""
    return ".md" if kind in TEXT_FIELD else ".yaml"


def text_of(kind: str, body: Mapping[str, Any]) -> str:
    """The text of a definition file.

    Prose that Markdown would not give back as it is (it begins with an empty line, say) stands as a field instead.
    """
    field = TEXT_FIELD.get(kind)
    if field is None:
        return yaml_text(body)
    fields = {key: value for key, value in body.items() if key != field}
    prose = f"{body[field]}\n" if body.get(field) else ""
    # Read back as a stage would: only then is it known that this text means this body.
    markdown = f"---\n{yaml_text(fields)}---\n{prose}"
    return markdown if _reads_as(kind, markdown, body) else f"---\n{yaml_text(body)}---\n"


def yaml_text(body: Mapping[str, Any]) -> str:
    """A mapping as block YAML, with short lists and objects of scalars in one line."""
    text: str = yaml.dump(_Document(body), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def _reads_as(kind: str, text: str, body: Mapping[str, Any]) -> bool:
    try:
        read = fill(parse(decode(text.encode(), ""), f"it{suffix(kind)}", ""), kind).plain()
    except InputError:
        return False
    return bool(read == dict(body))


class _Document(dict[str, Any]):
    """The outermost mapping, which is never written in one line."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML calls it so
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML calls it so
        """Indent lists below their key."""
        super().increase_indent(flow, indentless=False)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        style = _is_short(mapping, mapping.values()) if flow_style is None else flow_style
        return super().represent_mapping(tag, mapping, style)

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        style = _is_short(sequence, sequence) if flow_style is None else flow_style
        return super().represent_sequence(tag, sequence, style)


def _is_short(whole: Any, items: Any) -> bool:
    scalar = not any(isinstance(item, (dict, list)) or "\n" in str(item) for item in items)
    return scalar and len(str(whole)) <= _LONGEST_IN_ONE_LINE


def _represent_document(dumper: yaml.SafeDumper, document: _Document) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", document, flow_style=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """How to write a text where the emitter's own choice would not be read back as that text."""
    # Of line breaks alone the emitter makes a block that does not read back.
    if not text.replace("\n", "").isprintable() or (text and not text.strip()):
        return '"'
    if "\n" in text:
        return "|"
    return "'" if _LIKE_A_NUMBER.match(text) else None


_Dumper.add_representer(_Document, _represent_document)
_Dumper.add_representer(str, _represent_text)
