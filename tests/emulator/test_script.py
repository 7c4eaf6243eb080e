"""Scripts as files: what the reference tells of them, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from managed_agents_emulator.sessions.script import Script, read_script

PAGE = Path(__file__).parents[2] / "docs/reference/emulator.md"
BOMB = "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True))


def fields_of(schema: Any) -> set[str]:
    """Every property that a JSON schema names."""
    if isinstance(schema, list):
        return {name for inner in schema for name in fields_of(inner)}
    if not isinstance(schema, dict):
        return set()
    below = {name for inner in schema.values() for name in fields_of(inner)}
    return below | set(schema.get("properties", {}))


def test_the_reference_names_every_field() -> None:
    """A field that is added is described; `rules` stands in the example."""
    text = re.sub(r"^```.*?^```$", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = {part for span in re.findall(r"`([^`]+)`", text) for part in re.findall(r"[a-z_]+", span)}
    assert fields_of(Script.model_json_schema()) - named == {"rules"}


REFUSED = [
    pytest.param("rules: {", "not valid YAML: ", id="no YAML"),
    pytest.param("[1]", "the script: ", id="a list"),
    pytest.param("rulez: []", "rulez: unknown field", id="a misspelt field"),
    pytest.param("rules: [{do: [{reply: 2}]}]", "rules.0.do.0.reply: ", id="a number for a text"),
    pytest.param("rules: [{do: [{reply: a, thinking: true}]}]", "rules.0.do.0: exactly one of ", id="two actions"),
    pytest.param("rules: [{match: {message: '('}}]", "rules.0.match.message: not a regular", id="a broken pattern"),
    pytest.param("rules: [{do: [{custom: {name: a, input: {on: 2026-01-01}}}]}]", "no form for, such as", id="date"),
    pytest.param("&a [*a]", "nested too deeply", id="an alias to itself"),
    pytest.param("[" * 2000, "nested too deeply", id="deep nesting"),
    pytest.param("a: &a [1, 1]\n" + BOMB, "counting what aliases repeat", id="aliases that multiply"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_no_script_is_refused_with_its_place(text: str, reason: str) -> None:
    """In one line, and without using up time or memory."""
    with pytest.raises(ValueError, match=re.escape(reason)) as refused:
        read_script(text)
    assert len(str(refused.value).splitlines()) == 1
