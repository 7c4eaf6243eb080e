"""A stack of Pulumi's Automation API that starts the CLI only where its answer is used, and selects no stack."""

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
    """A stack whose runs are followed by their events, and whose state is exported encrypted.

    After each run the Automation API has the CLI print the outputs, twice, and the history, decrypted: three starts,
    about a second, for an answer that says less than the events did. It also decrypts what it exports.
    """

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
        return super().export_stack()

    def export_stack(self) -> Deployment:
        """The state; a secret in it is a marker and a cipher."""
        workspace = self.workspace
        export = ["stack", "export", "--stack", self.name]
        result = workspace.pulumi_command.run(export, workspace.work_dir, workspace.env_vars)
        state = json.loads(result.stdout)
        return Deployment(state["version"], state["deployment"])


_known_stacks = set[tuple[str, str, str | None]]()
"""The stacks that this process knows to exist: by project folder, name and backend."""


class _ProjectWorkspace(LocalWorkspace):
    """A project's folder, in which the stack that a person has selected stays selected.

    The Automation API selects each stack that it opens: after a preview of `prod` a plain `pulumi up` would go there.
    """

    def select_stack(self, stack_name: str) -> None:
        """Check that the stack exists; nothing is selected."""
        # An up opens its stack three times, each with other variables, and no command removes one.
        stack = (self.work_dir, stack_name, self.env_vars.get("PULUMI_BACKEND_URL"))
        if stack not in _known_stacks:
            self._start("stack", "--show-name", "--stack", stack_name)
            _known_stacks.add(stack)

    def create_stack(self, stack_name: str) -> None:
        """Make the stack; nothing is selected."""
        self._start("stack", "init", stack_name, "--no-select")

    def _start(self, *arguments: str) -> None:
        self.pulumi_command.run([*arguments], self.work_dir, self.env_vars)


def open_automation_stack(folder: Path, stage: str, env: Mapping[str, str], *, create: bool) -> AutomationStack:
    """Open a stack of the project in a folder, or make it.

    Raises:
        StackNotFoundError: there is none, and none is to be made.
        CommandError: the CLI cannot open it.
    """
    workspace = _ProjectWorkspace(work_dir=str(folder), env_vars=env, pulumi_command=_pulumi())
    return AutomationStack((Stack.create_or_select if create else Stack.select)(stage, workspace))


@cache
def _pulumi() -> PulumiCommand:
    """The CLI on PATH. It is started to ask for its version, once for all stages.

    Raises:
        ManagedAgentsError: it does not start, or is too old for Pulumi's SDK.
    """
    try:
        return PulumiCommand()
    except (OSError, subprocess.SubprocessError, InvalidVersionError) as error:
        raise ManagedAgentsError(f"the Pulumi CLI on PATH cannot be used: {error}; see {INSTALL}") from None
