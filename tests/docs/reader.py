"""A reader who follows a page: one shell for the whole of it, without a key, a network or their own configuration."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs.console_blocks import Block, Command, File

if TYPE_CHECKING:
    from collections.abc import Iterable

BIN = Path(sys.executable).parent
MARK = "=== end of step"
NEW_VENV = f"""\
#!/bin/bash
# Stands for the Python with which `make` begins; the environment that it makes has everything installed already.
[ "$1" = -m ] || exit 0
mkdir -p .venv/bin
ln -s {BIN}/* .venv/bin/
ln -sf /bin/true .venv/bin/pip
"""


def follow(todo: Iterable[Block | File], folder: Path, path: str) -> list[tuple[Command, int, str]]:
    """Do what a page says in `folder`; of each command that is run, its exit code and what it printed."""
    python = folder.parent / "python-of-the-reader"
    python.write_text(NEW_VENV, encoding="utf-8")
    python.chmod(0o755)
    chosen = [step for step in todo if isinstance(step, File) or not step.not_run]
    commands = [command for step in chosen if isinstance(step, Block) for command in step.commands]
    home = folder.parent / "home"
    home.mkdir()
    environment = {
        "PATH": os.pathsep.join([str(BIN), path]),
        "PYTHON": str(python),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_{what}": "reader@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    script = "exec 2>&1\n" + "".join(map(_script, chosen))
    try:
        shell = subprocess.run(
            ["/bin/bash", "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    finally:
        for note in folder.rglob(".managed-agents/emulator.json"):
            subprocess.run(
                [BIN / "managed-agents", "emulator", "--stop"], cwd=note.parents[1], check=True, capture_output=True
            )
    printed = re.findall(rf"(.*?)^{MARK} (\d+)\n", shell.stdout, re.MULTILINE | re.DOTALL)
    return [(command, int(code), text) for command, (text, code) in zip(commands, printed, strict=True)]


def _script(step: Block | File) -> str:
    if isinstance(step, File):
        return f"mkdir -p \"$(dirname '{step.path}')\"\ncat > '{step.path}' <<'END OF FILE'\n{step.text}END OF FILE\n"
    return "".join(f'{command.text}\nprintf "\\n{MARK} %d\\n" $?\n' for command in step.commands)
