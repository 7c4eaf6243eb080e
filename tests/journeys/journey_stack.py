"""A Pulumi project on disk and the real CLI over it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.reconcile.packed_record import unpacked
from tests.key_service import SECRETS_PROVIDER
from tests.quick_start.beginning import in_full, quick_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PULUMI = shutil.which("pulumi") or ""
needs_pulumi = pytest.mark.pulumi_cli
NOISE = re.compile(r"Traceback|KeyboardInterrupt|File \"|error: Program failed|RunError|Exception ignored")
COUNT = re.compile(r"(?:^ +[+~-]* ?|\. )(\d+) ([a-z ]+)$", re.MULTILINE)
OURS = "pulumi-python:dynamic/managedagents:"
CALLERS_OWN = ("ANTHROPIC_", "MANAGED_AGENTS_", "PULUMI_")
PROJECT = """\
name: journey
stackConfigDir: stacks
runtime:
  name: python
  options:
    virtualenv: {virtualenv}
"""


@dataclass(frozen=True)
class Run:
    """One call of the CLI: its exit code, and everything it printed."""

    code: int
    text: str

    @property
    def noise(self) -> list[str]:
        """The lines that no person should ever see."""
        return [line for line in self.text.splitlines() if NOISE.search(line)]

    @property
    def tally(self) -> dict[str, int]:
        """How many resources of which outcome, as the summary counts them: ``{"unchanged": 6, "to update": 1}``."""
        summary = self.text.rpartition("Resources:\n")[2]
        return {words: int(count) for count, words in COUNT.findall(summary)}

    def says(self, *parts: str) -> bool:
        """Whether all the parts stand on one line."""
        return any(all(part in line for part in parts) for line in self.text.splitlines())

    def succeeded(self) -> Run:
        """The run itself, which must have gone well."""
        assert (self.code, self.noise) == (0, []), self.text
        return self

    def stopped(self, *parts: str) -> Run:
        """The run itself, which must have failed with the parts on one line of its errors, and without noise."""
        assert (self.code, self.noise) == (1, []), self.text
        assert self.says("error: ", *parts), self.text
        return self


@dataclass(frozen=True)
class Running:
    """A command that runs in a session of its own, so that its processes can be distinguished from all others."""

    process: subprocess.Popen[str]

    def kill(self, module: str = "", when: Callable[[], bool] = lambda: True) -> Run:
        """End its processes that run this Python module, or all, without a chance to tidy up; what came of it.

        They stand still while `when` says whether this is the moment; until it is, they go on.
        """
        deadline = time.monotonic() + 60
        while not (self._signal(module, signal.SIGSTOP) and when()):
            assert time.monotonic() < deadline
            self._signal(module, signal.SIGCONT)
            time.sleep(0.01)
        self._signal(module, signal.SIGKILL)
        text, _ = self.process.communicate(timeout=300)
        return Run(self.process.returncode, text)

    def _signal(self, module: str, signal_: signal.Signals) -> bool:
        """Signal its processes that run this module; whether all of their threads stand still."""
        signalled = [id for id, words in self._processes() if module in words]
        for id in signalled:
            with suppress(ProcessLookupError):
                os.kill(id, signal_)
        return all(state in "TZX" for id in signalled for state in _states(id))

    def _processes(self) -> Iterator[tuple[int, list[str]]]:
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.getsid(int(folder.name)) == self.process.pid:
                    yield int(folder.name), ["", *(folder / "cmdline").read_text("utf-8").split("\0")]


@dataclass
class Stack:
    """A project folder with a file backend of its own; `env` is what the CLI is given beside it."""

    folder: Path
    home: Path
    env: dict[str, str] = field(default_factory=dict)
    name: str = "dev"

    @property
    def project(self) -> Path:
        """Where the program is."""
        return self.folder / "project"

    @property
    def settings(self) -> Path:
        """The stack's configuration file."""
        return self.project / "stacks" / f"Pulumi.{self.name}.yaml"

    @property
    def definitions(self) -> Path:
        """The stage's folder."""
        return self.project / "stacks" / self.name

    def init(self, program: str = "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n") -> None:
        """Make the project: a program, an empty stage, the stack."""
        (self.folder / "backend").mkdir(parents=True, exist_ok=True)
        self.run_in(quick_environment())
        self.write("__main__.py", program)
        self.definitions.mkdir(parents=True, exist_ok=True)
        self.init_stack()

    def run_in(self, environment: str) -> None:
        """Have the program and its provider run in this virtual environment."""
        self.write("Pulumi.yaml", PROJECT.format(virtualenv=json.dumps(environment)))

    def init_stack(self) -> None:
        """Make the stack in the project."""
        self.pulumi("stack", "init", self.name, "--secrets-provider", SECRETS_PROVIDER).succeeded()

    def copy_to(self, folder: Path) -> Stack:
        """The same project and state once more, to go on from here."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Stack(folder, self.home, dict(self.env), self.name)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a text in a definition file, in which it must stand."""
        file = self.definitions / path
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after), encoding="utf-8")

    def configure(self, **values: str) -> None:
        """Set plain configuration of the ``managed-agents`` namespace, in place of all that was set this way before."""
        head = self.settings.read_text(encoding="utf-8") if self.settings.exists() else ""
        kept = head.partition("config:\n")[0]
        lines = [f"  managed-agents:{key}: {json.dumps(value)}\n" for key, value in values.items()]
        self.settings.write_text(kept + ("config:\n" + "".join(lines) if lines else ""), encoding="utf-8")

    def up(self, *options: str) -> Run:
        """`pulumi up` without its preview, which is the same program and provider once more."""
        return self.pulumi("up", "--yes", "--skip-preview", *options)

    def up_with_preview(self, *options: str) -> Run:
        """`pulumi up` as people call it."""
        return self.pulumi("up", "--yes", *options)

    def preview(self, *options: str) -> Run:
        """`pulumi preview`."""
        return self.pulumi("preview", *options)

    def refresh(self, *options: str) -> Run:
        """`pulumi refresh`."""
        return self.pulumi("refresh", "--yes", "--skip-preview", *options)

    def destroy(self, *options: str) -> Run:
        """`pulumi destroy`."""
        return self.pulumi("destroy", "--yes", "--skip-preview", *options)

    def pulumi(self, *arguments: str) -> Run:
        """Call the CLI in the project; it sees nothing of the caller's own credentials."""
        done = subprocess.run(
            [PULUMI, *arguments, "--non-interactive", "--color", "never"],
            cwd=self.project,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def started(self, *arguments: str) -> Running:
        """Start the CLI in the project as `pulumi` does, to be killed."""
        process = subprocess.Popen(
            [PULUMI, *arguments, "--non-interactive", "--color", "never"],
            cwd=self.project,
            env=in_full(self.environment()),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return Running(process)

    def has_written(self, pending: int) -> bool:
        """Whether the state is whole and so many steps are recorded as under way.

        The CLI's own file backend does not survive being killed while it writes.
        """
        return _pending(self.folder / f"backend/.pulumi/stacks/journey/{self.name}.json") == pending

    def managed_agents(self, *arguments: str) -> Run:
        """Call our own command in the project."""
        done = subprocess.run(
            [sys.executable, "-m", "pulumi_managed_agents.cli", *arguments],
            cwd=self.project,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def export(self) -> str:
        """The whole state, secrets encrypted, in the form in which the CLI exports it, but with records unpacked.

        A search for what may not stand in a state would not find it in a packed one.
        """
        recorded = self._recorded()
        return json.dumps({"version": recorded["version"], "deployment": recorded["checkpoint"]["latest"]})

    def resources(self) -> dict[str, dict[str, Any]]:
        """What the state holds, by resource name, without the stack and the provider."""
        return {urn.rpartition("::")[2]: one for urn, one in self.by_urn().items()}

    def by_urn(self) -> dict[str, dict[str, Any]]:
        """The same by the types and the name in the URN, with ours in short: ``acme:support:Desk$Agent::triage``."""
        found = self._recorded()["checkpoint"]["latest"].get("resources") or []
        ours = [one for one in found if OURS in one["type"]]
        return {one["urn"].split("::", 2)[2].replace(OURS, ""): one for one in ours}

    @property
    def file(self) -> Path:
        """Where its state is."""
        return next((self.folder / "backend").glob(f".pulumi/stacks/*/{self.name}.json"))

    def _recorded(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        for resource in found["checkpoint"]["latest"].get("resources") or []:
            resource.update({side: unpacked(resource[side]) for side in ("inputs", "outputs") if side in resource})
        return found

    def outputs(self) -> dict[str, Any]:
        """What the state records of each resource."""
        return {name: one["outputs"] for name, one in self.resources().items()}

    def id(self, name: str) -> str:
        """The id of a resource's object."""
        return str(self.resources()[name]["id"])

    def environment(self) -> dict[str, str]:
        """The environment of every command: the caller's without its credentials, and the stack's own."""
        own = {key: value for key, value in os.environ.items() if not key.startswith(CALLERS_OWN)}
        pulumi = {
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": (self.folder / "backend").as_uri(),
            "PULUMI_STACK": self.name,
            "PULUMI_PARALLEL": "16",  # else four times the processors, and tests count steps that are under way
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        return own | pulumi | self.env


def _states(process: int) -> Iterator[str]:
    """What each thread of a process is doing, by the letter that Linux gives it: ``T`` is that it stands still."""
    for thread in Path(f"/proc/{process}/task").glob("*/stat"):
        with suppress(OSError):
            yield thread.read_text("utf-8").rpartition(")")[2].split()[0]


def _pending(state: Path) -> int:
    """How many steps a state file records as under way; -1 where it is not whole."""
    try:
        found = json.loads(state.read_text("utf-8"))
    except (OSError, ValueError):
        return -1
    return len(found["checkpoint"]["latest"].get("pending_operations") or ())
