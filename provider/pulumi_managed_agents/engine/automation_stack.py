"""A stack of Pulumi's Automation API that starts the CLI only where its answer is used, and selects no stack."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from pulumi.automation import (
    CommandError,
    CommandResult,
    Deployment,
    InvalidVersionError,
    LocalWorkspace,
    PulumiCommand,
    Stack,
    StackAlreadyExistsError,
    StackNotFoundError,
    UpdateSummary,
)
from semver import VersionInfo

from pulumi_managed_agents.engine.cli_version import fingerprint, remember, remembered
from pulumi_managed_agents.engine.own_backend import BACKEND, backend_address, recorded_in, state_file
from pulumi_managed_agents.engine.project import INSTALL
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pulumi.automation import OutputMap

SKIP_CHECK = "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK"
"""The variable with which the Automation API takes a CLI of any version."""


class AutomationStack(Stack):
    """A stack whose runs are followed by their events, and whose state is exported encrypted.

    After each run the Automation API has the CLI print the outputs, twice, and the history, decrypted: three starts,
    about a second, for an answer that says less than the events did. It also decrypts what it exports.
    """

    workspace: _ProjectWorkspace

    def __init__(self, opened: Stack) -> None:
        vars(self).update(vars(opened))  # not by the constructor, which would open the stack once more

    def outputs(self) -> OutputMap:
        """Nothing: the last event of a run holds them."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:  # noqa: ARG002  # the API's signature
        """An empty summary: `up` of the Automation API needs one."""
        return UpdateSummary("", datetime.now(UTC), "", {}, {}, "")

    def export_in_clear(self) -> Deployment:
        """The state; a secret in it is a marker and its value."""
        with self.workspace.noting_existence(self.name):
            return super().export_stack()

    def export_stack(self) -> Deployment:
        """The state; a secret in it is a marker and a cipher."""
        file = self.workspace.state_file(self.name)
        state = recorded_in(file) if file else None
        if state is None:
            with self.workspace.noting_existence(self.name):
                state = json.loads(self.workspace.start("stack", "export", "--stack", self.name))
        return Deployment(state["version"], state["deployment"])


_known_stacks = dict[tuple[str, str, str | None], bool]()
"""Which stacks this process has seen exist, and which not: by project folder, name and backend.

An up opens its stack three times, each with other variables, and no command removes one.
"""


class _ProjectWorkspace(LocalWorkspace):
    """A project's folder, in which the stack that a person has selected stays selected.

    The Automation API selects each stack that it opens: after a preview of `prod` a plain `pulumi up` would go there.
    """

    def select_stack(self, stack_name: str) -> None:
        """Nothing: every command is told its stack, and says itself where there is none."""

    def find(self, stack_name: str, *, new: bool) -> None:
        """Learn whether the stack exists: from its file, where one can be seen, or else from the CLI.

        Nobody is asked for a `new` one.
        """
        if new:
            _known_stacks.setdefault(self._key(stack_name), False)
        elif self.state_file(stack_name):
            _known_stacks[self._key(stack_name)] = True
        if self._key(stack_name) not in _known_stacks:
            with suppress(StackNotFoundError), self.noting_existence(stack_name):
                self.start("stack", "--show-name", "--stack", stack_name)

    def make_unless_found(self, stack_name: str) -> None:
        """Make the stack that was looked for, unless it exists; nothing is selected."""
        if not _known_stacks[self._key(stack_name)]:
            with suppress(StackAlreadyExistsError):  # somebody else has made it since
                self.start("stack", "init", stack_name, "--no-select")
            _known_stacks[self._key(stack_name)] = True

    def state_file(self, stack_name: str) -> Path | None:
        """The file in which the stack lies, where one can be seen."""
        settings = self.project_settings()
        of_project = settings.backend.url if settings.backend else None
        return state_file(backend_address(of_project, {**os.environ, **self.env_vars}), settings.name, stack_name)

    @contextmanager
    def noting_existence(self, stack_name: str) -> Iterator[None]:
        """Learn from a command of the block whether the stack exists."""
        try:
            yield
        except StackNotFoundError:
            _known_stacks[self._key(stack_name)] = False
            raise
        _known_stacks[self._key(stack_name)] = True

    def start(self, *arguments: str) -> str:
        """Start the CLI; what it prints."""
        return self.pulumi_command.run([*arguments], self.work_dir, self.env_vars).stdout

    def _key(self, stack_name: str) -> tuple[str, str, str | None]:
        return self.work_dir, stack_name, self.env_vars.get(BACKEND)


def open_automation_stack(
    folder: Path, stage: str, env: Mapping[str, str], *, create: bool, new: bool = False
) -> AutomationStack:
    """Open a stack of the project in a folder. With `create` it is made if there is none; else its commands say so.

    `new` is one that nobody can have made before this process.

    Raises:
        CommandError: the CLI cannot open it.
    """
    workspace = _ProjectWorkspace(work_dir=str(folder), env_vars=env, pulumi_command=pulumi_for_reading())
    if create:
        with ThreadPoolExecutor(1) as beside:
            pulumi = beside.submit(pulumi_for_runs)
            workspace.find(stage, new=new)
        workspace.pulumi_command = pulumi.result()
        workspace.make_unless_found(stage)
    return AutomationStack(Stack.select(stage, workspace))


def pulumi_for_reading() -> PulumiCommand:
    """The CLI on PATH, for what every version does in the same way."""
    return _PulumiOfAnyVersion()


class _PulumiUnasked(PulumiCommand):
    """The CLI on PATH, which the Automation API would start to ask for its version."""

    def __init__(self, version: VersionInfo | None = None) -> None:
        self.command, self.version = "pulumi", version


class _PulumiOfAnyVersion(_PulumiUnasked):
    """Its version is asked where it refuses something, which an old one may; a start for that alone takes long."""

    def run(self, *arguments: Any, **options: Any) -> CommandResult:
        """Run a command.

        Raises:
            CommandError: it refuses that.
            ManagedAgentsError: it does not start, or is too old for Pulumi's SDK.
        """
        try:
            return super().run(*arguments, **options)
        except StackNotFoundError:
            raise
        except (OSError, CommandError):
            pulumi_for_runs()
            raise


@cache
def pulumi_for_runs() -> PulumiCommand:
    """The CLI on PATH, for runs. It is started to ask for its version, unless an earlier command has done so.

    Raises:
        ManagedAgentsError: it does not start, or is too old for Pulumi's SDK.
    """
    asked = fingerprint(metadata.version("pulumi"))
    if asked and (version := remembered(asked)):
        with suppress(ValueError):
            return _PulumiUnasked(VersionInfo.parse(version))
    try:
        command = PulumiCommand()
    except (OSError, subprocess.SubprocessError, InvalidVersionError) as error:
        raise ManagedAgentsError(f"the Pulumi CLI on PATH cannot be used: {error}; see {INSTALL}") from None
    if asked and command.version and SKIP_CHECK not in os.environ:
        remember(asked, str(command.version))
    return command
