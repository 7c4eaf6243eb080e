"""A project on disk, and `managed-agents` in it as a person types it, on a machine with or without the Pulumi CLI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from tests.journeys.journey_server import local_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anthropic import Anthropic

COMMAND = Path(sys.executable).with_name("managed-agents")
WITHOUT_CLI = os.pathsep.join(one for one in os.get_exec_path() if not Path(one, "pulumi").exists())


def spell_out(folder: Path) -> None:
    """Put what the one template of a new project says in its place, which spares each run two processes."""
    template = folder / "stacks/dev/environments/sandbox.yaml.j2"
    text = template.read_text(encoding="utf-8").replace("{{ project }}-{{ stage }}", "mine-dev")
    template.with_suffix("").write_text(text, encoding="utf-8")
    template.unlink()


class Project:
    """A project with a stage `dev`: runs commands in it, edits its files, and changes what is live outside Pulumi."""

    hidden = ""
    """What no command that is to say something may say."""

    def __init__(self, folder: Path, path: str = WITHOUT_CLI) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PATH": path, "COLUMNS": "200"}

    def init(self) -> None:
        """Make it."""
        subprocess.run([COMMAND, "init", self.folder], check=True, capture_output=True)

    def spell_out(self) -> None:
        """Let it go without templates."""
        spell_out(self.folder)

    @contextmanager
    def served(self) -> Iterator[Self]:
        """Have an emulator for the length of the block, as `--emulator` finds it; what it holds is in the project."""
        with local_emulator(self.folder):
            yield self

    def copied_to(self, folder: Path) -> Path:
        """Copy the project with its state and all that its emulator holds; where it is."""
        return shutil.copytree(self.folder, folder)

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command; its exit code, and all that it printed."""
        with self.start(*arguments) as process:
            output = process.communicate()[0]
        return process.returncode, output

    def output_of(self, *arguments: str, code: int = 0) -> str:
        """Run a command that must end with an exit code; its standard output."""
        done = subprocess.run(
            [COMMAND, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert not (self.hidden and self.hidden in done.stdout + done.stderr)
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, as a shell does."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def replace(self, file: str, old: str, new: str, stage: str = "dev") -> None:
        """Replace a text in a file of a stage, in which it must stand."""
        path = self.folder / "stacks" / stage / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def url(self) -> str:
        """Where the emulator is."""
        return str(json.loads((self.folder / ".managed-agents/emulator.json").read_text(encoding="utf-8"))["url"])

    def console_client(self) -> Anthropic:
        """A client of the API, to change the workspace as somebody in the Console would."""
        from anthropic import Anthropic

        return Anthropic(base_url=self.url, api_key="console")

    def requests(self) -> list[dict[str, str]]:
        """What the API was asked since the last question."""
        report = httpx.get(f"{self.url}/_emulator/requests", timeout=60).raise_for_status().json()
        httpx.post(f"{self.url}/_emulator/reset-requests", timeout=60).raise_for_status()
        return list(report["requests"])
