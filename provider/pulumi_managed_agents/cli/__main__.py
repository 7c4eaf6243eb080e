"""`python -m pulumi_managed_agents.cli` is `managed-agents`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pulumi_managed_agents.cli import main
from pulumi_managed_agents.garbage import collect_seldom

if TYPE_CHECKING:
    from types import TracebackType


def run() -> None:
    """Run one command in a process of its own."""
    collect_seldom()
    sys.excepthook = _show_defect
    main()


def _show_defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Show a traceback as Python does, without secrets."""
    import traceback

    from pulumi_managed_agents.scrubbing import KNOWN
    from pulumi_managed_agents.words import harmless

    sys.stderr.write(harmless(KNOWN.scrubber().text("".join(traceback.format_exception(kind, error, trace)))))


if __name__ == "__main__":
    run()
