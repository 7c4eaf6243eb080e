"""A reader who follows a page: one shell for the whole of it, without a network or a configuration of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs.console_blocks import ANSWER, SHORTENED, Block, Command, File
from tests.quick_start.beginning import quick_environment, quick_start

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

BIN = Path(sys.executable).parent
MARK = "=== end of step"
ID = re.compile(r"\b([a-z]+)_[0-9][A-Za-z0-9]{20,}")
PYTHON = f"""\
#!/bin/sh
# Stands for every Python of the reader: whatever environment it makes has all packages already, and installs none.
case "$1 $2 $3" in
  "-m venv "*)
    mkdir -p "$3/bin" && touch "$3/pyvenv.cfg"
    ln -s {BIN}/* "$3/bin/"
    for name in python python3; do ln -sf "$0" "$3/bin/$name"; done
    ln -sf /bin/true "$3/bin/pip"
    rm "$3/bin/activate" && echo "PATH=$(cd "$3/bin" && pwd):\\$PATH" > "$3/bin/activate" ;;
  "-m pip list") echo '[]' ;;
  "-m pip --version") echo 'pip 0' ;;
  "-m pip "*) ;;
  *) exec {quick_environment()}/bin/python "$@" ;;
esac
"""


def follow(
    todo: Iterable[Block | File], folder: Path, path: str, given: Mapping[str, str], cli: str | None = None
) -> Generator[tuple[Command, int, str]]:
    """Do what a page says in `folder`; of each command that is run, its exit code and what it printed.

    `path` is where the reader's programs are, and `given` is added to the reader's environment. `cli` is the Pulumi
    CLI, without which blocks that need it are left out.
    """
    last: dict[str, str] = {}
    added = f":{Path(cli).parent}" if cli else ""
    with _shell(folder, {**_environment(folder.parent, path), **given}) as shell:
        for step in todo:
            if isinstance(step, File):
                _do(shell, _writing(step))
            elif not step.not_run and (cli or not step.needs_cli):
                for command in step.commands:
                    text = _with_ids(command.text, last)
                    code, printed = _do(shell, text, added if step.needs_cli else "")
                    last |= {found[1]: found[0] for found in ID.finditer(printed)}
                    yield command, code, printed


def _environment(machine: Path, path: str) -> dict[str, str]:
    """What every reader has: a home, and a Python that needs no package index."""
    home, programs = machine / "home", machine / "programs"
    for made in (home, programs):
        made.mkdir()
    python = programs / "python3"
    python.write_text(PYTHON, encoding="utf-8")
    python.chmod(0o755)
    return quick_start() | {
        "PATH": os.pathsep.join(map(str, [programs, BIN, path])),
        "PYTHON": str(python),
        "HOME": str(home),
        "PULUMI_HOME": str(home / ".pulumi"),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{what}": "reader@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }


@contextmanager
def _shell(folder: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A shell for the length of the block; whatever emulator was started from it ends with it."""
    with subprocess.Popen(
        ["/bin/bash"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            yield shell
        finally:
            os.killpg(shell.pid, signal.SIGKILL)  # a command that hangs would outlast its test
            for note in folder.parent.rglob(".managed-agents/emulator.json"):
                stop = [str(BIN / "managed-agents"), "emulator", "--stop"]
                subprocess.run(stop, cwd=note.parents[1], check=True, capture_output=True)


def _do(shell: subprocess.Popen[str], text: str, added: str = "") -> tuple[int, str]:
    """Have the shell do something, with `added` in its PATH, and agree to whatever is asked.

    The exit code, and what was printed.
    """
    assert shell.stdin
    assert shell.stdout
    lines = [
        f'PATH="$PATH{added}"',
        f"{{ {text}",
        f"}} <<< {ANSWER}",
        f"printf '\\n{MARK} %d\\n' $?",
        f'PATH="${{PATH%{added}}}"',
    ]
    shell.stdin.writelines(f"{line}\n" for line in lines)
    shell.stdin.flush()
    printed = ""
    while not (line := shell.stdout.readline()).startswith(MARK):
        assert line, f"the shell ended: {printed}"
        printed += line
    return int(line.removeprefix(MARK)), printed


def _with_ids(text: str, last: Mapping[str, str]) -> str:
    """A command with whole ids for those that it cuts short."""
    return SHORTENED.sub(lambda found: last.get(found[1], found[0]), text)


def _writing(file: File) -> str:
    return f"mkdir -p \"$(dirname '{file.path}')\"\ncat > '{file.path}' <<'END OF FILE'\n{file.text}END OF FILE"
