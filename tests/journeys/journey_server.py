"""The servers that stages are deployed to, and what tests ask of them beside the API."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from anthropic import Anthropic

from managed_agents_emulator import Settings, running

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-ant-journeys-0123456789"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running server: its URL, and the official SDK as the hand that edits behind our back."""

    url: str
    hand: Anthropic

    def inject(self, *faults: dict[str, Any]) -> None:
        """Let requests go wrong, in the emulator's own words."""
        httpx.post(f"{self.url}/_emulator/faults", json=list(faults), timeout=60).raise_for_status()

    def holding(self, count: int) -> None:
        """Wait until as many requests took effect and have no answer, by faults that hold them."""
        answer = httpx.get(f"{self.url}/_emulator/held", params={"at_least": count}, timeout=60)
        assert answer.raise_for_status().json()["held"] == count

    def switch(self, **facts: Any) -> None:
        """Answer from now on as another of the possible APIs would."""
        httpx.put(f"{self.url}/_emulator/switches", json=facts, timeout=60).raise_for_status()

    def script(self, text: str) -> None:
        """Say how agents answer from now on."""
        httpx.put(f"{self.url}/_emulator/script", content=text, timeout=60).raise_for_status()

    def requests(self) -> list[str]:
        """What was asked since the last question, as ``METHOD path``."""
        report = httpx.get(f"{self.url}/_emulator/requests", timeout=60).raise_for_status().json()
        httpx.post(f"{self.url}/_emulator/reset-requests", timeout=60).raise_for_status()
        return [f"{one['method']} {one['path']}" for one in report["requests"]]

    def writes(self) -> list[str]:
        """What was written since the last question."""
        return [one for one in self.requests() if not one.startswith("GET ")]

    def agents(self) -> dict[str, Any]:
        """The unarchived agents by name."""
        return {one.name: one for one in self.hand.beta.agents.list()}

    def environments(self) -> dict[str, Any]:
        """The unarchived environments by name."""
        return {one.name: one for one in self.hand.beta.environments.list()}

    def skills(self) -> dict[str, Any]:
        """The skills by display name."""
        return {one.display_name: one for one in self.hand.skills.list(source="custom")}


@contextmanager
def emulator(data: Path, **keys: str) -> Iterator[Server]:
    """An emulator with its state in `data`, for the length of the block; `keys` are workspaces by accepted API key."""
    with (
        running(Settings(port=0, data=data, keys=keys)) as url,
        Anthropic(api_key=KEY, base_url=url, max_retries=0) as hand,
    ):
        yield Server(url, hand)


@contextmanager
def local_emulator(project: Path) -> Iterator[Server]:
    """An emulator as `--emulator` finds it in a project, for the length of the block; what it holds is in there too."""
    place = project / ".managed-agents"
    place.mkdir(mode=0o700, exist_ok=True)
    with emulator(place / "emulator") as server:
        (place / "emulator.json").write_text(json.dumps({"url": server.url}), encoding="utf-8")
        yield server


@contextmanager
def foreign() -> Iterator[Server]:
    """A server process of somebody else's, for the length of the block; it says where it listens in its first line."""
    command = [sys.executable, "-m", "tests.journeys.foreign_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            url = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
            with Anthropic(api_key=KEY, base_url=url, max_retries=0) as hand:
                yield Server(url, hand)
        finally:
            process.terminate()
