from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import httpx

from tests.command_project import COMMAND, WITHOUT_CLI
from tests.journeys.production_stage import CANARY, FILES, MANAGED, VARIABLES

ROOT = Path(__file__).parents[2]
PROJECT = {
    "Pulumi.yaml": "name: shop\nstackConfigDir: stacks\nruntime: python\n",
    "__main__.py": "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n",
}
FIRST = ("agents", "environments", "vaults", "files", "memory_stores/[^/]+/memories")
"""Where what depends on nothing is made; of a memory store, its first seed."""


class Folder:
    """A project folder, and the command line in it on a machine without the Pulumi CLI."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {**os.environ, **VARIABLES, "PATH": WITHOUT_CLI}
        self.said = ""
        for path, text in {**PROJECT, **{f"stacks/dev/{path}": text for path, text in FILES.items()}}.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> str:
        """A command that must work; what it printed."""
        done = subprocess.run(
            [COMMAND, *arguments], cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.said += done.stdout + done.stderr
        return done.stdout

    def killed(self, posts: tuple[str, ...], *arguments: str) -> None:
        """Kill a command as soon as a POST to each of these paths took effect, none of which is answered."""
        url = json.loads((self.root / ".managed-agents/emulator.json").read_text("utf-8"))["url"]
        faults = [{"method": "POST", "path": f"/v1/{path}", "hold": True} for path in posts]
        httpx.post(f"{url}/_emulator/faults", json=faults).raise_for_status()
        with subprocess.Popen(
            [COMMAND, *arguments], cwd=self.root, env=self.environment, stdout=subprocess.DEVNULL
        ) as command:
            httpx.get(f"{url}/_emulator/held", params={"at_least": len(posts)}, timeout=60).raise_for_status()
            command.kill()


def test_a_whole_stage_without_the_pulumi_cli(tmp_path: Path) -> None:
    """The trial engine deploys every kind, also after a kill -9, has nothing to do then, and keeps no secret."""
    folder = Folder(tmp_path / "project")
    try:
        assert "no orphans of stage dev" in folder.run("orphans", "dev", "--emulator")
        folder.killed(FIRST, "up", "dev", "--emulator")
        again = folder.run("up", "dev", "--emulator")
        assert f"{MANAGED} created" in again
        assert again.count("made by an earlier run of this stack") == len(FIRST)
        assert "nothing to change, 0 write requests" in folder.run("up", "dev", "--emulator")
        folder.write("stacks/dev/files/prices.csv", "c,d\n")
        review = folder.run("preview", "dev", "--emulator")
        assert "file files/prices.csv → 1 deployment: deployments/nightly" in review
        assert "authorization_token" not in review
        folder.environment["MANAGED_AGENTS_SECRET_CRM_TOKEN"] = f"{CANARY}-rotated"
        assert "1 replaced, 2 updated" in folder.run("up", "dev", "--emulator")
        assert "nothing to change, 0 write requests" in folder.run("up", "dev", "--emulator")
        destroyed = folder.run("destroy", "dev", "--emulator")
        assert "\nagent agents/triage: archived for ever\n" in destroyed
        assert "\nenvironment environments/box: deleted, or archived for ever instead if sessions" in destroyed
        assert f"{MANAGED} removed" in destroyed
    finally:
        folder.run("emulator", "--stop")
    assert [path for path in tmp_path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()] == []
    assert CANARY not in folder.said
