"""The example of this project as a team would use it, on an emulator of its own: what pictures are taken of."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from docs.picture_generator.terminal import COMMAND, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
REVIEWER = "stacks/dev/agents/reviewer.md"
LEAD = "stacks/dev/agents/lead.md"
UP = ("up", "dev", "--emulator")
PREVIEW = ("preview", "dev", "--emulator")
SMOKE_FAILED, REFUSED = 4, 7
HEADERS = {"x-api-key": "console", "anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01"}


class Example:
    """A copy of the example, without the Pulumi CLI, and hands to edit it."""

    def __init__(self, folder: Path) -> None:
        for name in ("Pulumi.yaml", "__main__.py", "stacks"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, folder / name)
        self.folder = folder
        path = os.pathsep.join(one for one in os.get_exec_path() if not Path(one, "pulumi").exists())
        self.environment: Mapping[str, str] = {**os.environ, "PATH": path}
        self.edit("stacks/dev.values.yaml", "concurrency: 4", "concurrency: 1")  # so that tests come in one order

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text in a file, in which it must stand."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{file} does not say {old!r}")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *words: str, code: int = 0) -> None:
        """Run a command that must end with an exit code."""
        done = subprocess.run(
            [COMMAND, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != code:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")

    def shown(self, *words: str) -> list[str]:
        """What a command shows on a terminal."""
        return shown(words, self.folder, self.environment)

    def commit(self, message: str) -> None:
        """Commit all files, at a time that is always the same."""
        at = {"GIT_AUTHOR_DATE": "2026-11-28T10:00:00Z", "GIT_COMMITTER_DATE": "2026-11-28T10:00:00Z"}
        who = ["-c", "user.name=A developer", "-c", "user.email=developer@example.com", "-c", "commit.gpgsign=false"]
        for words in (["init", "--quiet"], ["add", "stacks"], [*who, "commit", "--quiet", "--message", message]):
            self.git(*words, **at)

    def git(self, *words: str, **environment: str) -> None:
        """Run git in it."""
        command = [shutil.which("git") or "git", *words]
        subprocess.run(command, cwd=self.folder, env={**self.environment, **environment}, check=True)

    def improve_by_hand(self, stage: str) -> None:
        """Change the reviewer of a stage as somebody in the Console would."""
        url = json.loads((self.folder / ".managed-agents/emulator.json").read_text(encoding="utf-8"))["url"]
        with httpx.Client(base_url=url, headers=HEADERS) as api:
            owner = f"code-review/{stage}/agents/reviewer"
            agents = api.get("/v1/agents").raise_for_status().json()["data"]
            (agent,) = (one for one in agents if owner in one["metadata"].values())
            body = {"version": agent["version"], "system": f"{agent['system']}\nBe brief."}
            api.post(f"/v1/agents/{agent['id']}", json=body).raise_for_status()

    @classmethod
    @contextmanager
    def served(cls, folder: Path) -> Iterator[Self]:
        """Make a copy, whose emulator ends with the block."""
        example = cls(folder)
        try:
            yield example
        finally:
            example.run("emulator", "--stop")


def terminals(example: Example) -> Iterator[tuple[str, str, list[str]]]:
    """The first deployment and the preview of an edit: each by its file, its command, and its lines on a terminal."""
    yield "up", _typed(UP), example.shown(*UP)
    let_the_reviewer_run_the_shell(example)
    yield "preview", _typed(PREVIEW), example.shown(*PREVIEW)


def let_the_reviewer_run_the_shell(example: Example) -> None:
    """The edit that the terminal and the comment show."""
    example.edit(
        REVIEWER, "bash, permission_policy: {type: always_ask}", "bash, permission_policy: {type: always_allow}"
    )
    example.edit(REVIEWER, "Leave style to the linters.", "Leave style and spelling to the linters.")


def take_the_shell_back(example: Example) -> None:
    """Undo that edit."""
    example.git("checkout", "--quiet", REVIEWER)


def begin(example: Example) -> None:
    """Deploy to all stages, then go on as teams do: `prod` lacks the last version, and was edited by hand."""
    example.commit("Begin")
    example.run(*UP)
    for before, stage in (("dev", "staging"), ("staging", "prod")):
        hand_over(example, before, stage)
    example.edit(LEAD, "duplicates once", "each of them once")
    example.commit("Say what the lead does with duplicates")
    example.run(*UP)
    hand_over(example, "dev", "staging")
    example.improve_by_hand("prod")


def hand_over(example: Example, before: str, stage: str) -> None:
    """Promote what one stage has proved to the next, and deploy that."""
    example.run("promote", before, stage, "--emulator")
    example.run("up", stage, "--emulator")


def break_a_test(example: Example) -> None:
    """Deploy a version whose test fails, so that the one before it goes on serving."""
    example.edit("stacks/dev/smoke/lead-merges.yaml", 'matches: "', 'matches: "VERDICT: ')
    example.edit(LEAD, "You lead a code review.", "You lead a code review. End with a verdict.")
    example.commit("Let the lead end with a verdict")
    example.run(*UP, code=SMOKE_FAILED)


def comment(example: Example) -> str:
    """The comment on a pull request, for all stages."""
    example.run("preview", "dev", "staging", "prod", "--emulator", "--output", "comment.md", code=REFUSED)
    return (example.folder / "comment.md").read_text(encoding="utf-8")


def board(example: Example) -> str:
    """The first page of the report."""
    example.run("report", "site", "--emulator")
    return (example.folder / "site/index.html").read_text(encoding="utf-8")


def _typed(words: tuple[str, ...]) -> str:
    return " ".join(("managed-agents", *words))
