"""How long a stage takes, against what one would write without this project, as ratios within one run.

    python bench/bench.py --agents 200 --latency 100

Needs the Pulumi CLI. Three projects declare the same agents against the same emulator, which answers every request
after `--latency` milliseconds: this project, a dynamic provider over the official SDK that gets every agent to compare
it, and the same one that never looks at what is live. Each figure is the whole `pulumi` command, in seconds, with the
requests it sent. Figures of one run may be compared with each other, not with those of another machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
DECLARED = "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n"
NAIVE = """
from naive_provider import Agent, {provider}

for n in range({agents}):
    props = {{"name": f"Agent {{n}}", "model": "claude-haiku-5-5", "system": f"You are {{n}}."}}
    Agent({provider}(), f"agent-{{n}}", props)
"""


@dataclass(frozen=True)
class Figure:
    """One command: its seconds and its requests."""

    seconds: float
    requests: int


class Project:
    """A project of one kind in a folder of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        state = folder / "state"
        state.mkdir(parents=True)
        options = f'options: {{virtualenv: "{sys.prefix}"}}'
        (folder / "Pulumi.yaml").write_text(f"name: {folder.name}\nruntime: {{name: python, {options}}}\n", "utf-8")
        self.environment = {
            **os.environ,
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "bench",
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
        self._pulumi("stack", "init", "dev")

    def measure(self, *command: str) -> Figure:
        """Run one command and count what it asked of the API."""
        httpx.post(f"{self.url}/_emulator/reset-requests")
        began = time.monotonic()
        self._pulumi(*command)
        seconds = time.monotonic() - began
        return Figure(seconds, len(httpx.get(f"{self.url}/_emulator/requests").json()["requests"]))

    def _pulumi(self, *command: str) -> None:
        done = subprocess.run(
            ["pulumi", *command], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stdout + done.stderr)


def ours(folder: Path, url: str, agents: int) -> Project:
    """One Markdown file per agent."""
    project = Project(folder, url)
    files = folder / "stacks" / "dev" / "agents"
    files.mkdir(parents=True)
    for n in range(agents):
        text = f"---\nname: Agent {n}\nmodel: claude-haiku-5-5\n---\nYou are {n}.\n"
        (files / f"agent-{n}.md").write_text(text, "utf-8")
    (folder / "__main__.py").write_text(DECLARED, "utf-8")
    return project


def naive(folder: Path, url: str, agents: int, provider: str) -> Project:
    """A hand-written provider."""
    project = Project(folder, url)
    shutil.copy(HERE / "naive" / "naive_provider.py", folder)
    (folder / "__main__.py").write_text(NAIVE.format(provider=provider, agents=agents), "utf-8")
    return project


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--latency", type=int, default=100, help="milliseconds before every answer")
    parser.add_argument("--rounds", type=int, default=3, help="no-op previews per project; the median is shown")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), options)


def compare(folder: Path, options: argparse.Namespace) -> None:
    """All projects in turn, each against an emulator of its own."""
    makers: dict[str, Callable[[Path, str, int], Project]] = {
        "this project": ours,
        "SDK, looking": partial(naive, provider="Looking"),
        "SDK, blind": partial(naive, provider="Blind"),
    }
    rows: dict[str, list[Figure]] = {}
    for index, (name, make) in enumerate(makers.items()):
        process, url = start_emulator(folder / f"emulator-{index}")
        try:
            httpx.post(f"{url}/_emulator/faults", json={"latency_ms": options.latency}).raise_for_status()
            project = make(folder / f"project-{index}", url, options.agents)
            create = project.measure("up", "--yes", "--skip-preview")
            previews = [project.measure("preview") for _ in range(options.rounds)]
            median = sorted(previews, key=lambda figure: figure.seconds)[len(previews) // 2]
            rows[name] = [create, median, project.measure("up", "--yes")]
        finally:
            process.terminate()
            process.wait()
    show(rows, options)


def show(rows: dict[str, list[Figure]], options: argparse.Namespace) -> None:
    """The table, and every figure as a ratio to the blind provider's."""
    print(f"{options.agents} agents, {options.latency} ms per answer")
    print("seconds (requests), and the seconds as a multiple of the blind provider's")
    print(f"{'':14}{'create':>22}{'no-op preview':>22}{'no-op up':>22}")
    blind = rows["SDK, blind"]
    for name, figures in rows.items():
        cells = [
            f"{figure.seconds:6.1f} ({figure.requests:4}) x{figure.seconds / other.seconds:4.2f}"
            for figure, other in zip(figures, blind, strict=True)
        ]
        print(f"{name:14}" + "".join(f"{cell:>22}" for cell in cells))


def start_emulator(data: Path) -> tuple[subprocess.Popen[str], str]:
    """An emulator process and its URL."""
    command = [sys.executable, "-m", "managed_agents_emulator", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # noqa: S101 - asked for above
    line = process.stdout.readline()
    return process, next(word for word in line.split() if word.startswith("http://"))


if __name__ == "__main__":
    main()
