"""What earlier code left behind, set up once more: a project, its state, and all that the emulator held."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.command_project import WITHOUT_CLI, Project
from tests.journeys.journey_server import Server, emulator, local_emulator
from tests.journeys.journey_stack import Stack
from tests.quick_start.beginning import quick_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

CODES = sorted(Path(__file__).parent.glob("at_*"))
"""The folders of what each earlier code left, by the commit of that code."""
SECRETS = {
    "MANAGED_AGENTS_SECRET_CRM_TOKEN": "made-up-crm-token",
    "MANAGED_AGENTS_SECRET_SHOP_API_KEY": "made-up-shop-api-key",
    "MANAGED_AGENTS_SECRET_MAIL_ACCESS": "made-up-mail-access",
    "MANAGED_AGENTS_SECRET_MAIL_REFRESH": "made-up-mail-refresh",
    "MANAGED_AGENTS_SECRET_MAIL_CLIENT": "made-up-mail-client",
    "MANAGED_AGENTS_SECRET_GITHUB": "made-up-github-token",
}
KEY, PASSPHRASE = "made-up-api-key-0123456789", "made-up-passphrase"
COMMIT = "0" * 40
"""Where the code is that goes on; the recorded results and receipts are of another commit."""
TRIAGE_ANSWERS = """
rules:
- match: {agent: Triage, message: "Where is order"}
  do:
  - reply: Let me look.
  - custom: {name: lookup_order, input: {id: 42}}
  - reply: "Order 42: $results"
"""
"""The script with which the smoke tests pass; without it, one of them fails as soon as it is run again."""


AT_THAT_TIME = {"web_domains_outside_hosts": "allow"}
"""What the API still let through when these stages were deployed; their tests go on."""


@dataclass(frozen=True)
class Left:
    """A project as an earlier code left it, and the emulator that holds its objects."""

    project: Project
    server: Server

    def state_of(self, stage: str) -> Path:
        """The file in which the trial engine keeps a stage."""
        return self.project.folder / f".managed-agents/trial/shop/{stage}.json"


@contextmanager
def by_trial_engine(code: Path, folder: Path) -> Iterator[Left]:
    """The stages that the trial engine deployed, for the length of the block."""
    left = code / "stage_by_trial_engine"
    project = Project(_files(code / "stage", left, folder / "project"), WITHOUT_CLI)
    project.environment |= SECRETS | {"GITHUB_SHA": COMMIT}
    state = project.folder / ".managed-agents/trial/shop"
    state.mkdir(parents=True)
    for file in left.glob("*.json"):
        shutil.copy(file, state)
    _restore(left, project.folder / ".managed-agents/emulator")
    with local_emulator(project.folder) as server:
        server.switch(**AT_THAT_TIME)
        yield Left(project, server)


@contextmanager
def by_pulumi_cli(code: Path, name: str, folder: Path, home: Path) -> Iterator[tuple[Stack, Server]]:
    """The stack that the Pulumi CLI deployed from the project of that name, for the length of the block."""
    left = code / f"{name}_by_pulumi_cli"
    _files(code / name, left, folder / "project")
    (folder / "backend").mkdir()
    path = os.pathsep.join([str(Path(quick_environment(), "bin")), os.environ["PATH"]])
    own = {"ANTHROPIC_API_KEY": KEY, "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE, "PATH": path}
    stack = Stack(folder, home, own | SECRETS | {"GITHUB_SHA": COMMIT})
    stack.pulumi("stack", "init", stack.name).succeeded()
    stack.pulumi("stack", "import", "--file", str(left / "dev.json")).succeeded()
    _restore(left, folder / "data")
    with emulator(folder / "data") as server:
        server.switch(**AT_THAT_TIME)
        stack.env["ANTHROPIC_BASE_URL"] = server.url
        yield stack, server


def unmoved(resource: dict[str, Any]) -> dict[str, Any]:
    """What an up that changes nothing must leave alone in a recorded resource, without encrypted texts."""
    return {key: _without_seals(resource[key]) for key in ("urn", "type", "id", "outputs")}


def _without_seals(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_seals(one) for key, one in value.items() if key != "ciphertext"}
    return [_without_seals(one) for one in value] if isinstance(value, list) else value


def _files(project: Path, left: Path, folder: Path) -> Path:
    """A copy of the project, with the stack files of the engine that deployed it; where it is."""
    shutil.copytree(project, folder)
    if (left / "stacks").is_dir():
        shutil.copytree(left / "stacks", folder / "stacks", dirs_exist_ok=True)
    return folder


def _restore(left: Path, data: Path) -> None:
    """Put what the emulator held into a data directory for it."""
    data.mkdir(parents=True)
    with closing(sqlite3.connect(data / "emulator.sqlite3")) as database:
        database.executescript((left / "emulator.sql").read_text("utf-8"))
