"""Rendering `*.j2` files: sandboxed jinja2, undefined names are errors, includes only from the stage folder."""

from __future__ import annotations

import atexit
import difflib
import json
import os
import posixpath
import re
import selectors
import subprocess
import sys
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.document import MAX_BYTES
from pulumi_managed_agents.files.names import TEMPLATE_SUFFIX, untemplated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from pulumi_managed_agents.files.source_files import SourceFile, SourceFiles

PROCESS = "pulumi_managed_agents.files.template_process"
LONGEST = 20.0
"""Seconds that one template may take; a large one takes a few hundredths."""
LONGEST_LINE = 7 * MAX_BYTES
"""Bytes of an answer: in JSON a character of one byte has up to six."""
_at_rest: list[subprocess.Popen[bytes]] = []
"""The process of the templates before, where it lives; the next ones take it, since starting one takes long."""


class Templates:
    """Renders the templates of one stage folder in a separate process, which starts with the first one.

    Templates see `values` (of the values file), `stage` and `project`. `shown` gives the path that findings name. As a
    context manager it hands the process on to the next folder, which sees nothing of this one, or ends it.
    """

    def __init__(
        self, folder: Path, shown: Callable[[str], str], variables: Mapping[str, Any], files: SourceFiles
    ) -> None:
        self._folder = folder
        self._shown = shown
        self._variables = variables
        self._files = files
        self._process: subprocess.Popen[bytes] | None = None
        self._is_asked = False

    def __enter__(self) -> Templates:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process and not (self._is_asked or _at_rest):
            _at_rest.append(self._process)
        elif self._process:
            _end(self._process)
        self._process = None

    def sources(self, file: SourceFile) -> list[SourceFile]:
        """Return a definition's file and, of a template, all it includes or imports by a name that is written out.

        What it includes by a computed name shows in the body it becomes.
        """
        by_path = {file.path: file}
        waiting = [file] if file.path.endswith(TEMPLATE_SUFFIX) else []
        while waiting:
            for name in _included(waiting.pop().text):
                included = self._file(name)
                if included and included.path not in by_path:
                    by_path[included.path] = included
                    waiting.append(included)
        return list(by_path.values())

    def render(self, relative: str, source: str) -> tuple[str, Callable[[int], int]]:
        """Return the rendered text, and a function from its lines to those of the template.

        Raises `InputError` with the file and line of the template, or of the one it includes.
        """
        answer = self._ask(relative)
        if "text" not in answer:
            raise InputError([Finding(answer["file"], answer["line"], "", answer["message"])])
        text: str = answer["text"]
        return text, line_map(source, text)

    def _ask(self, relative: str) -> dict[str, Any]:
        """What the process answers, after it was given every template that it asked for."""
        process = self._process = self._process or self._started()
        assert process.stdin  # noqa: S101 - narrows: it has pipes
        assert process.stdout  # noqa: S101
        file, deadline = self._shown(relative), time.monotonic() + LONGEST
        self._is_asked = True
        _send(process.stdin, {"render": relative, "shown": file})
        while True:
            line = _line(process.stdout, deadline)
            if not line.endswith(b"\n"):
                _end(process)
                self._process = None
                late = time.monotonic() >= deadline
                why = f"it was not done after {LONGEST:.0f} s" if late else "it needs more memory than a definition can"
                raise InputError([Finding(file, 0, "", f"the template fails: {why}")])
            answer: dict[str, Any] = json.loads(line)
            if "load" not in answer:
                self._is_asked = False
                return answer
            included = self._file(answer["load"])
            _send(process.stdin, included and {"text": included.text, "shown": included.shown})

    def _started(self) -> subprocess.Popen[bytes]:
        while _at_rest:
            process = _at_rest.pop()
            if _begins(process, self._variables):
                return process
            _end(process)  # Ctrl-C, say, has ended it already
        # -P: a file of the project's that has the name of a library cannot take its place.
        arguments = [sys.executable, "-P", "-m", PROCESS]
        process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        _begins(process, self._variables)
        return process

    def _file(self, name: str) -> SourceFile | None:
        relative = posixpath.normpath(name)
        path, folder = (self._folder / relative).resolve(), self._folder.resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            return None
        return self._files.document(path, relative, self._shown(relative))


def _begins(process: subprocess.Popen[bytes], variables: Mapping[str, Any]) -> bool:
    """Start a process over with these variables; returns whether it did."""
    assert process.stdin  # noqa: S101 - narrows: it has pipes
    assert process.stdout  # noqa: S101
    try:
        _send(process.stdin, {"variables": variables})
    except BrokenPipeError:
        return False
    return _line(process.stdout, time.monotonic() + LONGEST).endswith(b"\n")


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(BrokenPipeError), process:
        process.kill()


@atexit.register
def end_process_at_rest() -> None:
    """End the process that waits for another folder's templates."""
    while _at_rest:
        _end(_at_rest.pop())


def _send(pipe: IO[bytes], message: Any) -> None:
    pipe.write(json.dumps(message).encode() + b"\n")
    pipe.flush()


def _line(pipe: IO[bytes], deadline: float) -> bytes:
    """The next line, or the part of it that came before the deadline, the limit, or the end of the process."""
    read = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not read.endswith(b"\n") and len(read) < LONGEST_LINE and selector.select(deadline - time.monotonic()):
            part = os.read(pipe.fileno(), 1 << 20)
            if not part:
                break
            read += part
    return bytes(read)


def _included(template: str) -> list[str]:
    from jinja2 import Environment, TemplateSyntaxError, meta

    try:
        names = meta.find_referenced_templates(Environment(autoescape=True).parse(template))
    except TemplateSyntaxError:  # has been said, or no branch that is taken includes it
        return []
    return sorted(filter(None, names))


_TAG = re.compile(r"[ \t]*\{[%#](-?)(?:(?![%#]\}).)*?(-?)[%#]\}[ \t]*")
"""A tag that has its line to itself; its newline goes with it."""


def joined_lines(name: str, source: str) -> Iterator[Finding]:
    """Warn where a tag with a hyphen changes the lines around it: YAML depends on line breaks and indentation.

    `name` is the file's, as findings show it. Prose, JSON and the inside of brackets do not depend on them.
    """
    lines = source.split("\n")
    if untemplated(name).endswith(".json"):
        return
    if untemplated(name).endswith(".md"):
        fences = [number for number, line in enumerate(lines) if line.rstrip() == "---"]
        lines = lines[: fences[1] + 1] if len(fences) > 1 else lines
    for number, line in enumerate(lines):
        if not (tag := _TAG.fullmatch(line)):
            continue
        before = next((lines[index] for index in range(number - 1, -1, -1) if lines[index].strip()), "").rstrip()
        after = next((lines[index] for index in range(number + 1, len(lines)) if lines[index].strip()), "")
        if not after or before.endswith(("[", "{", ",")) or after.lstrip().startswith(("]", "}")):
            continue
        if tag[1] and before and not _TAG.fullmatch(before):
            message = "takes away the line break before it, and a tag's own goes with it, so that two lines become one"
            yield Finding(name, number + 1, "", f"`{{%-` {message}; write `{{%`", "warning")
        elif tag[2] and after[0] in " \t" and not _TAG.fullmatch(after):
            yield Finding(
                name, number + 1, "", "`-%}` takes away the indentation of the next line; write `%}`", "warning"
            )


def line_map(source: str, text: str) -> Callable[[int], int]:
    """Map lines of rendered text to the template's: unchanged lines exactly, lines between them to the nearest."""
    before, after = source.split("\n"), text.split("\n")
    lines: list[int] = []
    for _, start, end, first, last in difflib.SequenceMatcher(None, before, after).get_opcodes():
        highest = max(start, end - 1)
        lines.extend(min(start + offset, highest) + 1 for offset in range(last - first))
    return lambda line: lines[line - 1] if 0 < line <= len(lines) else max(1, len(before))
