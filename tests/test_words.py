"""What anybody may have written leaves the process so that it moves no cursor, hides nothing and commands no CI."""

from __future__ import annotations

import json
import re

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.cli.options import echo
from pulumi_managed_agents.dynamic.provider.process import say
from pulumi_managed_agents.engine.events import Message
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.reports import Report, deliver
from pulumi_managed_agents.review.style import Page, plain
from pulumi_managed_agents.words import harmless, harmless_json, visible

HOSTILE = [
    "\x1b[2J\x1b[H all is well",
    "\x1b]0;title\x07",
    "\x9b31m red",
    "agent \u202etxt.exe",
    "agent \u2066a\u2069",
    "over\rwritten",
    "back\x08\x08space",
    "bell\x07",
    "zero\u200bwidth",
    "\u2028 line",
    "tag\U000e0041",
    "half \ud83d",
]
COMMANDS = ["::set-output name=a::b", "   ::error::no", "##[add-path]/tmp", "done ##[endgroup]"]
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


@given(st.text())
def test_lines_hold_nothing_but_what_can_be_seen(text: str) -> None:
    """Whatever the text, only ends of lines and tabs are left of what moves a cursor; visible text stays as it is."""
    safe = harmless(text)
    assert all(character.isprintable() or character in "\n\t" for character in safe)
    assert not COMMAND.search(safe)
    if all(character.isprintable() for character in text) and not COMMAND.search(text):
        assert safe == text
    assert visible(text).isprintable()


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_says_the_same(value: object) -> None:
    """JSON keeps its meaning, and shows nothing that a terminal would obey."""
    safe = harmless_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(safe) == value
    assert all(character.isprintable() or character == "\n" for character in safe)
    assert "##[" not in safe


@pytest.mark.parametrize("text", [*HOSTILE, *COMMANDS])
def test_no_way_out_lets_it_through(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The terminal, an engine's messages, pages, reports, the provider's lines and the command line's own alike."""
    console = Console()
    console.line(text)
    console.page(Page((plain(text),)))
    console(Message("error", text))
    console(Message("info", text))
    say(text)
    for form in ("text", "json", "markdown"):
        as_form = json.dumps({"text": text}, ensure_ascii=False) if form == "json" else text
        deliver([Report(form)], lambda *_, given=as_form: given, show=echo, say=echo)
    written = capsys.readouterr()
    echoed = CliRunner().invoke(click.Command("show", callback=lambda: echo(text)))
    for out in (written.out, written.err, echoed.output):
        assert all(character.isprintable() or character in "\n\t" for character in out)
        assert not COMMAND.search(out)
