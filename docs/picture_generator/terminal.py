"""A command as a person types it in a terminal of 80 columns, and a picture of what that shows."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COLUMNS = 80
WIDTH = 12.2
"""Of a character in a picture."""
SHOWN_WIDTH = 800
COMMAND = Path(sys.executable).with_name("managed-agents")
THEME = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [
        (72, 79, 88),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (230, 237, 243),
    ],
)
"""Light on dark, for a picture that stands on light pages and on dark ones."""
_ERASE = re.compile(r"\x1b\[2K")
_MOVE = re.compile(r"\x1b\[(?:\?25[hl]|\d*[A-D])|\r")
_SPINNER = re.compile(r"(?:\x1b\[[\d;]*m)*[\u2801-\u28ff]")
_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_STEADY = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:41783"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?"), "2026-11-28 10:00"),
    (re.compile(r"write requests in \d+\.\d s"), "write requests in 0.9 s"),
    (re.compile(r"(?<!requests in )(?<!\d)\d+\.\d s\b"), "0.1 s"),
    (re.compile(r"(skver|skill|agent|env)_01\w{22}"), r"\1_01SMWsiiNpdB6hGsWPHxJEiX"),
)
"""What is another at each run, and what stands for it in pictures."""


def shown(words: Iterable[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """The lines that are left on a terminal when `managed-agents` has ended, with the codes of their colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    terminal = {key: value for key, value in environment.items() if key not in {"COLUMNS", "NO_COLOR"}}
    terminal |= {"TERM": "xterm-256color", "COLORTERM": "", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        [COMMAND, *words], cwd=folder, env=terminal, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    if process.returncode:
        raise RuntimeError(f"managed-agents {' '.join(words)} ended with {process.returncode}:\n{printed}")
    lines = (_MOVE.sub("", _ERASE.split(line.rstrip("\r"))[-1]) for line in printed.split("\n"))
    return [steady(line.rstrip()) for line in lines if not _SPINNER.match(line)]


def steady(text: str) -> str:
    """A text without what is another at each run: ports, times, durations, ids."""
    for varies, stands in _STEADY:
        text = varies.sub(stands, text)
    return text


def svg(command: str, lines: Iterable[str]) -> str:
    """A picture of a terminal in which a command was typed; it loads nothing, and says the same text each time."""
    terminal = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in (f"\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m", *lines):
        terminal.print(Text.from_ansi(line, no_wrap=True), soft_wrap=True)
    made = terminal.export_svg(title="", theme=THEME, unique_id=re.sub(r"\W+", "-", command))
    return _sized(_FONTS.sub("", made)) + "\n"


def _sized(picture: str) -> str:
    """A picture with a size of its own, which a page may make smaller."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
    if box is None:
        raise ValueError("the picture has no viewBox")
    height = SHOWN_WIDTH * float(box[2]) / float(box[1])
    return picture.replace(box[0], f'{box[0]} width="{SHOWN_WIDTH}" height="{height:.0f}"', 1)


def texts(picture: str) -> list[str]:
    """The lines that a picture shows."""
    rows: dict[float, str] = {}
    for x, y, text in re.findall(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', picture):
        before = rows.get(float(y), "")
        rows[float(y)] = f"{before:<{round(float(x) / WIDTH)}}{unescape(text)}"
    return [rows[y].replace("\xa0", " ").rstrip() for y in sorted(rows)]


def _read(terminal: int) -> bytes:
    """What comes next; nothing when the other side is closed, which Linux says by an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
