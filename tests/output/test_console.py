"""What a person sees while an engine runs, on a terminal and in a log."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pulumi_managed_agents.engine.events import Message, ResourceStep
from pulumi_managed_agents.output.console import Console, under_way
from pulumi_managed_agents.reconcile.plan_rows import Row
from pulumi_managed_agents.reconcile.wording import Difference
from pulumi_managed_agents.review.style import LOOKS, Page, aligned, bullet, plain

ABOUT = {"__resource": {"kind": "agent", "name": "agents/a"}}
TYPE = "pulumi-python:dynamic/managedagents:Agent"
BEGUN = ResourceStep("create", f"urn:pulumi:dev::shop::{TYPE}::agents/a", TYPE, "agents/a", "", None, ABOUT)


def follow(console: Console) -> None:
    with console.following():
        console(BEGUN)
        console(Message("info", "smoke answers: running"))
        console(replace(BEGUN, done=True))


def test_a_log_has_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing that only a terminal understands, and one line for what is done."""
    follow(Console())
    shown = capsys.readouterr().out
    assert shown.splitlines() == ["  smoke answers: running", "  + agent agents/a (0.0 s)"]


def test_a_terminal_says_what_is_under_way(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line names it, and is taken back when the run ends."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    follow(Console())
    shown = capsys.readouterr().out
    assert "agents/a …" in shown
    assert "+ agent agents/a (0.0 s)" in shown
    assert shown.endswith("\x1b[2K")


def test_colours_follow_what_a_line_is_not_what_it_looks_like(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that begins like a removal stays plain; in a log all of it does."""
    shown = Page([plain("  - agent agents/a", LOOKS["delete"].style), plain("  - agent that somebody wrote")])
    Console().page(shown)
    assert capsys.readouterr().out == str(shown)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    Console().page(shown)
    styled, unstyled = capsys.readouterr().out.splitlines()
    assert styled == "\x1b[31m  - agent agents/a\x1b[0m"
    assert unstyled == "  - agent that somebody wrote"


def test_a_failed_step_is_reported_by_its_error_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is called done that was not, and a log of standard error holds the reason."""
    console = Console()
    console(BEGUN)
    console(replace(BEGUN, done=True, error="refused"))
    console(Message("error", "agents/a: refused"))
    assert capsys.readouterr().err.splitlines() == ["  error: agents/a: refused"]


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        pytest.param("Workspace resource 'workspace'", "no credential", id="of the stage as a whole"),
        pytest.param("Agent resource 'a'", "m:Agent resource 'a' has a problem: no credential", id="a person's own"),
    ],
)
def test_an_error_names_only_resources_that_people_know(
    capsys: pytest.CaptureFixture[str], resource: str, shown: str
) -> None:
    """Resources for the stage as a whole have no file, and their own line says everything."""
    Console()(Message("error", f"m:{resource} has a problem: no credential"))
    assert capsys.readouterr().err == f"  error: {shown}\n"


@pytest.mark.parametrize(
    ("names", "line"),
    [
        pytest.param([], "…", id="nothing"),
        pytest.param(["a", "b"], "a, b …", id="some"),
        pytest.param(["a", "b", "c", "d", "e"], "a, b, c and 2 more …", id="many"),
    ],
)
def test_what_is_under_way_fits_on_a_line(names: list[str], line: str) -> None:
    """However many steps run side by side."""
    assert under_way(names) == line


LONG = "a prompt of " + "many words " * 12


def test_a_log_is_not_wrapped_and_a_terminal_is_between_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of a log can be searched; on a terminal no word is broken, and what goes on keeps its style."""
    monkeypatch.delenv("COLUMNS", raising=False)
    console = Console()
    console.line(f"  {LONG}")
    assert capsys.readouterr().out.splitlines() == [f"  {LONG}"]
    assert console.width > len(LONG) * 10
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    Console().page(Page([plain(f"  {LONG}", "red")]))
    first, *more = capsys.readouterr().out.splitlines()
    assert first.startswith("\x1b[31m  a prompt of many words")
    assert more
    assert all("\x1b[31m" in line for line in more)
    words = [re.sub(r"\x1b\[\d+m", "", line) for line in (first, *more)]
    assert max(map(len, words)) <= 50
    assert " ".join(" ".join(words).split()) == LONG.strip()


def test_no_colour_is_shown_where_somebody_wants_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`NO_COLOR` is obeyed, also on a terminal."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    Console().page(Page([plain("created", LOOKS["create"].style)]))
    assert "\x1b[3" not in capsys.readouterr().out


def test_a_terminal_says_how_many_of_how_many_are_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unchanged resources count, too; a part of a run shows itself in its place."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    console = Console()
    with console.following("deploying dev"), console.following("looking at dev", 7):
        console(replace(BEGUN, op="same", done=True))
        console(Message("info", "redrawn"))
    assert "looking at dev (1 of 7)" in capsys.readouterr().out


def test_the_last_line_never_takes_the_colour_of_what_is_printed_above_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that is created is green; what goes on below it does not flicker."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console = Console()
    with console.following("deploying dev"):
        console(replace(BEGUN, done=True))
    shown = capsys.readouterr().out
    assert "\x1b[32m  + agent agents/a" in shown
    assert "deploying dev" in shown
    assert not re.search(r"\x1b\[32m[^\x1b]*deploying dev", shown)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_cause_is_never_torn_from_its_words(width: int) -> None:
    """Where label, value and cause do not fit on a line, each begins one of its own."""
    row = Row("multiagent.agents.agents/reviewer.version", Difference("1", "2"), "new version of agents/reviewer")
    lines = [str(line).strip() for line in aligned([row], width)]
    assert max(map(len, lines)) <= max(width, len(row.label))
    assert any("[new version of agents/reviewer]" in line for line in lines)


def test_a_command_in_a_text_stays_on_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be copied whole, wherever the line around it is broken; one that is too long is broken like any text."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    command = "`managed-agents pull prod agents/reviewer`"
    text = f"  it was changed outside of Pulumi, in the night: {command} takes it into the file, {'`' + LONG + '`'}"
    console = Console()
    console.line(text)
    console.page(Page([plain(text)]))
    console.page(Page(bullet(text, 60)))
    shown = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out).splitlines()
    assert len([line for line in shown if command in line]) == 3
    assert max(map(len, shown)) <= 60


@pytest.mark.parametrize(
    ("verdict", "code"), [("passed", "32"), ("failed", "31"), ("cancelled", "33"), ("running", "2")]
)
def test_what_came_of_a_test_is_seen_by_its_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verdict: str, code: str
) -> None:
    """Also where tests run alone, outside of an up."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    Console().counting_tests(f"smoke answers: {verdict}")
    assert capsys.readouterr().out.startswith(f"\x1b[{code}msmoke answers: {verdict}")


def test_words_that_changed_are_marked_within_a_line() -> None:
    """A reader of two long lines sees at once what is another; lines that share little are reported whole."""
    diff = ("-Do not tell.", "-Old.", "+Do never tell.", "+Quite another text")
    row = Row("system", Difference("", "+2 -2", diff), "edit")
    lines = aligned([row], 80)
    marked = [[text for text, style in line.spans if "reverse" in style] for line in lines]
    assert marked == [[], ["not"], [], ["never"], []]
    assert [str(line).strip() for line in lines[1:]] == list(row.diff)
