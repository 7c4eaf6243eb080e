from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.definition_files.definition_text import body_of, with_fields
from pulumi_managed_agents.definition_files.edit_text import CannotEdit

HEAD = "---\n# ours\nname: A   # short\nmodel: x\n---\n"
PROSE = st.lists(st.sampled_from(["Be kind.", "", "  indented", "---", "# Title", "a: b", "\t"]), max_size=5).map(
    "\n".join
)
GAPS = st.sampled_from(["", "\n", "\n \n"])


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        pytest.param(f"{HEAD}\nOld.\n", {"system": "New.\n\nMore."}, f"{HEAD}\nNew.\n\nMore.\n", id="prose"),
        pytest.param(f"{HEAD}\nOld.", {"system": "New."}, f"{HEAD}\nNew.", id="without a last line break"),
        pytest.param(HEAD, {"system": "New."}, f"{HEAD}New.\n", id="prose that was not there"),
        pytest.param(f"{HEAD}\nOld.\n", {"system": None}, f"{HEAD}\n", id="prose that goes"),
        pytest.param(
            f"{HEAD}\nOld.\n", {"system": "\nNew."},
            HEAD.replace("model: x\n", 'model: x\nsystem: |2-\n\n  New.\n') + "\n", id="what Markdown cannot say",
        ),
        pytest.param(
            "---\nname: A\nsystem: Old. # why\n---\n", {"system": "New."},
            "---\nname: A\nsystem: New. # why\n---\n", id="a field stays a field",
        ),
        pytest.param(f"{HEAD}\nOld.\n", {"name": "B"}, f"{HEAD}\nOld.\n".replace("A  ", "B  "), id="front matter"),
    ],
)  # fmt: skip
def test_markdown_keeps_what_stands_around_a_value(text: str, fields: dict[str, Any], expected: str) -> None:
    """Fences, gaps, comments, and whether a text is prose or a field."""
    assert with_fields(text, "agents/a.md", "agent", fields) == expected


def test_the_message_of_a_deployment_is_prose() -> None:
    """One text is the prose; what is more than that becomes a field."""
    text = "---\nname: D\nagent: ./a.md\n---\nGo.\n"

    def events(*texts: str) -> list[dict[str, Any]]:
        return [{"type": "user.message", "content": [{"type": "text", "text": one} for one in texts]}]

    shown = with_fields(text, "deployments/d.md", "deployment", {"initial_events": events("Go on.")})
    assert shown == text.replace("Go.", "Go on.")
    more = with_fields(text, "deployments/d.md", "deployment", {"initial_events": events("Go.", "On.")})
    assert more.endswith("- {type: text, text: On.}\n---\n")


@given(GAPS, PROSE, PROSE, st.booleans())
def test_any_prose_reads_back(gap: str, old: str, new: str, ends: bool) -> None:
    """Whatever stood there and whatever is live: the file says it, and its front matter is what it was."""
    text = f"{HEAD}{gap}{old}" + ("\n" if ends else "")
    before = body_of(text, "agents/a.md", "agent")
    edited = with_fields(text, "agents/a.md", "agent", {"system": new or None})
    assert body_of(edited, "agents/a.md", "agent") == {
        **{key: value for key, value in before.items() if key != "system"},
        **({"system": new} if new else {}),
    }
    assert edited.startswith("---\n# ours\nname: A   # short\nmodel: x\n")


ANCHORED = "name: A\nmodel: &m x\nmetadata: {a: *m, b: z}\n"
MERGED = "x: &base {a: '1'}\nname: A\nmetadata:\n  <<: *base\n  b: '2'\n"


def test_values_that_are_shared_by_an_anchor_are_not_changed_for_others() -> None:
    """An alias can be written out; what others take over cannot be changed through one of them."""
    shown = with_fields(ANCHORED, "a.yaml", "agent", {"metadata": {"a": "q", "b": "z"}})
    assert shown == ANCHORED.replace("*m", "q")
    with pytest.raises(CannotEdit, match="would not say what it should"):
        with_fields(ANCHORED, "a.yaml", "agent", {"model": "y"})
    shown = with_fields(MERGED, "a.yaml", "agent", {"metadata": {"a": "3", "b": "2"}})
    assert shown == MERGED + "  a: '3'\n"
    with pytest.raises(CannotEdit, match="a comes from what `<<` takes over"):
        with_fields(MERGED, "a.yaml", "agent", {"metadata": {"b": "2"}})
