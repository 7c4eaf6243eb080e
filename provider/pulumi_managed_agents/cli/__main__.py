"""`python -m pulumi_managed_agents.cli` is `managed-agents`."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import TYPE_CHECKING

from pulumi_managed_agents.cli import main

if TYPE_CHECKING:
    from types import TracebackType


def run() -> None:
    """Run one command in a process of its own.

    It lives for seconds: looking for garbage now and then, and in all of it once more at the end, would cost a tenth of
    them.
    """
    gc.set_threshold(100_000, 50, 100)
    # What is frozen is not looked through when the interpreter takes everything down.
    atexit.register(gc.freeze)
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
