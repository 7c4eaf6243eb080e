"""Bodies as text: what is written is what is read, and people like to read it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_managed_agents.definition_files.yaml_text import suffix, text_of
from pulumi_managed_agents.files.document import decode, parse
from pulumi_managed_agents.files.yaml_entry import with_override
from pulumi_managed_agents.stage.reader import fill

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    [
        "on",
        "no",
        "null",
        "~",
        "1e5",
        "0o7",
        "0x1F",
        "2026-01-01",
        "1_000",
        "12:30",
        ".5",
        "+1",
        "<<",
        "=",
        "- a",
        "a: b",
        "#",
    ]
)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def read(kind: str, text: str) -> Any:
    return fill(parse(decode(text.encode(), "x"), f"x{suffix(kind)}", "x"), kind).plain()


@given(st.sampled_from(["agent", "environment"]), st.dictionaries(TEXTS, VALUES, max_size=4))
@example("agent", {"a": "\n---\n"})
@example("environment", {"a": ["  b\n\n c \n", "\ufeff", "\x85x", "\r\n"]})
def test_every_body_reads_back_as_it_was_written(kind: str, fields: dict[str, Any]) -> None:
    """No text is taken for a number, a date or a boolean, and no character is lost."""
    body = {"name": "x", **{key: value for key, value in fields.items() if key not in {"system", "description"}}}
    assert read(kind, text_of(kind, body)) == body


@given(TEXTS.filter(bool) | st.text("\n -#:\tab", min_size=1))
@example("\n\nBegins with empty lines.")
@example("a\r\nb")
@example("---\n")
@example(" ")
def test_every_system_prompt_reads_back_as_it_was_written(system: str) -> None:
    """A prompt is prose wherever prose gives it back, else a field."""
    body = {"name": "x", "system": system}
    assert read("agent", text_of("agent", body)) == body


def test_an_agent_is_markdown_with_short_things_in_one_line() -> None:
    """The file looks as if somebody had written it."""
    tool = {"name": "bash", "permission_policy": {"type": "always_ask"}}
    body = {
        "name": "Triage",
        "model": {"id": "claude-opus-5-5", "effort": "high"},
        "tools": [{"type": "agent_toolset_20260401", "configs": [tool]}],
        "skills": ["../skills/notes"],
        "system": "You sort.\n\nAll of it.",
    }
    assert (
        text_of("agent", body)
        == """\
---
name: Triage
model: {id: claude-opus-5-5, effort: high}
tools:
  - type: agent_toolset_20260401
    configs:
      - name: bash
        permission_policy: {type: always_ask}
skills: [../skills/notes]
---
You sort.

All of it.
"""
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "overrides:\n  skills/a: {display_name: A}\n", id="no file"),
        pytest.param("smoke: {}", "smoke: {}\noverrides:\n  skills/a: {display_name: A}\n", id="no section"),
        pytest.param(
            "overrides: # all\n    b: {c: d}\nvalues: {}\n",
            "overrides: # all\n    skills/a: {display_name: A}\n    b: {c: d}\nvalues: {}\n",
            id="a section",
        ),
        pytest.param(
            "overrides: {b: {c: d}}\n",
            "overrides: {skills/a: {display_name: A}, b: {c: d}}\n",
            id="a section in one line",
        ),
        pytest.param("overrides:\n  skills/a: {was: skills/b}\n", None, id="the entry is there"),
        pytest.param("overrides: [", None, id="not YAML"),
    ],
)
def test_an_override_is_added_without_touching_anything_else(before: str, after: str | None) -> None:
    """Comments and layout of a values file stay; where nothing can be added safely, nothing is."""
    assert with_override(before, "skills/a", {"display_name": "A"}) == after
