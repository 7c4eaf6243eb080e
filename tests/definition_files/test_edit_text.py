from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.definition_files.edit_text import with_value
from pulumi_managed_agents.files.document import parse
from tests.definition_files.hand_styled import BODIES, Styled, documents, edits


def says(text: str, name: str = "it.yaml") -> dict[str, Any]:
    """What a document says, as a stage reads it."""
    body: dict[str, Any] = parse(text, name, name).root.plain()
    return body


@given(st.data())
def test_a_hand_styled_document_takes_new_values_and_keeps_every_other_line(data: st.DataObject) -> None:
    """It says what is wanted, entries that say what they said keep every byte, and comments above entries stay."""
    styled: Styled = data.draw(documents())
    assert says(styled.text) == styled.body
    new_body = data.draw(edits(styled.body))
    edited = with_value(styled.text, new_body, "yaml")
    assert says(edited) == new_body
    for key, lines in styled.entries.items():
        if key in new_body and json.dumps(new_body[key]) == json.dumps(styled.body[key]):
            assert lines in edited
    if edited_keys := styled.body.keys() & new_body.keys():
        assert edited.count("# a comment\n") == styled.text.count("# a comment\n"), edited_keys


@given(documents())
def test_a_document_that_says_what_is_wanted_is_not_touched(styled: Styled) -> None:
    """Nothing is rewritten for the sake of style."""
    assert with_value(styled.text, styled.body, "yaml") == styled.text


@given(BODIES, st.data(), st.sampled_from([None, 2, "\t"]))
def test_json_takes_new_values(body: dict[str, Any], data: st.DataObject, indent: int | str | None) -> None:
    """JSON stays JSON, whatever it is indented with."""
    text = json.dumps(body, indent=indent, ensure_ascii=False)
    new_body = data.draw(edits(body))
    assert json.loads(with_value(text, new_body, "json")) == new_body
