"""What a pull came to. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_managed_agents.commands.pull.pulled import Pulled
    from pulumi_managed_agents.commands.pull.written_files import FileChange


@dataclass(frozen=True)
class PullReport:
    """What a pull came to, or with `dry_run` would.

    Attributes:
        stage: The stage.
        emulator: Whether the API is the local emulator.
        dry_run: Whether nothing was to be written.
        gated_by: The stage that has to prove what this one takes, or empty.
        pulled: What becomes of each resource that drifted.
        files: The files that change.
        failures: A line for each file that could not be edited.
    """

    stage: str
    emulator: bool = False
    dry_run: bool = False
    gated_by: str = ""
    pulled: tuple[Pulled, ...] = ()
    files: tuple[FileChange, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def clashes(self) -> bool:
        """Whether file and live clash somewhere."""
        return any(item.has("clash") for item in self.pulled)

    @property
    def exit_code(self) -> int:
        """What the command exits with: 6 for a clash, 1 where a file could not be edited."""
        return 6 if self.clashes else 1 if self.failures else 0
