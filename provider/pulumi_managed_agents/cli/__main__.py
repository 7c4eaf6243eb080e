"""`python -m pulumi_managed_agents.cli` is `managed-agents`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pulumi_managed_agents import one_command
from pulumi_managed_agents.cli import main
from pulumi_managed_agents.garbage import collect_seldom

if TYPE_CHECKING:
    from types import TracebackType


def run() -> None:
    """The entry point of `managed-agents`: run one command, which has the process to itself."""
    collect_seldom()
    one_command.begin()
    sys.excepthook = _show_defect
    try:
        main()
    except SystemExit as end:
        if one_command.a_program_is_running():  # else Python would wait for its thread
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code if isinstance(end.code, int) else 1)
        raise


def _show_defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Show a traceback as Python does, without secrets."""
    import traceback

    from pulumi_managed_agents.scrubbing import KNOWN
    from pulumi_managed_agents.words import harmless

    sys.stderr.write(harmless(KNOWN.scrubber().text("".join(traceback.format_exception(kind, error, trace)))))


if __name__ == "__main__":
    run()
