"""A job of a workflow: its steps in order, in a fresh clone. Every ``run:`` is executed by bash as it stands.

What stands in for others is at the process border: GitHub's command line (`github_cli.py`), the making of an
environment, and the actions of GitHub and Pulumi.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import yaml

from tests.commands.ci.workflow_expressions import holds, values_filled
from tests.quick_start.beginning import quick_start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GIT = shutil.which("git") or "git"
Body = dict[str, Any]


@dataclass(frozen=True)
class Machine:
    """What every job finds: variables, a folder of programs, and outside the clone what GitHub and Pulumi keep."""

    variables: Mapping[str, str]
    programs: Path
    origin: Path
    states: Path
    log: Path


@dataclass
class Job:
    """A job that is running; steps add to its environment and its search path, and may let it fail."""

    machine: Machine
    folder: Path
    artifacts: Path
    contexts: Body
    environment: dict[str, str]
    path: list[str]
    failed: bool = False

    def step(self, step: Body) -> None:
        """Do what a step says, if its condition holds."""
        if not holds(str(step.get("if", "")), self.contexts, failed=self.failed):
            return
        inputs = values_filled(step.get("with", {}), self.contexts)
        if "run" in step:
            done = self._script(step)
        elif step["uses"].startswith("./"):
            done = self._own_action(step["uses"], inputs)
        else:
            done = self._action(step["uses"].split("@")[0], inputs)
        self.failed |= not done
        if "id" in step:
            outcome = {"outcome": "success" if done else "failure"}
            self.contexts = {**self.contexts, "steps": {**self.contexts.get("steps", {}), step["id"]: outcome}}

    def _script(self, step: Body) -> bool:
        files = {name: self.folder.with_name(f"{self.folder.name}-{name}") for name in ("ENV", "PATH", "STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        environment = {
            **quick_start(),
            **self.machine.variables,
            **self.environment,
            **values_filled(step.get("env", {}), self.contexts),
            **{f"GITHUB_{name}": str(file) for name, file in files.items()},
            "RUNNER_TEMP": self.contexts["runner"]["temp"],
            "GITHUB_REPOSITORY": self.contexts["github"]["repository"],
            "PATH": os.pathsep.join([*self.path, str(self.machine.programs), "/usr/bin", "/bin"]),
        }
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if step.get("shell") == "bash" else ["-e"]
        with self.machine.log.open("a") as log:
            done = subprocess.run(
                ["/bin/bash", *options, "-c", step["run"]],
                cwd=self.folder / step.get("working-directory", "."),
                env=environment,
                stdout=log,
                stderr=log,
                check=False,
            )
        for line in files["ENV"].read_text("utf-8").splitlines():
            name, _, text = line.partition("=")
            self.environment[name] = text
        self.path[:] = files["PATH"].read_text("utf-8").splitlines()
        return done.returncode == 0

    def _own_action(self, path: str, inputs: Mapping[str, str]) -> bool:
        action = yaml.safe_load((self.folder / path / "action.yml").read_text(encoding="utf-8"))
        given = {**{name: one["default"] for name, one in action["inputs"].items()}, **inputs}
        inner = replace(self, contexts={**self.contexts, "inputs": given}, failed=False)
        for step in action["runs"]["steps"]:
            inner.step(step)
        return not inner.failed

    def _action(self, name: str, inputs: Mapping[str, str]) -> bool:
        place = self.folder / inputs.get("path", ".")  # which may be absolute
        if name == "actions/checkout":
            self._check_out()
        elif name == "actions/upload-artifact":
            if place.is_dir():
                shutil.copytree(place, self.artifacts / inputs["name"])
            elif place.is_file():
                (self.artifacts / inputs["name"]).mkdir(parents=True)
                shutil.copy(place, self.artifacts / inputs["name"])
        elif name == "actions/download-artifact":
            found = sorted(self.artifacts.glob(inputs.get("pattern", inputs.get("name", ""))))
            for one in found:
                shutil.copytree(one, place, dirs_exist_ok=True)
            return bool(found) or "pattern" in inputs
        elif name not in {"actions/setup-python", "pulumi/actions"}:
            raise ValueError(name)
        return True

    def _check_out(self) -> None:
        """Clone; the trial engine keeps its state in the project, so a job that may have it is lent it there."""
        branch = self.contexts["github"]["ref_name"]
        subprocess.run([GIT, "clone", "--quiet", "--branch", branch, self.machine.origin, self.folder], check=True)
        for project in self.folder.rglob("Pulumi.yaml") if "PULUMI_CONFIG_PASSPHRASE" in self.environment else ():
            project.with_name(".managed-agents").symlink_to(self.machine.states)
