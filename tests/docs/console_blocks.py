"""What a page of the documentation tells its reader to do: files to write and commands to run, in order.

- A ```` ```console ```` block holds commands after ``$ `` and, below each, what it prints. ``...`` stands for anything,
  on a line of its own for any lines; ``[y/N]: y`` is a question that the reader answers. An id cut short, as
  ``sesn_01Hq…``, is shown for any id of its kind; in a command it is the last one that was printed.
- ``<!-- needs: pulumi -->`` above such a block: its reader has the Pulumi CLI. ``<!-- not run: reason -->`` says why
  the tests cannot run it.
- ``<!-- file: path -->`` above any other block says that the reader writes the block into that file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = re.compile(
    r"(?:^<!-- (?P<key>file|needs|not run): (?P<value>[^\n]+) -->\n+)?^```(?P<kind>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SPAN = re.compile(r"(?<!`)`(managed-agents [a-z][^`]*)`(?!`)")
SHORTENED = re.compile(r"\b([a-z]+)_[0-9][A-Za-z0-9]*…")
QUESTION, ANSWER = "[y/N]: ", "y"
VARIES = (
    (re.compile(r"\d+\.\d s\b"), "N s"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "MOMENT"),
    (re.compile(r"http://127\.0\.0\.1:\d+|https://api\.anthropic\.com"), "HOST"),
    (re.compile(r"\b([a-z]+)_[0-9](?:[A-Za-z0-9]{20,}|[A-Za-z0-9]*…)"), r"\1_ID"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class Command:
    """A command as it is typed, and the lines that the page shows below it."""

    text: str
    shown: tuple[str, ...] = ()

    def agrees(self, printed: str) -> bool:
        """Whether what was printed is what is shown; the order of lines is free, since much goes on side by side."""
        typed = printed.replace(QUESTION, f"{QUESTION}{ANSWER}\n")  # which only a terminal shows
        lines = [settled(line) for line in typed.splitlines() if line.strip()]
        for shown in filter(lambda line: line != "...", self.shown):
            pattern = re.compile(re.escape(settled(shown)).replace(r"\.\.\.", ".*"))
            found = next((line for line in lines if pattern.fullmatch(line)), None)
            if found is None:
                return False
            lines.remove(found)
        return not self.shown or "..." in self.shown or not lines


@dataclass(frozen=True)
class File:
    """A file that the reader writes."""

    path: str
    text: str


@dataclass(frozen=True)
class Block:
    """Commands that are run one after the other, or `not_run` says why not; some need the Pulumi CLI."""

    commands: tuple[Command, ...]
    not_run: str = ""
    needs_cli: bool = False


def steps(page: Path) -> Iterator[Block | File]:
    """What a page tells its reader to do."""
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        value = found["value"] or ""
        if found["kind"] == "console":
            said = {found["key"]: value}
            yield Block(tuple(_commands(found["body"])), said.get("not run", ""), said.get("needs") == "pulumi")
        elif found["key"] == "file":
            yield File(value, found["body"])


def named_in_prose(page: Path) -> list[str]:
    """The `managed-agents` commands in a page's running text."""
    prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(found.split()) for found in SPAN.findall(prose)]


def settled(line: str) -> str:
    """A line without what differs from run to run: durations, ports, ids and the width of columns."""
    for pattern, word in VARIES:
        line = pattern.sub(word, line)
    return line.strip()


def _commands(body: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", body.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        text, *shown = part.splitlines()
        yield Command(text, tuple(line.strip() for line in shown if line.strip()))
