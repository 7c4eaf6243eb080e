"""How fast smoke tests are followed, and how many run side by side.

    python bench/smoke.py --tests 8 --seconds 3 --drops 50

Needs no Pulumi CLI: the runner talks to an emulator process of its own. Figures of one run may be compared with each
other, not with those of another machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from bench import start_emulator
from pulumi_managed_agents import smoke
from pulumi_managed_agents.api import Client, Settings

CHATTER = 2000
"""How many events the chattering session has, at least."""


def script(seconds: float) -> dict[str, object]:
    """What the emulator's agents do: one waits so long, one chatters."""
    chatter = [{"tool": {"name": "read"}}, {"reply": "more"}] * (CHATTER // 5)
    return {
        "rules": [
            {"match": {"message": "wait"}, "do": [{"delay_ms": int(seconds * 1000)}, {"reply": "Done."}]},
            {"match": {"message": "chatter"}, "do": chatter},
        ]
    }


class Bench:
    """An emulator with one agent, and the runner against it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.client = Client(Settings(url, {"x-api-key": "bench"}, "bench"))
        tools = [{"type": "agent_toolset_20260401"}]
        agent = self.client.agents.create({"name": "bench", "model": "claude-haiku-5-5", "tools": tools})
        environment = self.client.environments.create({"name": "bench"})
        self.target = smoke.SmokeTarget(agent["id"], agent["version"], environment["id"])

    def script(self, seconds: float) -> None:
        """Let a waiting session take so long."""
        httpx.put(f"{self.url}/_emulator/script", json=script(seconds)).raise_for_status()

    def drop(self, times: int, after: int) -> None:
        """Let so many streams break off after so many events."""
        fault = {"path": ".*/stream", "stream_events": after, "times": times}
        httpx.post(f"{self.url}/_emulator/faults", json=fault).raise_for_status()

    def run(self, count: int, send: str) -> tuple[float, list[int]]:
        """Run so many tests at once; the seconds it took, and how many different events each transcript holds."""
        body = {"budget_usd": 100, "timeout_seconds": 300, "send": send, "expect": {"no_errors": True}}
        tests = [smoke.RunnableTest(f"t{number}", body, self.target) for number in range(count)]
        began = time.monotonic()
        results = smoke.run_all(
            self.client, tests, directory=self.folder, say=lambda _: None, stop=threading.Event(), concurrency=count
        )
        seconds = time.monotonic() - began
        if red := [result.failures for result in results if not result.passed]:
            sys.exit(f"a smoke test failed: {red[0]}")
        return seconds, [_events(Path(result.transcript)) for result in results]


def _events(transcript: Path) -> int:
    lines = [json.loads(line) for line in transcript.read_text("utf-8").splitlines()]
    ids = [line["id"] for line in lines if "id" in line]
    if len(ids) != len(set(ids)):
        sys.exit(f"{transcript}: an event stands there twice")
    return len(ids)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=8, help="sessions side by side")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each of them takes")
    parser.add_argument("--drops", type=int, default=50, help="streams that break off during one session")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, url = start_emulator(Path(folder) / "emulator")
        try:
            measure(Bench(url, Path(folder)), options)
        finally:
            process.terminate()
            process.wait()


def measure(bench: Bench, options: argparse.Namespace) -> None:
    """The three figures."""
    bench.script(options.seconds)
    seconds, _ = bench.run(options.tests, "wait")
    print(f"{options.tests} sessions of {options.seconds:g} s side by side: {seconds:.1f} s")
    seconds, [events] = bench.run(1, "chatter")
    print(f"one session of {events} events: {events / seconds:.0f} events per second")
    bench.drop(options.drops, after=20)
    seconds, [again] = bench.run(1, "chatter")
    print(f"the same with {options.drops} streams that drop: {again / seconds:.0f} events per second", end=", ")
    print("none lost and none twice" if again == events else f"{events - again} events lost")


if __name__ == "__main__":
    main()
