"""`python -m pulumi_managed_agents.cli` is `managed-agents`."""

from __future__ import annotations

import atexit
import gc

from pulumi_managed_agents.cli import main


def run() -> None:
    """Run one command in a process of its own.

    It lives for seconds: looking for garbage now and then, and in all of it once more at the end, would cost a tenth of
    them.
    """
    gc.set_threshold(100_000, 50, 100)
    atexit.register(gc.freeze)
    main()


if __name__ == "__main__":
    run()
