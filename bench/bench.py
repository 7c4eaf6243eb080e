"""What a stage costs, against what one would write without this project, as ratios within one run.

    python bench/bench.py --agents 200 1000 --latency 100

Needs the Pulumi CLI. All projects declare the same fleet (`fleet.py`) against an emulator that answers every request
after `--latency` milliseconds: this project by `pulumi`, by `managed-agents` and by the trial engine; a dynamic
provider over the official SDK that never looks at what is live, and one that gets every object; a script over the SDK
with 32 threads. Each figure is one whole command: CPU seconds of all its processes, seconds that passed, the most
memory that they held together, and the requests sent; below the table, what the state holds for each agent. Figures of
one run may be compared with each other, not with those of another machine. Below each figure stands its ratio to the
blind provider's.

Where a state is written after every step, the time for a create grows with the square of its size. Leave those out of
the largest:

    python bench/bench.py --agents 3000 --rounds 1 --only "ours, managed-agents" "ours, trial engine"
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from fleet import fleet, write_definitions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HERE = Path(__file__).parent
BIN = Path(sys.prefix) / "bin"
OURS = "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n"
NAIVE = "from naive_provider import {provider}, declare\n\ndeclare({provider}())\n"
ROWS = ("create", "no-op preview", "one agent edited, up", "destroy")
SAMPLED_EVERY = 0.25
EVERY_ANSWER = 1_000_000
"""More answers than a run asks for: a fault is used up after so many."""
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Figure:
    """One command: CPU seconds, seconds, megabytes at most, requests."""

    cpu: float
    wall: float
    memory: float
    requests: int

    @classmethod
    def median(cls, figures: list[Figure]) -> Figure:
        """Each figure's median."""
        cpu, wall, memory = (
            statistics.median(getattr(one, name) for one in figures) for name in ("cpu", "wall", "memory")
        )
        return cls(cpu, wall, memory, figures[-1].requests)


@dataclass(frozen=True)
class Measured:
    """The figures of a way, one for each row, and the bytes of the state after the create, 0 where it keeps none."""

    figures: list[Figure]
    state: int


@dataclass(frozen=True)
class Way:
    """A way to deploy the fleet: how its project is made, and the command line of each row."""

    make: Callable[[Path, int], Path]
    commands: tuple[tuple[str, ...], ...]
    path: str = os.environ["PATH"]


def ours(folder: Path, agents: int) -> Path:
    """A stage of files; returns the file that is edited."""
    (folder / "__main__.py").write_text(OURS, "utf-8")
    return write_definitions(folder / "stacks" / "dev", agents)


def naive(provider: str) -> Callable[[Path, int], Path]:
    """A hand-written provider, or the script, which needs none."""

    def make(folder: Path, agents: int) -> Path:
        for file in (HERE / "naive").glob("*.py"):
            shutil.copy(file, folder)
        (folder / "__main__.py").write_text(NAIVE.format(provider=provider), "utf-8")
        (folder / "fleet.json").write_text(json.dumps(fleet(agents)), "utf-8")
        return folder / "fleet.json"

    return make


def ways() -> dict[str, Way]:
    """All that is compared, by name."""
    pulumi = [("preview",), ("up", "--yes", "--skip-preview"), ("destroy", "--yes", "--skip-preview")]
    engine = tuple(("pulumi", *line, "--stack", "dev") for line in (pulumi[1], pulumi[0], pulumi[1], pulumi[2]))
    own = [("up", "dev", "--yes"), ("preview", "dev"), ("up", "dev", "--yes"), ("destroy", "dev", "--yes")]
    command = tuple((str(BIN / "managed-agents"), *line) for line in own)
    script = tuple((sys.executable, "script.py", verb) for verb in ("up", "preview", "up", "destroy"))
    places = os.environ["PATH"].split(os.pathsep)
    without_cli = os.pathsep.join(place for place in places if not (Path(place) / "pulumi").exists())
    return {
        "ours, pulumi": Way(ours, engine),
        "ours, managed-agents": Way(ours, command),
        "ours, trial engine": Way(ours, command, without_cli),
        "SDK provider, blind": Way(naive("Blind"), engine),
        "SDK provider, get each": Way(naive("Looking"), engine),
        "SDK script, 32 threads": Way(naive("Blind"), script),
    }


def measured(way: Way, folder: Path, url: str, agents: int, rounds: int) -> Measured:
    """What a way costs."""
    folder.mkdir(parents=True)
    runtime = f'{{name: python, options: {{virtualenv: "{sys.prefix}"}}}}'
    (folder / "Pulumi.yaml").write_text(f"name: {folder.name}\nruntime: {runtime}\n", "utf-8")
    state = folder / "state"
    state.mkdir()
    environment = {
        **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
        "PATH": way.path,
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "bench",
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    edited = way.make(folder, agents)
    run = Runner(folder, environment, url)
    if way.commands[0][0] == "pulumi":
        run(("pulumi", "stack", "init", "dev"))
    create, preview, up, destroy = way.commands
    created = run(create)
    kept = state_bytes(folder)
    figures = [created, Figure.median([run(preview) for _ in range(rounds)])]
    edited.write_text(edited.read_text("utf-8").replace("You are desk 0 ", "You are the first desk "), "utf-8")
    return Measured([*figures, run(up), run(destroy)], kept)


def state_bytes(folder: Path) -> int:
    """How large a project's state is, of either engine."""
    kept = (folder / "state/.pulumi/stacks", folder / ".managed-agents/trial")
    return sum(file.stat().st_size for place in kept for file in place.rglob("dev.json"))


@dataclass(frozen=True)
class Runner:
    """Runs commands of one project."""

    folder: Path
    environment: dict[str, str]
    url: str

    def __call__(self, command: tuple[str, ...]) -> Figure:
        """Run a command to its end, and that of all that it leaves behind."""
        httpx.post(f"{self.url}/_emulator/reset-requests")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            memory = Memory(process.pid)
            status = process.wait()
            wall = time.monotonic() - began
            most = memory.stop()
            _reap_orphans(process.pid)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            output.seek(0)
            if status:
                sys.exit(f"{' '.join(command)}: exit {status}\n{output.read()[-4000:]}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        requests = len(httpx.get(f"{self.url}/_emulator/requests").json()["requests"])
        print(f"{' '.join(command)}: {cpu:.1f} CPU s, {wall:.1f} s", file=sys.stderr)
        return Figure(cpu, wall, most, requests)


class Memory:
    """Watches what the processes of a session hold together, in MB."""

    def __init__(self, session: int) -> None:
        self._session, self._most, self._over = session, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        """The most that was seen."""
        self._over.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._over.wait(SAMPLED_EVERY):
            held = 0
            for pid in _session(self._session):
                with suppress(OSError):  # it has ended meanwhile
                    held += int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
            self._most = max(self._most, held * resource.getpagesize() / 1e6)


def _session(leader: int) -> Iterable[int]:
    """The processes of a session."""
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdecimal() and os.getsid(int(folder.name)) == leader:
                yield int(folder.name)


def _reap_orphans(session: int) -> None:
    """Wait for what the engine left without waiting for it, which is ours then: else nobody counts its seconds."""
    for pid in list(_session(session)):
        with suppress(OSError):
            os.waitpid(pid, 0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, nargs="+", default=[200])
    parser.add_argument("--latency", type=int, default=100, help="milliseconds before every answer")
    parser.add_argument("--rounds", type=int, default=3, help="no-op previews per project; the median is shown")
    parser.add_argument("--only", nargs="+", default=list(ways()), choices=list(ways()), help="what to compare")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    results: dict[str, dict[int, Measured]] = {name: {} for name in options.only}
    with tempfile.TemporaryDirectory() as folder:
        for agents in options.agents:
            for index, name in enumerate(options.only):
                process, url = start_emulator(Path(folder) / f"emulator-{agents}-{index}")
                try:
                    slow = {"latency_ms": options.latency, "times": EVERY_ANSWER}
                    httpx.post(f"{url}/_emulator/faults", json=slow).raise_for_status()
                    project = Path(folder) / f"project-{agents}-{index}"
                    results[name][agents] = measured(ways()[name], project, url, agents, options.rounds)
                finally:
                    process.terminate()
                    process.wait()
            show(agents, {name: figures[agents] for name, figures in results.items()}, options.latency)
    if len(options.agents) > 1:
        show_growth(results, options.agents)


def show(agents: int, columns: dict[str, Measured], latency: int) -> None:
    """The table of one size."""
    print(f"\n{agents} agents, {latency} ms per answer: CPU s / s, MB, requests; below, as multiples of blind")
    blind = columns.get("SDK provider, blind")
    print(f"{'':22}" + "".join(f"{name:>27}" for name in columns))
    for index, row in enumerate(ROWS):
        figures = [column.figures[index] for column in columns.values()]
        cells = [f"{one.cpu:.1f} / {one.wall:.1f} {one.memory:6.0f} {one.requests:5}" for one in figures]
        print(f"{row:22}" + "".join(f"{cell:>27}" for cell in cells))
        if blind:
            ratios = [
                f"x{one.cpu / blind.figures[index].cpu:.2f} / x{one.wall / blind.figures[index].wall:.2f}"
                for one in figures
            ]
            print(f"{'':22}" + "".join(f"{ratio:>27}" for ratio in ratios))
    held = [f"{column.state / agents:.0f}" if column.state else "none" for column in columns.values()]
    print(f"{'state, bytes per agent':22}" + "".join(f"{cell:>27}" for cell in held))
    sys.stdout.flush()


def show_growth(results: dict[str, dict[int, Measured]], sizes: list[int]) -> None:
    """How many times the CPU seconds of the first size each further one costs."""
    print(f"\nCPU seconds as multiples of those at {sizes[0]} agents")
    for name, by_size in results.items():
        first = by_size[sizes[0]].figures
        for index, row in enumerate(ROWS):
            grown = [f"{size}: x{by_size[size].figures[index].cpu / first[index].cpu:.1f}" for size in sizes[1:]]
            print(f"{name:24} {row:22} {', '.join(grown)}")


def start_emulator(data: Path) -> tuple[subprocess.Popen[str], str]:
    """An emulator process and its URL."""
    command = [sys.executable, "-m", "managed_agents_emulator", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # noqa: S101 - asked for above
    line = process.stdout.readline()
    return process, next(word for word in line.split() if word.startswith("http://"))


if __name__ == "__main__":
    main()
