"""A stack of Pulumi's Automation API that starts the CLI only for what somebody reads, and selects nothing."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from pulumi.automation import Deployment, InvalidVersionError, LocalWorkspace, PulumiCommand, Stack, UpdateSummary

from pulumi_managed_agents.engine.project import INSTALL
from pulumi_managed_agents.errors import ManagedAgentsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi.automation import OutputMap


class AutomationStack(Stack):
    """A stack whose runs are known by their events, and whose state is read as it is recorded, encrypted.

    After each run the Automation API has the CLI print the outputs, twice, and the history, decrypted: three starts,
    about a second, for an answer that says less than the events did. It also decrypts what it exports.
    """

    def __init__(self, opened: Stack) -> None:
        vars(self).update(vars(opened))  # as the constructor leaves it, which would open it once more

    def outputs(self) -> OutputMap:
        """Nothing: they are the stack's last event."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:  # noqa: ARG002  # the API's signature
        """A summary that says nothing, which `up` insists on."""
        return UpdateSummary("", datetime.now(UTC), "", {}, {}, "")

    def export_stack(self) -> Deployment:
        """The state; a secret in it is a marker and a cipher."""
        place = self.workspace
        told = place.pulumi_command.run(["stack", "export", "--stack", self.name], place.work_dir, place.env_vars)
        state = json.loads(told.stdout)
        return Deployment(state["version"], state["deployment"])


_found = set[tuple[str, str, str | None]]()
"""The stacks that this process knows to be there: by project folder, name and backend."""


class _ProjectWorkspace(LocalWorkspace):
    """A project's folder, in which the person's own choice of a stack stays what it is.

    The Automation API selects each stack that it opens: after a look at `prod` a plain `pulumi up` would go there.
    """

    def select_stack(self, stack_name: str) -> None:
        """Make sure that there is one."""
        # An up opens its stack three times, each with other variables, and no command removes one.
        stack = (self.work_dir, stack_name, self.env_vars.get("PULUMI_BACKEND_URL"))
        if stack not in _found:
            self._start("stack", "--show-name", "--stack", stack_name)
            _found.add(stack)

    def create_stack(self, stack_name: str) -> None:
        """Make one."""
        self._start("stack", "init", stack_name, "--no-select")

    def _start(self, *arguments: str) -> None:
        self.pulumi_command.run([*arguments], self.work_dir, self.env_vars)


def open_automation_stack(folder: Path, stage: str, env: Mapping[str, str], *, create: bool) -> AutomationStack:
    """Open a stack of the project in a folder, or make it.

    Raises:
        StackNotFoundError: there is none, and none is to be made.
        CommandError: the CLI cannot open it.
    """
    place = _ProjectWorkspace(work_dir=str(folder), env_vars=env, pulumi_command=_pulumi())
    return AutomationStack((Stack.create_or_select if create else Stack.select)(stage, place))


@cache
def _pulumi() -> PulumiCommand:
    """The CLI on PATH, which is started to tell its version: once for all stages.

    Raises:
        ManagedAgentsError: it does not start, or is too old for Pulumi's SDK.
    """
    try:
        return PulumiCommand()
    except (OSError, subprocess.SubprocessError, InvalidVersionError) as error:
        raise ManagedAgentsError(f"the Pulumi CLI on PATH cannot be used: {error}; see {INSTALL}") from None
